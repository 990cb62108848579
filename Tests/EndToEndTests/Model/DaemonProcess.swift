import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A daemon as a process of its own, which the test treats badly.
final class DaemonProcess: Sendable {
    private let executable: URL
    private let arguments: [String]
    private let leash: Leash
    /// Its standard error, over all its lives.
    let logFile: URL
    private let life = Mutex<Life?>(nil)

    /// One process, from its start to its end.
    private final class Life: @unchecked Sendable {
        // Not changed once the process runs; `Process` may be asked from any thread.
        let process = Process()
        let ended: AsyncStream<Void>
        /// Where the log stood at the start.
        let logStart: Int

        init(logStart: Int) {
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            ended = stream
            self.logStart = logStart
            process.terminationHandler = { _ in continuation.finish() }
        }
    }

    init(_ executable: URL, arguments: [String], logFile: URL, leash: Leash) {
        self.executable = executable
        self.arguments = arguments
        self.logFile = logFile
        self.leash = leash
        _ = FileManager.default.createFile(atPath: logFile.path, contents: nil)
    }

    var isRunning: Bool { life.withLock { $0?.process.isRunning ?? false } }

    func start() throws {
        let log = try FileHandle(forWritingTo: logFile)
        let life = Life(logStart: Int(try log.seekToEnd()))
        life.process.executableURL = executable
        life.process.arguments = arguments
        life.process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/"]
        life.process.standardInput = FileHandle.nullDevice
        life.process.standardOutput = log
        life.process.standardError = log
        try life.process.run()
        try leash.hold(life.process.processIdentifier)
        self.life.withLock { $0 = life }
    }

    func signal(_ signal: Int32) {
        life.withLock { life in
            guard let life, life.process.isRunning else { return }
            _ = kill(life.process.processIdentifier, signal)
        }
    }

    /// Sends a signal and waits until the process has ended.
    /// - Returns: its exit code, or 128 + the signal that ended it; nil when there was no process.
    @discardableResult
    func end(_ signal: Int32) async throws -> Int32? {
        guard let life = life.withLock(\.self) else { return nil }
        self.signal(signal)
        for await _ in life.ended {}
        try leash.release(life.process.processIdentifier)
        self.life.withLock { $0 = nil }
        let status = life.process.terminationStatus
        return life.process.terminationReason == .uncaughtSignal ? 128 + status : status
    }

    /// Whether this life has led or stood by.
    var hasBegun: Bool {
        get throws {
            let log = try log()
            return log.contains("] leading") || log.contains("standing by")
        }
    }

    /// What this life has logged.
    func log() throws -> String {
        let start = life.withLock { $0?.logStart ?? 0 }
        let text = try Data(contentsOf: logFile)
        return String(decoding: text.dropFirst(start), as: UTF8.self)
    }
}
