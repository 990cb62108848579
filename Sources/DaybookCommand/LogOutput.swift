import ArgumentParser
import Logging
import Synchronization

/// Logs go to standard error, key-value, one line for each thing that matters.
enum LogOutput {
    private static let isStarted = Mutex(false)

    static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else {
            throw ValidationError("\(name) is no log level.")
        }
        return level
    }

    /// May be called more than once.
    static func start() {
        isStarted.withLock { isStarted in
            guard !isStarted else { return }
            LoggingSystem.bootstrap(StreamLogHandler.standardError(label:))
            isStarted = true
        }
    }
}
