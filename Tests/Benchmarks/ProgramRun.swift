import Foundation

/// One run of another program, awaited without taking a thread from the engine's pool.
enum ProgramRun {
    /// - Returns: what it wrote to standard output and error.
    /// - Throws: ``BenchmarkError`` with that text when it failed.
    static func output(of executable: String, _ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try withNoSignalBlocked { try process.run() } } catch { continuation.resume(throwing: error) }
        }
        // Such programs say less than a pipe holds.
        let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        guard status == 0 else { throw BenchmarkError("\(executable) failed: \(text)") }
        return text
    }

    /// A child inherits what its starter's thread blocks, and threads of a pool block the signal that pgbench stops at.
    private static func withNoSignalBlocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var former = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        try body()
    }
}
