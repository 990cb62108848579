/// Statements on `reddit_post_outcomes`, the source of content performance.
extension WriterScript {
    mutating func outcomeStatement() -> ModelStatement {
        switch random.number(0...19) {
        case 0...4: .sql(insertOutcomes(rows: 1))
        case 5...6: .sql(insertOutcomes(rows: random.number(2...12)))
        case 7: .sql(bulkOutcomes())
        case 8: copyOutcomes()
        case 9...11: .sql(updateMetrics())
        case 12...14: .sql(changeOutcomes())
        case 15: .sql("DELETE FROM reddit_post_outcomes WHERE \(deletedOutcomes())")
        case 16...17: .sql(upsertOutcomes())
        case 18: .sql(mergeOutcomes())
        default: .sql(shuffleOutcomes())
        }
    }

    private static let columns =
        "user_id, reddit_post_id, subreddit, title, occurred_at, success, views, upvotes, comment_count"

    private mutating func outcome() -> String {
        """
        (\(user()), \(literal(text())), \(literal(someText())), \(literal(text())), \(moment()), \
        \(!random.once(in: 5)), \(random.number(0...500)), \(random.number(0...50)), \
        \(random.once(in: 4) ? "NULL" : "\(random.number(0...9))"))
        """
    }

    private mutating func insertOutcomes(rows: Int) -> String {
        let values = (0..<rows).map { _ in outcome() }.joined(separator: ",\n    ")
        return "INSERT INTO reddit_post_outcomes (\(Self.columns)) VALUES\n    \(values)"
    }

    /// Now and then more keys than a small turn reads.
    private mutating func bulkOutcomes() -> String {
        let rows = random.once(in: 8) ? 6_000 : random.number(20...400)
        let titles = random.once(in: 3) ? rows : 7
        return """
            INSERT INTO reddit_post_outcomes (\(Self.columns))
            SELECT 1 + n % 5, 'bulk', 'r/' || n % 3, CASE WHEN n % 11 > 0 THEN 'bulk ' || n % \(titles) END,
                now() - make_interval(hours => n % \(random.number(1...80))), n % 5 <> 0, n % 97, n % 13, nullif(n % 7, 0)
            FROM generate_series(1, \(rows)) AS n
            """
    }

    private mutating func copyOutcomes() -> ModelStatement {
        let lines = (0..<random.number(1...60)).map { _ in
            let hour = random.number(0...23)
            return OddText.copyLine([
                "\(user())", text(), someText(), text(),
                "2026-0\(random.number(1...6))-1\(random.number(0...9)) \(hour):00:00+00",
                random.once(in: 5) ? "f" : "t", "\(random.number(0...500))", "\(random.number(0...50))",
                random.once(in: 4) ? nil : "\(random.number(0...9))",
            ])
        }
        return .copy(target: "reddit_post_outcomes (\(Self.columns))", data: lines.joined())
    }

    private mutating func updateMetrics() -> String {
        random.pick([
            """
            UPDATE reddit_post_outcomes SET views = views + \(random.number(1...90)), upvotes = upvotes + 1,
                comment_count = coalesce(comment_count, 0) + \(random.number(0...2))
            WHERE \(some(share: random.number(2...40)))
            """,
            "UPDATE reddit_post_outcomes SET views = 0, upvotes = 0 WHERE \(some(share: 50))",
            "UPDATE reddit_post_outcomes SET comment_count = NULL WHERE \(some(share: 30))",
            // Nothing that counts changes.
            "UPDATE reddit_post_outcomes SET views = views, failure_reason = 'none' WHERE \(some(share: 9))",
        ])
    }

    private mutating func changeOutcomes() -> String {
        let rows = some(share: random.number(5...60))
        return random.pick([
            "UPDATE reddit_post_outcomes SET success = NOT success WHERE \(rows)",
            "UPDATE reddit_post_outcomes SET occurred_at = occurred_at + interval '\(random.number(-50...50)) hours' WHERE \(rows)",
            "UPDATE reddit_post_outcomes SET occurred_at = \(moment()), success = NOT success WHERE \(rows)",
            "UPDATE reddit_post_outcomes SET title = \(literal(text())), subreddit = \(literal(someText())) WHERE \(rows)",
            "UPDATE reddit_post_outcomes SET user_id = user_id % 5 + 1 WHERE \(rows)",
        ])
    }

    private mutating func deletedOutcomes() -> String {
        random.pick([
            some(share: 12), "user_id = \(user()) AND \(some(share: 3))", "occurred_at < now() - interval '20 days'",
            "title = \(literal(someText()))", "false",
        ])
    }

    /// Rows with ids of our own choosing, below zero, where writers meet.
    private mutating func upsertOutcomes() -> String {
        let ids = Set((0...random.number(0...4)).map { _ in -random.number(1...20) }).sorted()
        let values = ids.map { id in
            "(\(id), \(user()), \(literal(someText())), \(literal(text())), \(moment()), \(random.number(0...99)))"
        }
        let action = random.pick([
            "UPDATE SET views = t.views + EXCLUDED.views, title = EXCLUDED.title, occurred_at = EXCLUDED.occurred_at",
            "UPDATE SET success = NOT t.success WHERE t.views > 40", "NOTHING",
        ])
        return """
            INSERT INTO reddit_post_outcomes AS t (id, user_id, subreddit, title, occurred_at, views)
            VALUES \(values.joined(separator: ", "))
            ON CONFLICT (id) DO \(action)
            """
    }

    private mutating func mergeOutcomes() -> String {
        let ids = Set((0...random.number(0...6)).map { _ in -random.number(1...20) }).sorted()
        let values = ids.map { "(\($0), \(literal(someText())), \(random.number(0...99)))" }
        return """
            MERGE INTO reddit_post_outcomes AS t
            USING (VALUES \(values.joined(separator: ", "))) AS v(id, title, views) ON t.id = v.id
            WHEN MATCHED AND v.views % 4 = 0 THEN DELETE
            WHEN MATCHED AND v.views % 4 = 1 THEN DO NOTHING
            WHEN MATCHED THEN UPDATE SET title = v.title, views = t.views + v.views
            WHEN NOT MATCHED THEN INSERT (id, user_id, subreddit, title, views) VALUES (v.id, 3, 'merged', v.title, v.views)
            """
    }

    /// Deletes, updates and inserts on the same table in one statement.
    private mutating func shuffleOutcomes() -> String {
        """
        WITH gone AS (
            DELETE FROM reddit_post_outcomes WHERE \(some(share: 25)) RETURNING user_id, title, occurred_at, views
        ), more AS (
            UPDATE reddit_post_outcomes SET views = views + 1 WHERE \(some("user_id", share: 5)) AND \(some(share: 6))
            RETURNING user_id, views
        ), first AS (
            INSERT INTO reddit_post_outcomes (user_id, subreddit, title, occurred_at, views)
            SELECT user_id, 'again', title, occurred_at, views FROM gone RETURNING user_id
        )
        INSERT INTO reddit_post_outcomes (user_id, subreddit, views)
        SELECT user_id, \(literal(someText())), count(*) FROM more GROUP BY user_id
        """
    }
}
