import Testing

/// The rollup of most tests: a dimension that may be null, a sum, a breakdown, a derived column, and a condition.
enum Visits {
    static let table = """
        CREATE TABLE visits (
            id serial PRIMARY KEY, site text, at timestamptz, bytes bigint, browser text, ok boolean DEFAULT true, note text
        );
        """

    static let yaml = """
        rollup: visits_daily
        dimensions:
          site: text?
        measures:
          visits: count
          bytes: sum
          browsers: count by browser
        derived:
          bytes_each: bytes / visits
        events:
          visit:
            source: visits
            at: at
            where: ok
            values:
              site: site
              bytes: bytes
              browser: browser
        """

    /// The same without the question mark: a null site cannot be stored.
    static let strictYAML = yaml.replacing("text?", with: "text")

    /// The rows that the sources and the table disagree on, by a query that shares nothing with Daybook's own.
    static let differences = """
        WITH counted AS (
            SELECT v.site, (v.at AT TIME ZONE 'UTC')::date AS day, v.browser, count(*) AS n,
                coalesce(sum(v.bytes), 0) AS bytes
            FROM visits AS v WHERE v.ok AND isfinite(v.at) GROUP BY 1, 2, 3
        ), truth AS (
            SELECT site, day, sum(n)::bigint AS visits, sum(bytes)::bigint AS bytes,
                jsonb_agg(jsonb_build_object('browser', browser, 'count', n) ORDER BY n DESC, browser COLLATE "C") AS browsers,
                (sum(bytes)::bigint / sum(n)::bigint) AS bytes_each
            FROM counted GROUP BY 1, 2
        ), kept AS (
            SELECT site, day, visits, bytes, browsers, bytes_each FROM visits_daily
        )
        (TABLE truth EXCEPT ALL TABLE kept) UNION ALL (TABLE kept EXCEPT ALL TABLE truth)
        """
}

extension FeedFixture {
    /// Whether `visits_daily` is exactly what `visits` says.
    func isExact() async throws -> Bool {
        try await count("(\(Visits.differences)) AS d") == 0
    }

    /// `visits_daily` in full.
    func visitsDaily() async throws -> String {
        try await table("SELECT site, day, visits, bytes, browsers, bytes_each FROM visits_daily ORDER BY day, site")
    }
}
