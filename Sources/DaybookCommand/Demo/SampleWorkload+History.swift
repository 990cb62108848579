extension SampleWorkload {
    /// The application's past: posts of the last `days` days, a third of them scheduled before, each with a caption, and
    /// half as many other generations. A few bulk statements, to be run in this order on empty tables; they take about a
    /// second for 20,000 posts.
    ///
    /// - Parameters:
    ///   - posts: how many. The newest has the `reddit_post_id` `t3_h1`, the oldest `t3_h<posts>`.
    ///   - seed: the same seed makes the same rows.
    ///   - until: when the past ends, in Postgres' text form of `timestamptz`; nil for the server's `now()`.
    static func history(days: Int = 14, posts: Int = 20_000, seed: UInt64, until: String? = nil) -> [Statement] {
        let parameters = ["\(posts)", "\(days)", "\(Int64(bitPattern: seed))", until]
        let words = [ArrayLiteral.text(SampleVocabulary.titles), ArrayLiteral.text(SampleVocabulary.subreddits)]
        return [
            Statement(scheduledHistory, parameters + words),
            Statement(outcomeHistory, parameters + words),
            Statement(captionHistory, parameters + [ArrayLiteral.text(SampleVocabulary.captionMetadata)]),
            Statement(generationHistory, parameters + [ArrayLiteral.text(SampleVocabulary.generationTypes)]),
        ]
    }

    /// A number in 0 ..< 1 for row `n`: the same for the same seed ($3) and stream, unlike for another.
    private static func unit(_ stream: Int) -> String {
        "(hashint8extended(n, hashint8extended(\(stream), $3::bigint)) & 4294967295)::double precision / 4294967296"
    }

    /// Rows 1 to $1, spread over the $2 days that end at $4, denser by day than by night, row 1 the latest.
    private static let moments = """
        moments AS (
            SELECT n, coalesce($4::timestamptz, now()) - (age + 0.09 * sin(2 * pi() * age)) * interval '1 day' AS moment,
                   1 + floor(\(SampleVocabulary.userCount) * power(\(unit(2)), 2))::integer AS user_id
            FROM (
                SELECT n, (n - \(unit(1))) / $1::integer * $2::integer AS age
                FROM generate_series(1::bigint, $1::integer) AS numbers (n)
            ) AS ages
        )
        """

    /// What scheduled posts and outcomes have in common. $5 titles, $6 subreddits.
    private static let posts = """
        posts AS (
            SELECT n, moment, user_id, 't3_h' || n AS post,
                   ($6::text[])[1 + (user_id * 7 + floor(4 * \(unit(3)))::integer) % cardinality($6::text[])] AS subreddit,
                   CASE WHEN \(unit(4)) >= 0.03 THEN
                       ($5::text[])[1 + floor(cardinality($5::text[]) * \(unit(5)))::integer]
                       || CASE WHEN \(unit(6)) < 0.2 THEN ' #' || 2 + floor(98 * \(unit(7)))::integer ELSE '' END
                   END AS title
            FROM moments
        )
        """

    private static let scheduledHistory = """
        WITH \(moments), \(posts)
        INSERT INTO scheduled_posts
            (user_id, title, subreddit, status, scheduled_for, reddit_post_id, attempts, created_at, updated_at)
        SELECT user_id, title, subreddit, 'completed', moment, post, 1, moment - interval '3 hours', moment
        FROM posts
        WHERE n % 3 = 0
        ORDER BY n DESC
        """

    private static let outcomeHistory = """
        WITH \(moments), \(posts), numbers AS (
            SELECT n, least(40 * power(1 - \(unit(8)), -1.1), 2000000)::integer AS views
            FROM posts
        )
        INSERT INTO reddit_post_outcomes
            (user_id, scheduled_post_id, reddit_post_id, subreddit, title, occurred_at, success, views, upvotes,
             comment_count, failure_reason)
        SELECT posts.user_id, scheduled.id, post, posts.subreddit, posts.title, moment, \(unit(9)) >= 0.06, views,
               floor(views * 0.15 * \(unit(10)))::integer,
               CASE WHEN \(unit(11)) >= 0.1 THEN floor(views * 0.02 * \(unit(12)))::integer END,
               CASE WHEN \(unit(9)) < 0.06 THEN 'removed by moderator' END
        FROM posts
        JOIN numbers USING (n)
        LEFT JOIN scheduled_posts AS scheduled ON scheduled.reddit_post_id = post
        ORDER BY n DESC
        """

    /// $5 is what `ranked_metadata` may be.
    private static let captionHistory = """
        WITH \(moments)
        INSERT INTO caption_variants (user_id, caption, ranked_metadata, created_at)
        SELECT user_id, 'Caption ' || n, ($5::jsonb[])[1 + floor(cardinality($5::jsonb[]) * \(unit(13)))::integer],
               moment - interval '10 minutes'
        FROM moments
        ORDER BY n DESC
        """

    /// $5 is what `generation_type` may be.
    private static let generationHistory = """
        WITH \(moments)
        INSERT INTO content_generations (user_id, generation_type, created_at)
        SELECT CASE WHEN \(unit(14)) >= 0.1 THEN user_id END,
               ($5::text[])[1 + floor(cardinality($5::text[]) * \(unit(15)))::integer], moment
        FROM moments
        WHERE n % 2 = 0
        ORDER BY n DESC
        """
}
