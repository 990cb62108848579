import Daybook
import Hummingbird
import PostgresClient

/// `/api/ops`: everything that the page for operators shows, in one answer.
struct OperationsRoute: Sendable {
    let model: ReadModel
    let hub: StreamHub
    let jobs: JobSchedule
    let doctor: DoctorRounds

    /// The most seals and gaps that are listed.
    private static let listed = 50

    func add(to router: RouterGroup<ServerContext>) {
        router.get("ops") { try await operations($0, $1) }
    }

    private func operations(_ request: Request, _ context: ServerContext) async throws -> Response {
        try context.viewer.requireOperator()
        try QueryParameters(request.uri.query).requireNoneLeft(known: [], dimensions: [])
        let (installation, requests) = try await model.pool.withConnection { connection in
            do {
                return (
                    try await InstallationStatus.read(on: connection), try await OpenRequest.latest(on: connection)
                )
            } catch let error as FeedError {
                throw APIError.unavailable("not_ready", error.description)
            }
        }
        return JSONAnswer(body: json(model.observatory.current, installation, requests)).response
    }

    private func json(
        _ engine: EngineStatus, _ installation: InstallationStatus, _ requests: [OpenRequest]
    ) -> JSONValue {
        let parked = installation.rollups.flatMap(\.parked).reduce(0) { $0 + $1.keys }
        return .object(
            doctor.report.json + [
                ("role", .string(engine.role.rawValue)), ("ready", .bool(engine.isReady || engine.role == .standby)),
                ("has_leader", .bool(installation.hasLeader)),
                ("feed", installation.feed.json), ("engine", engine.json),
                ("daemons", .array(installation.daemons.map(\.json))),
                ("rollups", .array(installation.rollups.map(\.json))),
                ("seals", .array(installation.seals.prefix(Self.listed).map(\.json))),
                ("gaps", .array(installation.gaps.prefix(Self.listed).map(\.json))),
                ("requests", .array(requests.map(\.json))),
                ("jobs", .array(jobs.states(engine, jobs: installation.jobs).map(\.json))),
                ("jobs_problem", .string(installation.jobsProblem)),
                ("definitions_problem", .string(installation.definitionsProblem)),
                ("parked_keys", .integer(parked)),
                ("unbuilt_days", .integer(installation.rollups.reduce(0) { $0 + $1.daysToBuild })),
                ("open_gaps", .integer(installation.gaps.count { $0.state != "repaired" })),
                ("subscribers", .integer(hub.subscriberCount)),
            ])
    }
}

/// What a command has asked of the daemon.
struct OpenRequest: Sendable {
    let json: JSONValue

    /// The latest, newest first.
    static func latest(on connection: PostgresConnection) async throws -> [OpenRequest] {
        try await connection.query(
            """
            SELECT row_to_json(r)::text FROM (
                SELECT id, kind, from_day AS from, to_day AS to, policy, state, days_done, days_total, rows_done, message,
                    to_char(requested_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS requested_at,
                    to_char(finished_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS finished_at
                FROM daybook.requests ORDER BY id DESC LIMIT 20
            ) AS r
            """
        ).map { OpenRequest(json: .raw(try $0.decode(String.self))) }
    }
}
