/// What a rollup has to hold, told a second time and by hand: plain SQL over the sources, with nothing of Daybook's in it.
struct ReferenceRollup: Sendable {
    let table: String
    /// The columns to compare, those of the key first.
    let columns: [String]
    /// How many columns are the key.
    let keyColumns: Int
    /// One row for each key that can be stored.
    let rows: String
    /// Keys that no row can hold: `day` and `key` as `daybook.parked` has it.
    let unstorable: String

    static let all = [contentPerformance, usage, campaigns, readings, linked, measures]

    private static let contentPerformance = ReferenceRollup(
        table: "analytics_content_performance_daily",
        columns: [
            "day", "user_id", "content_id", "platform", "subreddit", "primary_title", "posts", "total_views",
            "unique_viewers", "social_views", "likes", "comments", "shares", "engagement_rate",
        ],
        keyColumns: 6,
        rows: """
            SELECT (occurred_at AT TIME ZONE 'UTC')::date AS day, user_id, 0 AS content_id, 'reddit' AS platform, subreddit,
                coalesce(title, '') AS primary_title, count(*) AS posts, sum(views) AS total_views,
                sum(views) AS unique_viewers, sum(views) AS social_views, sum(upvotes) AS likes,
                sum(coalesce(comment_count, 0)) AS comments, 0 AS shares,
                CASE WHEN sum(views) = 0 THEN 0 ELSE round(100.0 * sum(upvotes) / sum(views), 2) END AS engagement_rate
            FROM reddit_post_outcomes
            WHERE success AND isfinite(occurred_at)
            GROUP BY 1, 2, 5, 6
            HAVING octet_length(user_id::text || '0reddit' || subreddit || coalesce(title, '')) + 5 * 16 <= 2600
            """,
        unstorable: """
            SELECT (occurred_at AT TIME ZONE 'UTC')::date AS day,
                ARRAY[user_id::text, '0', 'reddit', subreddit, coalesce(title, '')] AS key
            FROM reddit_post_outcomes
            WHERE success AND isfinite(occurred_at)
            GROUP BY 1, 2
            HAVING octet_length(array_to_string(ARRAY[user_id::text, '0', 'reddit', subreddit, coalesce(title, '')], ''))
                + 5 * 16 > 2600
            """
    )

    private static let usage = ReferenceRollup(
        table: "analytics_ai_usage_daily",
        columns: ["day", "user_id", "generation_count", "model_breakdown"],
        keyColumns: 2,
        rows: """
            SELECT day, user_id, sum(n) AS generation_count,
                jsonb_agg(jsonb_build_object('model', model, 'count', n) ORDER BY n DESC, model COLLATE "C") AS model_breakdown
            FROM (
                SELECT day, user_id, model, count(*) AS n
                FROM (
                    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, user_id,
                        coalesce(ranked_metadata ->> 'model', ranked_metadata ->> 'provider', 'unknown') AS model
                    FROM caption_variants WHERE isfinite(created_at)
                    UNION ALL
                    SELECT (created_at AT TIME ZONE 'UTC')::date, user_id, generation_type
                    FROM content_generations WHERE user_id IS NOT NULL AND isfinite(created_at)
                ) AS generated
                GROUP BY day, user_id, model
            ) AS by_model
            GROUP BY day, user_id
            """,
        unstorable: "SELECT NULL::date AS day, NULL::text[] AS key WHERE false"
    )

    private static let campaignKey = "ARRAY[campaign_id::text, channel, mood::text]"

    private static let campaigns = ReferenceRollup(
        table: "model_campaign_daily",
        columns: ["day", "campaign_id", "channel", "mood", "clicks", "cost", "tags", "answered", "average_cost"],
        keyColumns: 4,
        rows: """
            SELECT c.clicked_on AS day, c.campaign_id, c.channel, c.mood, count(*) AS clicks, sum(coalesce(c.cost, 0)) AS cost,
                (SELECT jsonb_agg(jsonb_build_object('tag', t.tag, 'count', t.n) ORDER BY t.n DESC, t.tag COLLATE "C" NULLS LAST)
                 FROM (SELECT tag, count(*) AS n FROM unnest(array_agg(c.tag)) AS tags(tag) GROUP BY tag) AS t) AS tags,
                (SELECT jsonb_agg(jsonb_build_object('kind', k.kind, 'count', k.n) ORDER BY k.n DESC, k.kind COLLATE "C")
                 FROM (VALUES ('first', count(*) FILTER (WHERE c.answers IS NULL)),
                              ('answer', count(*) FILTER (WHERE c.answers IS NOT NULL))) AS k(kind, n)
                 WHERE k.n > 0) AS answered,
                round(sum(coalesce(c.cost, 0)) / count(*), 4) AS average_cost
            FROM campaign_clicks AS c
            WHERE isfinite(c.clicked_on)
            GROUP BY c.clicked_on, c.campaign_id, c.channel, c.mood
            HAVING sum(coalesce(c.cost, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807
                AND octet_length(coalesce(c.campaign_id::text, '') || coalesce(c.channel, '') || coalesce(c.mood::text, ''))
                    + 3 * 16 <= 2600
            """,
        unstorable: """
            SELECT clicked_on AS day, \(campaignKey) AS key
            FROM campaign_clicks
            WHERE isfinite(clicked_on)
            GROUP BY clicked_on, campaign_id, channel, mood
            HAVING NOT (sum(coalesce(cost, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807)
                OR octet_length(coalesce(campaign_id::text, '') || coalesce(channel, '') || coalesce(mood::text, ''))
                    + 3 * 16 > 2600
            """
    )

    private static let readings = ReferenceRollup(
        table: "model_readings_daily",
        columns: ["day", "region", "sensor", "checked", "readings", "total"],
        keyColumns: 4,
        rows: """
            SELECT ((taken AT TIME ZONE 'UTC') AT TIME ZONE 'America/New_York')::date AS day, region,
                sensor::varchar(12) AS sensor, checked, count(*) AS readings, sum(coalesce(value, 0)) AS total
            FROM readings
            WHERE region <> 'test' AND isfinite(taken)
            GROUP BY 1, 2, 3, 4
            HAVING sensor::varchar(12) IS NOT NULL
                AND sum(coalesce(value, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807
            """,
        unstorable: """
            SELECT ((taken AT TIME ZONE 'UTC') AT TIME ZONE 'America/New_York')::date AS day,
                ARRAY[region, sensor::varchar(12)::text, checked::text] AS key
            FROM readings
            WHERE region <> 'test' AND isfinite(taken)
            GROUP BY 1, region, sensor::varchar(12), checked
            HAVING sensor::varchar(12) IS NULL
                OR NOT (sum(coalesce(value, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807)
            """
    )

    private static let linked = ReferenceRollup(
        table: "model_linked_daily",
        columns: ["day", "content_id", "planned_for", "outcomes", "views"],
        keyColumns: 3,
        rows: """
            SELECT (o.occurred_at AT TIME ZONE 'UTC')::date AS day, coalesce(p.id, 0) AS content_id, p.subreddit AS planned_for,
                count(*) AS outcomes, sum(o.views + coalesce(p.attempts, 0)) AS views
            FROM reddit_post_outcomes AS o LEFT JOIN scheduled_posts AS p ON p.reddit_post_id = o.reddit_post_id
            WHERE o.success AND isfinite(o.occurred_at) AND p.status IS DISTINCT FROM 'cancelled'
            GROUP BY 1, 2, 3
            """,
        unstorable: "SELECT NULL::date AS day, NULL::text[] AS key WHERE false"
    )

    private static let measures = ReferenceRollup(
        table: "model_measures_daily",
        columns: [
            "day", "kind", "entries", "costs", "labels_seen", "least", "most", "earliest", "latest_day", "first_label",
            "first_label_at", "last_value", "last_value_at", "average",
        ],
        keyColumns: 2,
        rows: """
            SELECT day, kind, count(*) AS entries, coalesce(sum(cost), 0)::numeric(38,3) AS costs,
                count(DISTINCT label COLLATE "C") AS labels_seen, min(value) AS least, max(most) AS most,
                min(earliest) AS earliest, max(latest_day) AS latest_day,
                (array_agg(label ORDER BY at, label COLLATE "C") FILTER (WHERE label IS NOT NULL))[1] AS first_label,
                min(at) FILTER (WHERE label IS NOT NULL) AS first_label_at,
                (array_agg(value ORDER BY at DESC, value::text COLLATE "C" DESC) FILTER (WHERE value IS NOT NULL))[1]
                    AS last_value,
                max(at) FILTER (WHERE value IS NOT NULL) AS last_value_at,
                round(coalesce(sum(cost), 0) / count(*), 3) AS average
            FROM (
                SELECT clicked_on AS day, CASE WHEN answers IS NULL THEN 'first' ELSE 'answer' END AS kind,
                    least(clicked_on, '294276-12-31')::timestamp AT TIME ZONE 'UTC' AS at, tag AS label, cost AS value,
                    round((cost % 1000000) / 7.0, 3) AS cost, round((cost % 1000000) / 8.0, 3) AS most,
                    least(clicked_on, '9999-12-31')::timestamp AS earliest, clicked_on AS latest_day
                FROM campaign_clicks WHERE isfinite(clicked_on)
                UNION ALL
                SELECT taken::date, CASE WHEN checked THEN 'checked' ELSE 'unchecked' END, taken AT TIME ZONE 'UTC', sensor,
                    value, round((value % 1000000) / 7.0, 3), round((value % 1000000) / 8.0, 3), taken, taken::date
                FROM readings WHERE region <> 'test' AND isfinite(taken)
            ) AS entries
            GROUP BY day, kind
            """,
        unstorable: "SELECT NULL::date AS day, NULL::text[] AS key WHERE false"
    )
}
