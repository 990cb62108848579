import Foundation
import Synchronization
import Yams

/// `jobs.yml` in the folder of definitions, as it was last read.
package final class JobFile: Sendable {
    package let path: String
    private let state = Mutex(State())

    private struct State: Sendable {
        var stamp: Stamp?
        var jobs: [JobDefinition]?
        /// Why the file as it stands is not in force.
        var problem: String?
    }

    /// What tells that a file is another.
    private struct Stamp: Sendable, Hashable {
        var modified: Date?
        var size: Int?
        var inode: Int?
    }

    package init(directory: String) {
        path = directory.hasSuffix("/") ? "\(directory)jobs.yml" : "\(directory)/jobs.yml"
    }

    /// What is in force. Reads the file if nothing is yet.
    /// - Throws: ``DefinitionError`` with all problems of the file, when there is nothing better.
    package func load() throws(DefinitionError) -> [JobDefinition] {
        if let jobs = state.withLock(\.jobs) { return jobs }
        let stamp = stamp
        let jobs = try Self.read(path)
        state.withLock { $0 = State(stamp: stamp, jobs: jobs) }
        return jobs
    }

    /// The jobs in force, and why a newer file is not; nil where the file is still the one that was looked at last.
    package func refresh() -> (jobs: [JobDefinition], problem: String?)? {
        let stamp = stamp
        guard state.withLock({ $0.stamp != stamp }) else { return nil }
        let outcome = Result { () throws(DefinitionError) in try Self.read(path) }
        return state.withLock { state in
            state.stamp = stamp
            switch outcome {
            case .success(let jobs):
                state.jobs = jobs
                state.problem = nil
            case .failure(let error): state.problem = error.description
            }
            return (state.jobs ?? [], state.problem)
        }
    }

    package var problem: String? { state.withLock(\.problem) }

    /// Reads a file of jobs; one that is not there has none.
    package static func read(_ path: String) throws(DefinitionError) -> [JobDefinition] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let text: String
        do throws(DefinitionProblem.Unreadable) {
            text = try DefinitionLoader.text(of: path)
        } catch {
            throw DefinitionError(problems: [error.problem])
        }
        return try parse(text, file: path)
    }

    /// - Throws: ``DefinitionError`` with all problems.
    package static func parse(_ text: String, file: String) throws(DefinitionError) -> [JobDefinition] {
        let yaml = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        var reader = DefinitionReader(file: file, problems: ProblemList())
        var jobs: [JobDefinition] = []
        do {
            if let root = try Yams.compose(yaml: yaml, .default, .default, .utf8) {
                jobs = reader.jobs(from: root)
            } else {
                reader.refuse([], "the file is empty", remedy: "Write \"jobs:\" and the jobs into it, or remove it.")
            }
        } catch let error as YamlError {
            reader.problems.add(DefinitionProblem(yaml: error, file: file))
        } catch {
            reader.refuse([], "the file is not YAML", remedy: "Correct it.")
        }
        try reader.problems.throwIfAny()
        return jobs
    }

    private var stamp: Stamp {
        let facts = try? FileManager.default.attributesOfItem(atPath: path)
        return Stamp(
            modified: facts?[.modificationDate] as? Date, size: (facts?[.size] as? NSNumber)?.intValue,
            inode: (facts?[.systemFileNumber] as? NSNumber)?.intValue
        )
    }
}
