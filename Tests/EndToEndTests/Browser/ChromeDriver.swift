import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Debian's chromedriver as a process of its own, on a port of its own choice.
final class ChromeDriver: Sendable {
    let port: UInt16
    private let life: Life
    private let leash: Leash

    private final class Life: @unchecked Sendable {
        // Not changed once the process runs; `Process` may be asked from any thread.
        let process = Process()
        let ended: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init() {
            (ended, continuation) = AsyncStream<Void>.makeStream()
            process.terminationHandler = { [continuation] _ in continuation.finish() }
        }
    }

    /// - Parameter folder: for everything that driver and browsers write.
    /// - Throws: ``BrowserError/notInstalled``.
    init(in folder: URL, leash: Leash) async throws {
        let executable = try Self.find()
        let log = folder.appending(path: "chromedriver.log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        life = Life()
        life.process.executableURL = executable
        life.process.arguments = ["--port=0"]
        life.process.environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.path, "TMPDIR": folder.path, "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": folder.path, "XDG_CACHE_HOME": folder.path, "TZ": "UTC",
        ]
        life.process.standardInput = FileHandle.nullDevice
        let output = try FileHandle(forWritingTo: log)
        life.process.standardOutput = output
        life.process.standardError = output
        try life.process.run()
        // With it, the browsers that it starts: they are of its process group.
        try leash.hold(-life.process.processIdentifier)
        self.leash = leash
        let process = life.process
        var port: UInt16?
        try await until("chromedriver tells its port") {
            let text = try String(contentsOf: log, encoding: .utf8)
            port = text.firstMatch(of: /started successfully on port (\d+)/).flatMap { UInt16($0.output.1) }
            if !process.isRunning { throw BrowserError("chromedriver has ended: \(text)") }
            return port != nil
        }
        guard let port else { throw BrowserError("chromedriver has told no port.") }
        self.port = port
    }

    /// Ends it, with every browser that it has left, and waits for its end. It may have SIGTERM blocked, as the threads that
    /// tasks run on have.
    func end() async throws {
        if life.process.isRunning { kill(-life.process.processIdentifier, SIGKILL) }
        for await _ in life.ended {}
        try leash.release(-life.process.processIdentifier)
    }

    private static func find() throws -> URL {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for folder in path.split(separator: ":") {
            let candidate = URL(filePath: String(folder)).appending(path: "chromedriver")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
        }
        throw BrowserError.notInstalled
    }
}
