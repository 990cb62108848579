import Logging

/// The keys in force. They follow their file: when it changes, the new keys take the place of the old ones; when what it has become
/// cannot be used, the old ones stay in force and the log says so, once for each state of the file.
actor KeyStore {
    private let file: KeyFile
    private let logger: Logger
    private var keys: LoadedKeys
    /// The state of the file at the last look, whether it could be used or not; `nil` when it was gone.
    private var seen: FileState?
    /// Why the file's present state is not in force.
    private(set) var problem: AccessError?

    /// - Throws: ``AccessError`` when the file cannot be used: there are no older keys to fall back to.
    init(_ file: KeyFile, logger: Logger) async throws(AccessError) {
        self.file = file
        self.logger = logger
        keys = try await file.load()
        seen = keys.state
        for reason in keys.passedOver {
            logger.warning(
                "a key of the key file is not used", metadata: ["file": "\(file.path)", "reason": "\(reason)"])
        }
    }

    /// The keys to check a token with now.
    func current() async -> LoadedKeys {
        let state = FileState(path: file.path)
        guard state != seen else { return keys }
        // Before the load suspends: whoever asks meanwhile gets the old keys and does not load as well.
        seen = state
        do throws(AccessError) {
            let loaded = try await file.load()
            // The file changed again meanwhile, and another caller loads what it is now.
            guard seen == state else { return keys }
            keys = loaded
            seen = loaded.state
            problem = nil
            logger.notice(
                "the key file has changed, its keys are in force",
                metadata: ["file": "\(file.path)", "keys": "\(loaded.keys.count)"])
        } catch {
            guard seen == state else { return keys }
            problem = error
            logger.error(
                "the key file has changed and cannot be used, the keys before it stay in force",
                metadata: ["file": "\(file.path)", "reason": "\(error)"])
        }
        return keys
    }
}
