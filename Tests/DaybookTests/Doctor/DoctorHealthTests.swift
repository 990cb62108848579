import Foundation
import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// A database in order.
struct DoctorHealthTests {
    /// The sample application with the shipped definitions.
    @Test func healthyWhenInstalledAndLed() async throws {
        let definitions = try DefinitionLoader.load(directory: ShippedDefinitionsTests.directory)
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/application.sql")
        let application = try String(contentsOf: fixtures, encoding: .utf8)
        try await DoctorFixture.with(application, installed: false) { fixture in
            let connection = fixture.connection
            #expect(try await Doctor.examine(definitions, on: connection).lines == ["info not-installed: database"])
            let rollups = try await DefinitionCatalog.resolve(definitions, on: connection)
            _ = try await Installer(on: connection).install(rollups)
            try await PostgresConnection.withConnection(fixture.configuration) { leader in
                try await leader.query("SELECT pg_advisory_lock(\(FeedSchema.lockClass), \(FeedSchema.leaderLock))")
                let findings = try await Doctor.examine(definitions, on: connection)
                #expect(findings.lines == ["info no-standby: daemon"])
                #expect(findings.isHealthy)
            }
        }
    }

    @Test func examiningLeavesNothingBehind() async throws {
        try await DoctorFixture.with { fixture in
            let catalog = CatalogFixture(connection: fixture.connection)
            let before = try await catalog.catalogDigest()
            _ = try await fixture.examine()
            #expect(try await catalog.catalogDigest() == before)
        }
    }

    @Test func worstComesFirst() {
        #expect(DoctorFinding.Severity.allCases.sorted() == [.error, .warning, .info])
        #expect([DoctorFinding]().isHealthy)
        let finding = DoctorFinding(check: "x", severity: .warning, subject: "", evidence: "", remedy: "")
        #expect(![finding].isHealthy)
    }

    /// Each check's name once, in kebab case.
    @Test func namesAreStable() {
        let names = DoctorCheck.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } }, "\(names)")
    }
}
