import Foundation
package import PostgresClient
import Synchronization

/// The folder of definitions, as it was last read. One with mistakes, or with definitions that are not installed, leaves
/// in force what was before it.
package final class DefinitionFolder: Sendable {
    package let directory: String
    private let state = Mutex(State())

    private struct State: Sendable {
        var stamp: Set<Stamp>?
        /// What the folder said when it was last read without mistakes.
        var newest: LoadedDefinitions?
        /// The latest that were what is installed.
        var inForce: LoadedDefinitions?
        /// Why the folder as it stands is not in force.
        var problem: String?
    }

    /// What tells that a file is another.
    private struct Stamp: Sendable, Hashable {
        var name: String
        var modified: Date?
        var size: Int?
        var inode: Int?
    }

    package init(directory: String) {
        self.directory = directory
    }

    /// Why the folder as it stands is not in force.
    package var problem: String? { state.withLock(\.problem) }

    /// The latest definitions that were what is installed.
    package var inForce: [RollupDefinition]? { state.withLock(\.inForce?.rollups) }

    /// Whether the folder is another than when it was last read.
    package var isChanged: Bool {
        let stamp = stamp
        return state.withLock { $0.stamp != stamp }
    }

    /// The rollups as the folder says, matched with what is installed; or where it has mistakes or says something else,
    /// those that were in force before, if they still are what is installed.
    ///
    /// - Throws: ``DefinitionError`` or ``FeedError`` when there is nothing better.
    package func match(
        on connection: PostgresConnection
    ) async throws -> [(rollup: Rollup, installed: InstalledRollup)] {
        do {
            let newest = try read()
            let matched = try await InstalledRollup.match(newest, on: connection)
            state.withLock { state in
                state.inForce = newest
                state.problem = nil
            }
            return matched
        } catch let error where error is DefinitionError || error is FeedError {
            guard let inForce = state.withLock(\.inForce) else { throw error }
            let matched: [(rollup: Rollup, installed: InstalledRollup)]
            do {
                matched = try await InstalledRollup.match(inForce, on: connection)
            } catch is FeedError {
                throw error
            } catch is DefinitionError {
                throw error
            }
            state.withLock { $0.problem = "\(error)" }
            return matched
        }
    }

    /// Reads the folder if it is another than before.
    private func read() throws(DefinitionError) -> LoadedDefinitions {
        let stamp = stamp
        if let newest = state.withLock({ $0.stamp == stamp ? $0.newest : nil }) { return newest }
        state.withLock { state in
            state.stamp = stamp
            state.newest = nil
        }
        let definitions = try DefinitionLoader.load(directory: directory)
        state.withLock { $0.newest = definitions }
        return definitions
    }

    private var stamp: Set<Stamp> {
        let names = (try? DefinitionLoader.definitionNames(in: directory)) ?? []
        return Set(
            names.map { name in
                let facts = try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
                return Stamp(
                    name: name, modified: facts?[.modificationDate] as? Date,
                    size: (facts?[.size] as? NSNumber)?.intValue,
                    inode: (facts?[.systemFileNumber] as? NSNumber)?.intValue)
            })
    }
}
