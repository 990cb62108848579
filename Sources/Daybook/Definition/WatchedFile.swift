import Foundation
import Synchronization

/// A file beside the definitions, as it was last read. One with mistakes leaves in force what was read before it.
package final class WatchedFile<Content: Sendable>: Sendable {
    package let path: String
    private let read: @Sendable (String) throws(DefinitionError) -> Content
    private let state = Mutex(State())

    private struct State: Sendable {
        var stamp: Stamp?
        var content: Content?
        /// Why the file as it stands is not in force.
        var problem: String?
    }

    /// What tells that a file is another.
    private struct Stamp: Sendable, Hashable {
        var modified: Date?
        var size: Int?
        var inode: Int?
    }

    /// - Parameter read: what the file at a path says; called on the thread of whoever asks.
    package init(
        _ name: String, in directory: String, read: @escaping @Sendable (String) throws(DefinitionError) -> Content
    ) {
        path = directory.hasSuffix("/") ? "\(directory)\(name)" : "\(directory)/\(name)"
        self.read = read
    }

    /// What is in force. Reads the file if nothing is yet.
    /// - Throws: ``DefinitionError`` with all problems of the file, when there is nothing better.
    package func load() throws(DefinitionError) -> Content {
        if let content = state.withLock(\.content) { return content }
        let stamp = stamp
        let content = try read(path)
        state.withLock { $0 = State(stamp: stamp, content: content) }
        return content
    }

    /// What is in force, nil where nothing ever was, and why a newer file is not; nil where the file is still the one that
    /// was looked at last.
    package func refresh() -> (content: Content?, problem: String?)? {
        let stamp = stamp
        guard state.withLock({ $0.stamp != stamp || $0.content == nil && $0.problem == nil }) else { return nil }
        let outcome = Result { () throws(DefinitionError) in try read(path) }
        return state.withLock { state in
            state.stamp = stamp
            switch outcome {
            case .success(let content):
                state.content = content
                state.problem = nil
            case .failure(let error): state.problem = error.description
            }
            return (state.content, state.problem)
        }
    }

    package var problem: String? { state.withLock(\.problem) }

    private var stamp: Stamp {
        let facts = try? FileManager.default.attributesOfItem(atPath: path)
        return Stamp(
            modified: facts?[.modificationDate] as? Date, size: (facts?[.size] as? NSNumber)?.intValue,
            inode: (facts?[.systemFileNumber] as? NSNumber)?.intValue
        )
    }
}
