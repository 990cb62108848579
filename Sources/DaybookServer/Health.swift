import Daybook
import Foundation
import HTTPTypes
import Hummingbird

/// `GET /api/health`: alive by answering, ready when the rollups answer.
struct Health: Encodable {
    let live = true
    let ready: Bool
    let role: String
    let cursor: String?
    let turns: Int
    let events: Int
    let flushes: Int
    let rowsFlushed: Int
    let rowsInMemory: Int
    let daysInMemory: Int
    let daysToBuild: Int
    let openGaps: Int
    let reconnects: Int
    let lagSeconds: Double
    let lastTurnAt: String?
    let lastFlushAt: String?
    let lastError: String?
    let database: String
    let jobs: [Job]
    /// Whether `jobs.yml` as it stands is not in force.
    let jobsFileRefused: Bool
    /// Whether the definitions as they stand are not in force; those from before go on.
    let definitionsRefused: Bool

    struct Job: Encodable {
        let name: String
        let schedule: String?
        let enabled: Bool
        let lastRun: String?
        let outcome: String?
        let rows: Int64?
        let nextRun: String?

        init(_ state: JobSchedule.State) {
            name = state.name
            schedule = state.schedule
            enabled = state.isEnabled
            lastRun = state.lastRun?.iso8601
            // Everyone may ask for health; what the SQL of a job says when it fails is for operators.
            outcome = state.schedule != nil && state.failure != nil ? "failed" : state.outcome
            rows = state.rows
            nextRun = state.nextRun?.iso8601
        }
    }

    init(_ status: EngineStatus, jobs: JobSchedule) {
        // A standby is well: it is there to wait.
        ready = status.isReady || status.role == .standby
        role = status.role.rawValue
        cursor = status.cursor.map { "\($0)" }
        turns = status.turns
        events = status.events
        flushes = status.flushes
        rowsFlushed = status.rowsFlushed
        rowsInMemory = status.rowsInMemory
        daysInMemory = status.daysInMemory
        daysToBuild = status.daysToBuild
        openGaps = status.openGaps
        reconnects = status.reconnects
        lagSeconds = status.publishLagSeconds
        lastTurnAt = status.lastTurnAt.map { "\($0)" }
        lastFlushAt = status.lastFlushAt.map { "\($0)" }
        lastError = status.lastError
        database = status.role == .leader || status.role == .standby ? "connected" : "not connected"
        self.jobs = jobs.states(status).map(Job.init)
        jobsFileRefused = status.jobsProblem != nil
        definitionsRefused = status.definitionsProblem != nil
    }

    var response: Response {
        get throws {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            let body = try encoder.encode(self)
            return Response(
                status: ready ? .ok : .serviceUnavailable,
                headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: body + [10]))
            )
        }
    }
}
