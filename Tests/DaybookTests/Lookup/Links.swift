import PostgresClient

@testable import Daybook

/// Outcomes of posts, joined to the post that each belongs to.
enum Links {
    static let tables = """
        CREATE TABLE posts (
            id integer PRIMARY KEY, ref text, owner text, status text DEFAULT 'pending', weight bigint DEFAULT 1
        );
        CREATE UNIQUE INDEX posts_ref ON posts (ref);
        CREATE TABLE outcomes (id serial PRIMARY KEY, ref text, at timestamptz DEFAULT '2024-05-01 10:00+00', views bigint);
        CREATE INDEX outcomes_ref ON outcomes (ref);
        """

    static let yaml = """
        rollup: outcomes_daily
        dimensions:
          post_id: integer
          owner: text?
        measures:
          outcomes: count
          views: sum
        events:
          outcome:
            source: outcomes
            at: at
            lookup:
              table: posts
              key: ref
              equals: ref
            where: posts.status is distinct from 'hidden'
            values:
              post_id: coalesce(posts.id, 0)
              owner: posts.owner
              views: views * coalesce(posts.weight, 1)
        """

    /// What the sources say, by a query that shares nothing with Daybook's own.
    static let truth = """
        SELECT coalesce(p.id, 0) AS post_id, p.owner, (o.at AT TIME ZONE 'UTC')::date AS day, count(*) AS outcomes,
            sum(o.views * coalesce(p.weight, 1)) AS views
        FROM outcomes AS o LEFT JOIN posts AS p ON p.ref = o.ref
        WHERE p.status IS DISTINCT FROM 'hidden' AND isfinite(o.at) GROUP BY 1, 2, 3
        """

    /// What the log says, if it holds everything since the tables were empty.
    private static let logged = """
        SELECT key[1]::integer AS post_id, key[2] AS owner, day, sum(n)::bigint AS outcomes, sum(addends[1]) AS views
        FROM daybook.events GROUP BY 1, 2, 3 HAVING sum(n) <> 0 OR sum(addends[1]) <> 0
        """

    static let differences = difference(truth, logged)
    static let tableDifferences = difference(
        truth, "SELECT post_id, owner, day, outcomes, views::numeric FROM outcomes_daily")

    private static func difference(_ left: String, _ right: String) -> String {
        """
        WITH l AS (\(left)), r AS (\(right))
        (SELECT 'truth' AS says, * FROM (TABLE l EXCEPT ALL TABLE r) AS a)
        UNION ALL (SELECT 'daybook', * FROM (TABLE r EXCEPT ALL TABLE l) AS b)
        """
    }

    /// Posts 1 to 3, of which 1 and 2 are linked, and outcomes of references a to d.
    static let rows = """
        INSERT INTO posts (id, ref, owner, weight) VALUES (1, 'a', 'ann', 2), (2, 'b', NULL, 1), (3, NULL, 'cy', 1);
        INSERT INTO outcomes (ref, views) VALUES ('a', 1), ('a', 2), ('b', 4), ('c', 8), ('d', 16), (NULL, 32);
        """
}

extension FeedFixture {
    static func withLinks(_ body: (FeedFixture) async throws -> Void) async throws {
        try await with(Links.tables, [Links.yaml]) { fixture in
            try await fixture.run(Links.rows)
            try await body(fixture)
        }
    }

    /// What log and sources disagree on, drawn; and the gaps.
    func linkDifferences() async throws -> String {
        try await table(Links.differences + " ORDER BY day, post_id, owner, says")
    }

    func linkGaps() async throws -> String {
        try await table("SELECT source, cause, detail FROM daybook.gaps ORDER BY id")
    }
}
