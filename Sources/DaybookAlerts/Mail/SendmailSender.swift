package import Daybook
import Dispatch
import Foundation

/// Hands a message to a local program that takes it as `sendmail -i -f FROM -- TO…` does.
package struct SendmailSender: Sendable {
    let path: String
    let envelope: AlertChannel.Envelope
    let timeout: Duration

    package init(path: String, envelope: AlertChannel.Envelope, timeout: Duration = .seconds(30)) {
        self.path = path
        self.envelope = envelope
        self.timeout = timeout
    }

    /// Returns once the program has taken it.
    /// - Throws: ``DeliveryFailure``.
    package func send(_ message: MailMessage) async throws {
        // A file, not a pipe: a program that ends without reading must not end us.
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("daybook-mail-\(UUID().uuidString)")
        guard
            FileManager.default.createFile(
                atPath: file.path, contents: Data(message.text.replacing("\r\n", with: "\n").utf8),
                attributes: [.posixPermissions: 0o600])
        else {
            throw DeliveryFailure(
                "The message cannot be put into the temporary folder. Make room there, or set TMPDIR.", isPassing: true)
        }
        defer { try? FileManager.default.removeItem(at: file) }
        let status: Int32
        do {
            status = try await run(input: FileHandle(forReadingFrom: file))
        } catch {
            throw DeliveryFailure("\(path) cannot be started. Name the program with `path`.", isPassing: false)
        }
        guard status == 0 else {
            // EX_TEMPFAIL of sysexits, or our own end of it.
            throw DeliveryFailure(
                "\(path) ended with \(status). See the mail system's log.", isPassing: status == 75 || status == 15)
        }
    }

    private func run(input: FileHandle) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-i", "-f", envelope.from, "--"] + envelope.to
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // Secrets of the daemon are none of the program's.
        process.environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        let limit = timeout / .seconds(1)
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
                DispatchQueue.global().asyncAfter(deadline: .now() + limit) {
                    if process.isRunning { process.terminate() }
                }
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }
}
