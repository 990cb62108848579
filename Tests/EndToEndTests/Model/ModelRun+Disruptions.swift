import Daybook
import Foundation
import PostgresClient
import PrivatePostgres

#if canImport(Glibc)
import Glibc
#endif

extension ModelRun {
    /// Does what the schedule says, and notes what should not have happened.
    func perform(_ action: ModelPlan.Action, report: inout Report) async throws {
        switch action {
        case .install: try await install()
        case .start(let number): try await start(number, report: &report)
        case .await(let number): try await awaitBegin(of: number, report: &report)
        case .stop(let number): try await stop(number, report: &report)
        case .kill(let number): try await daemons[number].end(SIGKILL)
        case .freeze(let number): daemons[number].signal(SIGSTOP)
        case .thaw(let number): daemons[number].signal(SIGCONT)
        case .disconnect(let session):
            _ = try await withControl { connection in
                try await connection.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1::text",
                    [session.rawValue]
                )
            }
        case .crash: try await takeDown { try await cluster.crash() }
        case .restart: try await takeDown {}
        case .audit: try await audit(&report)
        case .request(let job): try await request(job)
        }
    }

    /// A daemon that is still running is one that has been frozen or never ended; one that has ended on its own is noted.
    private func start(_ number: Int, report: inout Report) async throws {
        try await noteEnd(of: number, &report)
        if !daemons[number].isRunning { try daemons[number].start() }
    }

    /// How long a daemon may take to lead or to stand by.
    private static let beginPatience = Duration.seconds(30)

    private func awaitBegin(of number: Int, report: inout Report) async throws {
        let daemon = daemons[number]
        let deadline = ContinuousClock.now.advanced(by: Self.beginPatience)
        while daemon.isRunning, try !daemon.hasBegun, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        if daemon.isRunning, try !daemon.hasBegun {
            report.failures.append("daemon \(number) did not begin within \(Self.beginPatience)")
        }
        try await noteEnd(of: number, &report)
    }

    /// What is counted is flushed, and the process ends well.
    func stop(_ number: Int, report: inout Report) async throws {
        try await noteEnd(of: number, &report)
        guard daemons[number].isRunning else { return }
        daemons[number].signal(SIGCONT)
        let hadBegun = try daemons[number].hasBegun
        let code = try await daemons[number].end(SIGTERM)
        // A process that has hardly started does not listen to signals yet, and holds nothing that could be lost.
        if let code, code != 0, hadBegun || code != 128 + SIGTERM {
            report.failures.append("daemon \(number) ended with \(code) on SIGTERM:\n\(try tail(of: number))")
        }
    }

    /// A daemon may give up before it has ever led or stood by, if the server went at that moment. Any other end is a failure.
    func noteEnd(of number: Int, _ report: inout Report) async throws {
        guard !daemons[number].isRunning else { return }
        let hadBegun = try daemons[number].hasBegun
        let log = try daemons[number].log()
        guard let code = try await daemons[number].end(0) else { return }
        if hadBegun || code != 2 {
            report.failures.append("daemon \(number) ended on its own with \(code):\n\(log.suffix(2_000))")
        }
    }

    private func takeDown(_ how: () async throws -> Void) async throws {
        await server.goesDown()
        do {
            try await how()
            // From running a fast shutdown comes first; a crashed server is just started.
            try await cluster.restart()
        } catch {
            await server.isBack()
            throw error
        }
        await server.isBack()
    }

    /// Tries again while writers hold the tables: they go on, so it comes to an end.
    private func install() async throws {
        let (code, output) = try await daybook("install")
        if code != 0 { throw CommandFailed(command: "install", output: output) }
    }

    /// Runs a command to its end.
    func daybook(_ command: String, _ arguments: String...) async throws -> (code: Int32, output: String) {
        let process = DaemonProcess(
            executable,
            arguments: [
                command, "--database-url", database.conninfo, "--events", folder.appending(path: "Events").path,
            ]
                + arguments,
            logFile: folder.appending(path: "\(command).log"), leash: leash
        )
        try process.start()
        let code = try await process.end(0)
        return (code ?? -1, try String(contentsOf: process.logFile, encoding: .utf8))
    }

    /// Does not wait for it.
    private func request(_ job: ModelPlan.Job) async throws {
        try await withControl { connection in
            let row = try await connection.query("SELECT current_date - 5, current_date")[0]
            let (first, last) = try row.decode(PostgresDate.self, PostgresDate.self)
            _ =
                switch job {
                case .repair: try await Request.submit(.repair, in: nil, on: connection)
                case .backfill: try await Request.submit(.backfill, in: first...last, on: connection)
                }
        }
    }

    struct CommandFailed: Error, CustomStringConvertible {
        let command: String
        let output: String

        var description: String { "daybook \(command) failed: \(output)" }
    }

    func audit(_ report: inout Report) async throws {
        let definitions = try DefinitionLoader.load(directory: folder.appending(path: "Events").path)
        let outcome = try await withControl { connection in
            do {
                return try await DaybookAudit(definitions: definitions).run(on: connection)
            } catch let error as PostgresError where error.sqlState == "55P03" {
                return DaybookAudit.Outcome.locked
            }
        }
        report.audits.append(outcome)
        if case .different(let days) = outcome {
            report.failures.append("Daybook's audit found differences in the midst of the run: \(days)")
        }
    }

    func tail(of number: Int) throws -> String {
        String(decoding: try Data(contentsOf: daemons[number].logFile).suffix(4_000), as: UTF8.self)
    }
}
