import Foundation
import PostgresClient
import Testing

@testable import Daybook

/// Files of definitions that change under a daemon.
@Suite("Definitions read anew", .timeLimit(.minutes(5)))
struct ReloadTests {
    private let more = Visits.yaml.replacing("  bytes: sum", with: "  bytes: sum\n  noted: sum")
        .replacing("      bytes: bytes", with: "      bytes: bytes\n      noted: length(note)")

    private func insert(_ fixture: FeedFixture) async throws {
        try await fixture.run("INSERT INTO visits (site, at, bytes, browser) VALUES ('a', '2025-03-03', 1, 'b')")
        try await fixture.settle()
        #expect(try await fixture.isExact())
    }

    @Test func aBadFileLeavesTheRunningDefinitionsInForce() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine(mayReconnect: true) { run in
                try await insert(fixture)
                try fixture.declare(["rollup: visits_daily\nmeasures: 3\n"])
                try await eventually("the mistake is told") { run.status.definitionsProblem != nil }
                #expect(run.status.definitionsProblem?.contains("1.yml") == true)
                try await insert(fixture)
                // Also by those who ask the database.
                let status = try await InstallationStatus.read(on: fixture.connection)
                #expect(status.definitionsProblem == run.status.definitionsProblem)
                // Also across a lost session.
                let reconnects = run.status.reconnects
                try await fixture.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'daybook' AND datname = current_database() AND pid <> pg_backend_pid()"
                )
                try await eventually("the next session") { run.status.reconnects > reconnects && run.status.isReady }
                try await insert(fixture)
                try fixture.declare([Visits.yaml])
                try await eventually("the mistake is mended") { run.status.definitionsProblem == nil }
                try await insert(fixture)
            }
        }
    }

    @Test func whatIsNotInstalledWaitsForInstall() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine(mayReconnect: true) { run in
                try await insert(fixture)
                try fixture.declare([more])
                try await eventually("install is asked for") {
                    run.status.definitionsProblem?.contains("daybook install") == true
                }
                try await insert(fixture)
                try await fixture.change(to: [more])
                try await eventually("the new files are in force") {
                    run.status.definitionsProblem == nil && run.status.isReady && run.status.role == .leader
                }
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes, browser, note) VALUES ('n', '2025-03-03', 1, 'b', 'four')")
                try await fixture.settle()
                #expect(try await fixture.count("visits_daily WHERE site = 'n' AND noted = 4") == 1)
                #expect(try await fixture.isExact())
            }
        }
    }

    @Test func anotherTitleIsTakenOverWithoutARebuild() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine { run in
                try await insert(fixture)
                let built = run.logLines.count { $0.contains("days built") || $0.contains("building from") }
                try fixture.declare(["title: Visitors\n" + Visits.yaml])
                try await eventually("the new title is in force") {
                    run.announcements.contains { announcement in
                        guard case .began(let rollups, _) = announcement else { return false }
                        return rollups.contains { $0.definition.title == "Visitors" }
                    }
                }
                try await insert(fixture)
                #expect(run.logLines.count { $0.contains("days built") || $0.contains("building from") } == built)
                #expect(try await fixture.change(to: ["title: Visitors\n" + Visits.yaml]).isEmpty)
            }
        }
    }

    /// The folder of the daemon is the one that is old.
    @Test func aDaemonWithOldFilesEnds() async throws {
        try await FeedFixture.with { fixture in
            let run = EngineRun(fixture.settings())
            try await eventually("it leads") { run.status.role == .leader }
            let other = NSTemporaryDirectory() + "daybook-other-\(UUID().uuidString)"
            try FileManager.default.copyItem(atPath: fixture.directory, toPath: other)
            defer { try? FileManager.default.removeItem(atPath: other) }
            try more.write(toFile: "\(other)/1.yml", atomically: true, encoding: .utf8)
            let rollups = try await DefinitionCatalog.resolve(
                DefinitionLoader.load(directory: other), on: fixture.connection, changing: .init())
            _ = try await Installer(on: fixture.connection).install(rollups)
            try await fixture.run("INSERT INTO visits (site, at, bytes, browser) VALUES ('a', '2025-03-03', 1, 'b')")
            let failure = await run.failure()
            #expect((failure as? FeedError)?.description.contains("daybook install") == true)
        }
    }
}
