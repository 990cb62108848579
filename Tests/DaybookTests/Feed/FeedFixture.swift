import Foundation
import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// A database of its own, with an application's tables, definitions in a folder, and a connection to look at it.
struct FeedFixture: Sendable {
    let configuration: PostgresConfiguration
    /// The folder of the definitions.
    let directory: String
    let connection: PostgresConnection

    /// - Parameters:
    ///   - tables: the script that makes the application's tables, and perhaps rows from before Daybook.
    ///   - definitions: YAML, one for each rollup.
    ///   - installed: whether the feed is installed before `body` begins.
    static func with(
        _ tables: String = Visits.table, _ definitions: [String] = [Visits.yaml], installed: Bool = true,
        _ body: (FeedFixture) async throws -> Void
    ) async throws {
        try await SharedCluster.withDatabase("core") { database in
            try await with(PostgresConfiguration(database), tables, definitions, installed: installed, body)
        }
    }

    /// The same in a database that is there already.
    static func with(
        _ configuration: PostgresConfiguration, _ tables: String = Visits.table,
        _ definitions: [String] = [Visits.yaml],
        installed: Bool = true, _ body: (FeedFixture) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("daybook-core-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await PostgresConnection.withConnection(configuration) { connection in
            try await connection.execute(tables)
            let fixture = FeedFixture(configuration: configuration, directory: folder.path, connection: connection)
            try fixture.declare(definitions)
            if installed { try await fixture.install() }
            try await body(fixture)
        }
    }

    /// Puts other definitions in the folder.
    func declare(_ definitions: [String]) throws {
        for old in try FileManager.default.contentsOfDirectory(atPath: directory) {
            try FileManager.default.removeItem(atPath: "\(directory)/\(old)")
        }
        for (index, yaml) in definitions.enumerated() {
            try yaml.write(toFile: "\(directory)/\(index + 1).yml", atomically: true, encoding: .utf8)
        }
    }

    func rollups() async throws -> [Rollup] {
        try await DefinitionCatalog.resolve(DefinitionLoader.load(directory: directory), on: connection)
    }

    @discardableResult
    func install(attempts: Int = 50) async throws -> (statements: Int, rebuilt: [String]) {
        try await Installer(on: connection, attempts: attempts).install(rollups())
    }

    /// Runs a script in the application's name.
    func run(_ script: String) async throws {
        try await connection.execute(script)
    }

    func value<Value: PostgresDecodable & Sendable>(_ sql: String, as type: Value.Type = Value.self) async throws
        -> Value
    {
        try #require(try await connection.query(sql).first).decode(Value.self)
    }

    func count(_ rest: String) async throws -> Int {
        try await value("SELECT count(*) FROM \(rest)")
    }

    /// A query's result, drawn.
    func table(_ sql: String) async throws -> String {
        try await DrawnTable.draw(sql, on: connection)
    }

    /// Another session of the application.
    @discardableResult
    func withSession<Result: Sendable>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        try await PostgresConnection.withConnection(configuration, body)
    }

    /// What a script leaves in the event log, net, drawn; the log is emptied first.
    func events(after script: String) async throws -> String {
        try await run("DELETE FROM daybook.events")
        try await run(script)
        return try await table(
            """
            SELECT day, array_to_string(key, '/', 'null') AS key, array_to_string(labels, '/', 'null') AS labels,
                sum(n) AS n, coalesce(sum(addends[1]), 0) AS bytes
            FROM daybook.events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """
        )
    }

    /// Whether every committed event is in the rollup tables, and no day waits to be built.
    func isFlushed() async throws -> Bool {
        try await value(
            """
            SELECT NOT EXISTS (SELECT FROM daybook.rollups WHERE state <> 'built')
                AND NOT EXISTS (
                    SELECT FROM daybook.events AS e, daybook.cursor AS c WHERE NOT pg_visible_in_snapshot(e.xid, c.position)
                )
            """
        )
    }
}
