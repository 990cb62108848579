import Logging
import PostgresClient

@testable import Daybook

/// Visits, whose rollup an old job keeps in a table with a serial number and times of its own.
enum ShadowFixture {
    static let cronTable = """
        CREATE TABLE visits_daily (
            id serial PRIMARY KEY, day date NOT NULL, site varchar(40), visits integer NOT NULL DEFAULT 0,
            bytes numeric(12, 2), browsers jsonb, updated_at timestamptz DEFAULT now(), UNIQUE NULLS NOT DISTINCT (site, day)
        );
        """

    /// What the job does to the days from one on, as it stands in so many applications.
    static func cron(since day: String, zone: String = "UTC") -> String {
        """
        INSERT INTO visits_daily (day, site, visits, bytes, browsers)
        SELECT (at AT TIME ZONE '\(zone)')::date, site, count(*), coalesce(sum(bytes), 0),
            jsonb_build_array(jsonb_build_object('browser', 'b1', 'count', count(*) FILTER (WHERE browser = 'b1')),
                jsonb_build_object('count', count(*) FILTER (WHERE browser = 'b0'), 'browser', 'b0'))
        FROM visits WHERE ok AND at >= '\(day)' GROUP BY 1, 2
        ON CONFLICT (site, day) DO UPDATE SET visits = EXCLUDED.visits, bytes = EXCLUDED.bytes,
            browsers = EXCLUDED.browsers, updated_at = now()
        """
    }

    static let history = """
        INSERT INTO visits (site, at, bytes, browser)
        SELECT 'site' || n % 3, date '2025-03-03' + n % 4 + n * interval '7 minutes', n, 'b' || n % 2
        FROM generate_series(1, 120) AS n
        """

    /// A history that the job has counted, and a feed in shadow mode.
    static func with(
        _ script: String = history + ";" + cron(since: "2025-01-01"), _ body: (FeedFixture) async throws -> Void
    ) async throws {
        try await FeedFixture.with(Visits.table + cronTable, installed: false) { fixture async throws in
            try await fixture.run(script)
            try await fixture.installShadow()
            try await body(fixture)
        }
    }
}

extension FeedFixture {
    static let cronRows = "SELECT id, day, site, visits, bytes, browsers, updated_at FROM visits_daily ORDER BY id"

    func installShadow() async throws {
        let rollups = try await DefinitionCatalog.resolve(
            DefinitionLoader.load(directory: directory), on: connection, place: .shadow)
        _ = try await Installer(on: connection).install(rollups)
    }

    /// Builds everything there is, with an engine that ends then.
    func build() async throws {
        try await withEngine { _ in try await settle() }
    }

    func shadow(_ range: (String, String)? = nil, zones: [String] = []) async throws -> ShadowReport {
        let days = range.flatMap { range in
            PostgresDate(range.0).flatMap { first in PostgresDate(range.1).map { first...$0 } }
        }
        return try await ShadowExaminer(on: connection).compare(
            DefinitionLoader.load(directory: directory), in: days, zones: zones)
    }

    func adopt() async throws -> [Adoption.Outcome] {
        try await Adoption(on: connection).adopt(DefinitionLoader.load(directory: directory))
    }

    func goBack() async throws -> [Adoption.Outcome] {
        try await Adoption(on: connection).goBack(DefinitionLoader.load(directory: directory))
    }
}

extension ShadowReport {
    /// Findings, drawn; times of day left out of reasons.
    var drawn: String {
        let rows = rollups.flatMap(\.findings).map { finding in
            let reason = finding.reason.split(separator: ":").first.map(String.init) ?? ""
            return [
                "\(finding.day)", finding.key.map { $0 ?? "∅" }.joined(separator: "/"), finding.column ?? "row",
                finding.theirs ?? "∅", finding.right ?? "∅", reason,
            ]
        }
        return DrawnTable.draw([["day", "key", "column", "theirs", "right", "reason"]] + rows)
    }
}
