import ArgumentParser
import Daybook
import PostgresClient

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How a command ends that could not do its work: one message on standard error, exit code 2.
enum CommandFailure {
    static let exitCode = ExitCode(2)

    /// Runs a command's work; whatever it throws is told, not traced.
    static func reporting(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let code as ExitCode {
            throw code
        } catch let error as ValidationError {
            throw error
        } catch let error as PostgresError where error.code == .connectionFailed {
            report("\(error) Check --database-url, DATABASE_URL or the PG* variables, and that the server runs.")
            throw exitCode
        } catch {
            report("\(error)")
            throw exitCode
        }
    }

    static func report(_ message: String) {
        let line = Array("daybook: \(message)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
