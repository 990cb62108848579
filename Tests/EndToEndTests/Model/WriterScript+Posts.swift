/// Statements on `scheduled_posts`, which outcomes look up by `reddit_post_id`; some of them on both tables at once.
extension WriterScript {
    mutating func postStatement() -> ModelStatement {
        switch random.number(0...11) {
        case 0...2: .sql(linkPosts())
        case 3: .sql("UPDATE scheduled_posts SET reddit_post_id = NULL WHERE \(some(share: random.number(2...9)))")
        case 4...5: .sql(relinkPost())
        case 6: .sql(changePosts())
        case 7: .sql("DELETE FROM scheduled_posts WHERE \(some(share: random.number(3...12)))")
        case 8: .sql(bulkPosts())
        case 9: copyPosts()
        case 10: .sql(publish())
        default: .sql(withdraw())
        }
    }

    /// Mostly one that outcomes have; `bulk` is that of thousands.
    private mutating func reference() -> String {
        random.pick(weighted: [
            (12, "plain \(random.number(1...6))"), (4, random.pick(OddText.pool)), (1, "bulk"),
            (3, "post \(random.number(1...9))"),
        ])
    }

    private mutating func linkPosts() -> String {
        let references = Set((0...random.number(0...2)).map { _ in reference() }).sorted()
        let values = references.map { "(\(user()), \(literal(random.pick(OddText.pool))), now(), \(literal($0)))" }
        let action = random.pick([
            "UPDATE SET attempts = t.attempts + 1", "UPDATE SET reddit_post_id = NULL", "NOTHING",
            "UPDATE SET subreddit = EXCLUDED.subreddit WHERE t.attempts < 3",
        ])
        return """
            INSERT INTO scheduled_posts AS t (user_id, subreddit, scheduled_for, reddit_post_id)
            VALUES \(values.joined(separator: ", ")) ON CONFLICT (reddit_post_id) DO \(action)
            """
    }

    /// From whichever post has the reference to another, or to one that has none.
    private mutating func relinkPost() -> String {
        let reference = literal(reference())
        return """
            DO $block$
            BEGIN
                UPDATE scheduled_posts SET reddit_post_id = NULL WHERE reddit_post_id = \(reference);
                UPDATE scheduled_posts SET reddit_post_id = \(reference)
                WHERE id = (SELECT id FROM scheduled_posts WHERE id >= \(random.number(1...40)) ORDER BY id LIMIT 1);
            END
            $block$
            """
    }

    private mutating func changePosts() -> String {
        let rows = some(share: random.number(2...9))
        return random.pick([
            "UPDATE scheduled_posts SET status = 'cancelled' WHERE \(rows)",
            "UPDATE scheduled_posts SET status = 'completed', subreddit = \(literal(random.pick(OddText.pool))) WHERE \(rows)",
            "UPDATE scheduled_posts SET title = 'nothing that counts', updated_at = now() WHERE \(rows)",
            "UPDATE scheduled_posts SET attempts = attempts + 1 WHERE \(rows)",
        ])
    }

    /// More keys than are locked one by one.
    private mutating func bulkPosts() -> String {
        """
        INSERT INTO scheduled_posts (user_id, subreddit, scheduled_for, reddit_post_id)
        SELECT n % 5 + 1, 'bulk', now(), 'post ' || n FROM generate_series(1, \(random.number(2...60))) AS n
        ON CONFLICT DO NOTHING
        """
    }

    private mutating func copyPosts() -> ModelStatement {
        let lines = (0..<random.number(1...8)).map { _ in
            OddText.copyLine(["\(user())", "copied", "2026-01-01", random.once(in: 2) ? nil : reference()])
        }
        return .copy(
            target: "scheduled_posts (user_id, subreddit, scheduled_for, reddit_post_id)", data: lines.joined())
    }

    private mutating func publish() -> String {
        """
        WITH published AS (
            UPDATE scheduled_posts SET status = 'completed', reddit_post_id = coalesce(reddit_post_id, 'post ' || id)
            WHERE \(some(share: random.number(2...9))) RETURNING user_id, reddit_post_id
        )
        INSERT INTO reddit_post_outcomes (user_id, reddit_post_id, subreddit, views)
        SELECT user_id, reddit_post_id, 'published', 1 FROM published
        """
    }

    private mutating func withdraw() -> String {
        let reference = literal(reference())
        return """
            WITH gone AS (
                DELETE FROM scheduled_posts WHERE reddit_post_id = \(reference) RETURNING reddit_post_id
            ), left_over AS (
                DELETE FROM reddit_post_outcomes WHERE reddit_post_id = \(reference) AND views % 2 = 0
            )
            UPDATE reddit_post_outcomes SET reddit_post_id = \(literal(self.reference()))
            WHERE reddit_post_id = \(reference) AND views % 2 = 1
            """
    }
}
