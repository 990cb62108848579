import Daybook
import Foundation
import PostgresClient
import PrivatePostgres

/// One run of the model test: a cluster of its own, daemons as child processes, writers, and what befalls them all.
struct ModelRun: Sendable {
    let plan: ModelPlan
    let cluster: PrivatePostgres
    let database: PostgresConfiguration
    let folder: URL
    let executable: URL
    let leash: Leash
    let daemons: [DaemonProcess]
    let gate: ModelGate
    let server = ServerState()

    /// What came of it.
    struct Report: Sendable {
        var tally: ModelWriter.Tally = [:]
        var audits: [DaybookAudit.Outcome] = []
        /// Everything that should not be, in words.
        var failures: [String] = []
        var rows = 0
        /// Recorded gaps by cause and detail.
        var gaps: [String: Int] = [:]
    }

    static func perform(_ plan: ModelPlan) async throws -> Report {
        let settings = [
            "max_prepared_transactions": plan.features.preparesTransactions ? "50" : "0",
            "deadlock_timeout": "50ms",
        ]
        return try await PrivatePostgres.withCluster(settings: settings) { cluster in
            let folder = FileManager.default.temporaryDirectory.appending(path: "daybook-model-\(UUID().uuidString)")
            let events = folder.appending(path: "Events")
            try FileManager.default.createDirectory(at: events, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            for file in try Fixtures.definitions() {
                try FileManager.default.copyItem(at: file, to: events.appending(path: file.lastPathComponent))
            }
            let executable = try DaybookExecutable.find()
            let leash = try Leash()
            let database = cluster.connectionString
            let daemons = (0..<plan.daemons).map { number in
                DaemonProcess(
                    executable,
                    arguments: [
                        "run", "--database-url", database, "--events", events.path, "--snapshots",
                        folder.appending(path: "Snapshots-\(number)").path,
                        "--listen", "127.0.0.1:0", "--flush-every", "\(plan.flushEveryMilliseconds)ms",
                    ],
                    logFile: folder.appending(path: "daemon-\(number).log"), leash: leash
                )
            }
            let run = ModelRun(
                plan: plan, cluster: cluster, database: PostgresConfiguration(database), folder: folder,
                executable: executable, leash: leash, daemons: daemons,
                gate: ModelGate(writers: plan.writers)
            )
            do {
                let report = try await run.perform()
                for daemon in daemons { try await daemon.end(SIGKILL) }
                return report
            } catch {
                for daemon in daemons { _ = try? await daemon.end(SIGKILL) }
                throw error
            }
        }
    }

    private func perform() async throws -> Report {
        try await withControl { connection in
            for file in Fixtures.schema { try await connection.execute(String(contentsOf: file, encoding: .utf8)) }
        }
        var report = Report()
        try await withThrowingTaskGroup(of: ModelWriter.Tally.self) { group in
            for number in 0..<plan.writers {
                let writer = ModelWriter(plan: plan, number: number, database: database, gate: gate, server: server)
                group.addTask { try await writer.run() }
            }
            for disruption in plan.disruptions {
                await gate.limit(to: disruption.limit(writers: plan.writers))
                await gate.reach(disruption.step)
                try await trickling { try await perform(disruption.action, report: &report) }
            }
            await gate.limit(to: nil)
            for try await tally in group { report.tally.merge(tally, uniquingKeysWith: +) }
        }
        try await resolvePreparedTransactions()
        try await settle(&report)
        try await compare(&report)
        return report
    }

    /// Lets the writers go on by and by while `body` runs: it may wait for a lock that one of them gives back later.
    private func trickling(_ body: () async throws -> Void) async throws {
        let trickle = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(250))
                await gate.raiseLimit(by: 1)
            }
        }
        defer { trickle.cancel() }
        try await body()
    }

    func withControl<Result: Sendable>(_ body: (PostgresConnection) async throws -> Result) async throws -> Result {
        try await PostgresConnection.withConnection(database.with("application_name", "model control"), body)
    }

    /// Those whose writer does not know that they are there, in the order of their names.
    private func resolvePreparedTransactions() async throws {
        try await withControl { connection in
            for row in try await connection.query("SELECT gid FROM pg_prepared_xacts ORDER BY gid") {
                let name = try row.decode(String.self)
                try await connection.execute("COMMIT PREPARED '\(name)'")
            }
        }
    }
}

/// The files that a run is made from.
enum Fixtures {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let schema = [
        tests.appending(path: "Fixtures/application.sql"), tests.appending(path: "Fixtures/Model/sources.sql"),
    ]

    /// The shipped definitions and those of the model.
    static func definitions() throws -> [URL] {
        let folders = [
            tests.deletingLastPathComponent().appending(path: "Events"), tests.appending(path: "Fixtures/Model/Events"),
        ]
        return try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "yml" }
        }
    }
}
