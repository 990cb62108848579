extension SampleWorkload {
    /// How many removed posts are remembered.
    private static let removedLimit = 64

    private static let growth = """
        UPDATE reddit_post_outcomes
        SET views = least(views + $2::integer, 2000000000),
            upvotes = greatest(0, least(upvotes + $3::integer, 2000000000)),
            comment_count = least(coalesce(comment_count, 0) + $4::integer, 2000000000)
        WHERE reddit_post_id = $1
        """

    /// The numbers of one of the latest posts have grown.
    mutating func metrics(of post: String) -> Transaction {
        Transaction(.metrics, [growth(of: post, doubling: 0.57)])
    }

    /// The numbers of a post of an earlier day have grown, mostly by little.
    mutating func lateMetrics(of post: String) -> Transaction {
        Transaction(.lateMetrics, [growth(of: post, doubling: 0.41)])
    }

    /// One statement brings the numbers of up to thirty of the latest posts.
    mutating func metricsBatch() -> Transaction? {
        guard posts.count >= 5 else { return nil }
        let chosen = Set((0..<random.number(in: 5...30)).compactMap { _ in recentPost() }).sorted()
        let views = chosen.map { _ in "\(random.powerLaw(least: 3, most: 50_000, doubling: 0.54))" }
        return Transaction(
            .metricsBatch,
            [
                Statement(
                    """
                    UPDATE reddit_post_outcomes AS outcome
                    SET views = least(outcome.views + new.views, 2000000000),
                        upvotes = least(outcome.upvotes + new.views / 12, 2000000000)
                    FROM unnest($1::text[], $2::integer[]) AS new (post, views)
                    WHERE outcome.reddit_post_id = new.post
                    """,
                    [ArrayLiteral.text(chosen), ArrayLiteral.text(views)]
                )
            ]
        )
    }

    mutating func removal(of post: String) -> Transaction {
        removed.append(post)
        if removed.count > Self.removedLimit { removed.removeFirst() }
        return Transaction(
            .removal,
            [
                Statement(
                    "UPDATE reddit_post_outcomes SET success = false, failure_reason = $2 WHERE reddit_post_id = $1",
                    [post, random.pick(SampleVocabulary.removalReasons)]
                )
            ]
        )
    }

    mutating func reinstatement(of post: String) -> Transaction {
        Transaction(
            .reinstatement,
            [
                Statement(
                    "UPDATE reddit_post_outcomes SET success = true, failure_reason = NULL WHERE reddit_post_id = $1",
                    [post]
                )
            ]
        )
    }

    /// The post moves to another key of the rollup.
    mutating func retitle(_ post: String) -> Transaction {
        Transaction(
            .retitle,
            [Statement("UPDATE reddit_post_outcomes SET title = $2 WHERE reddit_post_id = $1", [post, title()])]
        )
    }

    /// The post moves to another day.
    mutating func dateCorrection(of post: String) -> Transaction {
        Transaction(
            .dateCorrection,
            [
                Statement(
                    """
                    UPDATE reddit_post_outcomes SET occurred_at = occurred_at - make_interval(hours => $2::integer)
                    WHERE reddit_post_id = $1
                    """,
                    [post, "\(random.number(in: 1...72))"]
                )
            ]
        )
    }

    mutating func deletion(of post: String) -> Transaction {
        Transaction(.deletion, [Statement("DELETE FROM reddit_post_outcomes WHERE reddit_post_id = $1", [post])])
    }

    private mutating func growth(of post: String, doubling: Double) -> Statement {
        let views = random.powerLaw(least: 2, most: 200_000, doubling: doubling)
        // Votes are taken back at times.
        let upvotes = random.once(in: 12) ? -1 : views * random.number(in: 0...12) / 100
        let comments = max(0, upvotes) / random.number(in: 4...20)
        return Statement(Self.growth, [post, "\(views)", "\(upvotes)", "\(comments)"])
    }
}
