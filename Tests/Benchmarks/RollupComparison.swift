import PostgresClient

/// The rollup table against a GROUP BY over its source, written by hand: nothing of the engine's SQL is in it.
struct RollupComparison: Sendable {
    let keys: Int
    /// Rows that only one of the sides has.
    let different: Int

    static func read(on connection: PostgresConnection) async throws -> RollupComparison {
        let row = try await connection.query(
            """
            WITH source AS MATERIALIZED (
                SELECT user_id, 0 AS content_id, 'reddit' AS platform, subreddit, coalesce(title, '') AS primary_title,
                    (occurred_at AT TIME ZONE 'UTC')::date AS day, count(*) AS posts, sum(views) AS total_views,
                    sum(views) AS unique_viewers, sum(views) AS social_views, sum(upvotes) AS likes,
                    sum(coalesce(comment_count, 0)) AS comments, 0::bigint AS shares
                FROM reddit_post_outcomes WHERE success GROUP BY 1, 2, 3, 4, 5, 6
            ), rollup AS MATERIALIZED (
                SELECT user_id, content_id, platform, subreddit, primary_title, day, posts, total_views, unique_viewers,
                    social_views, likes, comments, shares
                FROM analytics_content_performance_daily
            )
            SELECT (SELECT count(*) FROM source),
                (SELECT count(*) FROM (TABLE source EXCEPT ALL TABLE rollup) AS s)
                    + (SELECT count(*) FROM (TABLE rollup EXCEPT ALL TABLE source) AS r)
            """
        )[0]
        let (keys, different) = try row.decode(Int.self, Int.self)
        return RollupComparison(keys: keys, different: different)
    }
}
