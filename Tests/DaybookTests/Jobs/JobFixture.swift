import Foundation
import PostgresClient
import Testing

@testable import Daybook

/// Jobs on a database with the sample application's tables and one of the tests' own.
extension FeedFixture {
    static let application = ShippedDefinitionsTests.directory + "/../Tests/Fixtures/application.sql"

    static func withJobs(_ yaml: String, _ body: (FeedFixture) async throws -> Void) async throws {
        let tables = try String(contentsOfFile: application, encoding: .utf8)
        try await with(
            tables + Visits.table + "CREATE TABLE trail (job text, n integer, xid xid8 DEFAULT pg_current_xact_id());"
        ) {
            try $0.declareJobs(yaml)
            try await body($0)
        }
    }

    static var shippedJobs: String {
        get throws { try String(contentsOfFile: ShippedDefinitionsTests.directory + "/jobs.yml", encoding: .utf8) }
    }

    func declareJobs(_ yaml: String) throws {
        try yaml.write(toFile: "\(directory)/jobs.yml", atomically: true, encoding: .utf8)
    }

    var byHand: JobByHand { JobByHand(database: configuration, eventsDirectory: directory) }

    /// Waits until the leader has taken up so many jobs, and makes them due as if they had not run for years.
    func makeDue(_ count: Int) async throws {
        try await eventually("\(count) jobs are known") { try await self.count("daybook.jobs") == count }
        try await run("UPDATE daybook.jobs SET settled = settled - interval '3 years'")
    }

    /// Waits for runs that have ended.
    func awaitRuns(_ condition: String, _ count: Int = 1) async throws {
        try await eventually("\(count) runs: \(condition)") {
            try await self.count("daybook.job_runs WHERE \(condition)") == count
        }
    }
}

/// A yearly job for each name, with its SQL.
func yearly(_ jobs: (name: String, sql: String)..., extra: String = "") -> String {
    "jobs:\n"
        + jobs.map { "  \($0.name):\n    schedule: \"@yearly\"\n\(extra)    sql: |\n      \($0.sql)\n" }.joined()
}
