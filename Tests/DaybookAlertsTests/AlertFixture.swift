import DaybookAlerts
import Foundation
import Logging
import PostgresClient
import PrivatePostgres

@testable import Daybook

/// A database with the sample application's tables and the shipped rollups, installed, and a folder for `alerts.yml`.
struct AlertFixture: Sendable {
    let configuration: PostgresConfiguration
    let directory: String
    let connection: PostgresConnection
    let log = LogRecorder()

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func with(_ body: (AlertFixture) async throws -> Void) async throws {
        try await SharedCluster.withDatabase("alerts") { database in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "daybook-alerts-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            for name in ["content-performance.yml", "ai-usage.yml"] {
                try FileManager.default.copyItem(
                    atPath: "\(root)/Events/\(name)", toPath: "\(folder.path)/\(name)")
            }
            let configuration = PostgresConfiguration(database)
            try await PostgresConnection.withConnection(configuration) { connection in
                try await connection.execute(
                    String(contentsOfFile: "\(root)/Tests/Fixtures/application.sql", encoding: .utf8))
                let rollups = try await DefinitionCatalog.resolve(
                    DefinitionLoader.load(directory: folder.path), on: connection)
                _ = try await Installer(on: connection, attempts: 50).install(rollups)
                try await body(
                    AlertFixture(configuration: configuration, directory: folder.path, connection: connection))
            }
        }
    }

    func declareAlerts(_ yaml: String) throws {
        try yaml.write(toFile: "\(directory)/alerts.yml", atomically: true, encoding: .utf8)
    }

    /// Runs an engine that leads, and its alerts with one webhook, for the time of `body`.
    func withAlerts(hook: String, _ body: () async throws -> Void) async throws {
        var settings = EngineSettings(
            database: configuration, eventsDirectory: directory, flushEvery: .milliseconds(20), sealAt: nil,
            healthPeriod: .milliseconds(50))
        settings.runsJobs = false
        let (engineSettings, observatory, log) = (settings, EngineObservatory(), log)
        let logger = Logger(label: "alerts") { _ in log }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Engine(engineSettings, observatory: observatory, logger: logger).run() }
            group.addTask {
                let service = AlertService(engineSettings, observatory: observatory, logger: logger) {
                    $0 == "HOOK" ? hook : nil
                }
                try await service.run()
            }
            try await body()
            group.cancelAll()
            while !group.isEmpty { _ = try? await group.next() }
        }
    }

    /// The text of the README between its first line with one text and the next line with the other.
    static func readme(from start: String, to end: String) throws -> String {
        let lines = try String(contentsOfFile: "\(root)/README.md", encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        let rest = lines.drop { $0 != start }.dropFirst()
        return rest.prefix { $0 != end }.joined(separator: "\n")
    }
}
