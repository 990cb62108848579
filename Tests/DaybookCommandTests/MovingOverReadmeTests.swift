import ArgumentParser
import Foundation
import Testing

@testable import Daybook
@testable import DaybookCommand

/// Everything that the old system's page had, has its answer in the README by name.
struct MovingOverReadmeTests {
    @Test(arguments: [
        // Its jobs.
        "aggregate-daily-analytics", "update-current-day-analytics", "process-scheduled-posts", "cleanup-old-posts",
        "check-stuck-jobs",
        // How it was used and looked at.
        "--days 7", "--days 30", "--start 2025-01-01 --end 2025-01-31", "--end 2025-10-27", "`GET /api/health`",
        "date aggregated, records found, records processed, users processed, total generations",
        "SELECT * FROM analytics_content_performance_daily ORDER BY day DESC LIMIT 10",
        "SELECT * FROM analytics_ai_usage_daily ORDER BY day DESC LIMIT 10",
        "[{\"model\": \"grok-4-fast\", \"count\": 45}",
        // Its troubles.
        "No Data in Analytics Tables", "Cron Jobs Not Running", "Gaps in Data", "Duplicate Records",
        // What it wished for.
        "Track Model Usage Accurately", "Add More Metrics: comment counts", "Add More Metrics: share counts",
        "Add More Metrics: time spent", "Performance: batch inserts",
        "Performance: parallel processing of date ranges", "Performance: incremental aggregation",
        "Slack/Discord notifications", "e-mail summaries", "performance threshold alerts",
        // What it had decided.
        "Why 02:00 UTC", "Why hourly", "Why separate jobs",
    ])
    func isAnswered(_ name: String) throws {
        let readme = try PackagingTests.readme
        let rows = readme.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains(name) }
        #expect(!rows.isEmpty, "no row of a table names it")
    }

    @Test func everyReasonIsExplained() throws {
        let readme = try PackagingTests.readme
        let at = Doctor.systemClock()
        let reasons: [ShadowReason] = [
            .notYetRun, .neverFilled, .lateRow(before: at), .changedRow(before: at), .timeZone("UTC"), .estimate,
            .notCounted, .formula, .duplicate, .unknown,
        ]
        for reason in reasons { #expect(readme.contains(reason.name), "\(reason.name)") }
    }

    @Test func theStepsAreCommandsThatThereAre() throws {
        #expect(try DaybookCommand.parseAsRoot(["install", "--shadow"]) is Install)
        let zones = ["shadow", "--days", "7", "--zone", "Europe/Berlin"]
        #expect(try DaybookCommand.parseAsRoot(zones) is Shadow)
        #expect(try DaybookCommand.parseAsRoot(["adopt", "--back"]) is Adopt)
        let mixed = ["shadow", "--days", "7", "--start", "2025-01-01"]
        #expect(throws: (any Error).self) { _ = try DaybookCommand.parseAsRoot(mixed) }
    }
}
