import Foundation
import HTTPTypes
import Hummingbird
import Logging
import PostgresClient
import PrivatePostgres
import Synchronization
import Testing

@testable import Daybook
@testable import DaybookServer

/// An application's database with the feed installed, and the routes over it. No engine runs unless a test starts one.
struct ServerFixture: Sendable {
    let configuration: PostgresConfiguration
    let directory: String
    let connection: PostgresConnection
    let live: LiveRows
    let routes: ServerRoutes
    private let responder: RouterResponder<ServerContext>

    /// Sales with a whole user, a text that may be null, and a derived column that divides by the count.
    static let tables = """
        CREATE TABLE sales (
            id serial PRIMARY KEY, user_id integer NOT NULL, shop text, at timestamptz NOT NULL, cents bigint NOT NULL,
            kind text
        );
        CREATE TABLE visits (id serial PRIMARY KEY, site text, at timestamptz NOT NULL);
        """

    static let definitions = [
        """
        rollup: sales_daily
        title: Sales
        dimensions:
          user_id: integer
          shop: text?
        measures:
          sales: count
          cents: sum
          kinds: count by kind
        derived:
          cents_each: round(cents::numeric / sales, 2)
          share: coalesce(round(100.0 * sales / nullif(cents, 0), 2), 0)
        events:
          sale:
            source: sales
            at: at
            values:
              user_id: user_id
              shop: shop
              cents: cents
              kind: kind
        """,
        """
        rollup: visits_daily
        title: Visits
        dimensions:
          site: text
        measures:
          visits: count
        events:
          visit:
            source: visits
            at: at
            values:
              site: coalesce(site, '')
        """,
    ]

    /// - Parameter gate: who may ask; without one, each request says itself whom it is from.
    static func with(
        _ tables: String = tables, _ definitions: [String] = definitions, gate: AccessGate? = nil,
        access: ServerAccess = ServerAccess(), logger: Logger = silence, _ body: (ServerFixture) async throws -> Void
    ) async throws {
        try await SharedCluster.withDatabase("server") { database in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "daybook-server-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            for (index, yaml) in definitions.enumerated() {
                try yaml.write(toFile: "\(folder.path)/\(index + 1).yml", atomically: true, encoding: .utf8)
            }
            let configuration = PostgresConfiguration(database)
            try await PostgresConnection.withConnection(configuration) { connection in
                try await connection.execute(tables)
                let loaded = try DefinitionLoader.load(directory: folder.path)
                _ = try await Installer(on: connection).install(
                    DefinitionCatalog.resolve(loaded, on: connection)
                )
                try await body(ServerFixture(configuration, folder.path, connection, gate, access, logger))
            }
        }
    }

    private init(
        _ configuration: PostgresConfiguration, _ directory: String, _ connection: PostgresConnection,
        _ gate: AccessGate?, _ access: ServerAccess, _ logger: Logger = silence, boot: String = "boot"
    ) {
        self.configuration = configuration
        self.directory = directory
        self.connection = connection
        live = LiveRows()
        routes = ServerRoutes(
            database: configuration, definitions: DefinitionFolder(directory: directory), live: live,
            observatory: EngineObservatory(),
            jobs: JobSchedule(EngineSettings(database: configuration)), gate: gate, access: access,
            logger: logger, boot: boot,
            tablePeriod: .milliseconds(20)
        )
        responder = routes.router.buildResponder()
    }

    /// A logger that nobody hears.
    static let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// The routes of a second daemon over the same database.
    func another(boot: String = "another") -> ServerFixture {
        ServerFixture(configuration, directory, connection, nil, ServerAccess(), boot: boot)
    }

    func run(_ script: String) async throws {
        try await connection.execute(script)
    }

    /// Asks the routes as the given viewer, without a network. A stream is not read, because it does not end.
    func get(
        _ path: String, as viewer: Viewer = .operator, headers: HTTPFields = [:], method: HTTPRequest.Method = .get,
        authority: String? = "localhost"
    ) async throws -> TestAnswer {
        let response = try await respond(
            HTTPRequest(method: method, scheme: "http", authority: authority, path: path, headerFields: headers),
            as: viewer
        )
        let collected = CollectedBody()
        if response.headers[.contentType]?.hasPrefix("text/event-stream") != true {
            try await response.body.write(collected)
        }
        return TestAnswer(
            status: response.status, headers: response.headers, body: String(buffer: collected.buffer.withLock(\.self)))
    }

    /// An answer whose body nobody has read.
    func respond(_ request: HTTPRequest, as viewer: Viewer = .operator) async throws -> Response {
        var context = ServerContext(source: TestSource())
        context.viewer = viewer
        return try await responder.respond(
            to: Request(head: request, body: .init(buffer: ByteBuffer())), context: context)
    }
}

/// Where a context without a connection comes from.
struct TestSource: RequestContextSource {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// What the routes have answered.
struct TestAnswer: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: String

    /// The body as JSON values of Foundation.
    var json: [String: Any] {
        get throws {
            try #require(JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        }
    }

    /// Status, code and parameter of an error.
    var error: String {
        let error = (try? json)?["error"] as? [String: Any] ?? [:]
        return "\(status.code) \(error["code"] ?? "") \(error["parameter"] ?? "-")"
    }
}
