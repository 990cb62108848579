extension SampleWorkload {
    mutating func schedule() -> Transaction {
        let user = user()
        let minutes = random.powerLaw(least: 1, most: 20_000, doubling: 0.62)
        return Transaction(
            .schedule,
            [
                Statement(
                    """
                    INSERT INTO scheduled_posts (user_id, title, subreddit, scheduled_for)
                    VALUES ($1, $2, $3, now() + make_interval(mins => $4::integer))
                    """,
                    [user, title(), subreddit(of: user), "\(minutes)"]
                )
            ]
        )
    }

    /// A post goes out; if the user has one waiting, it is that one.
    mutating func publish() -> Transaction {
        let post = newPost()
        remember(post)
        return Transaction(.publish, [publication(of: post)])
    }

    mutating func failedPublish() -> Transaction {
        let user = user()
        return Transaction(
            .failedPublish,
            [
                Statement(
                    """
                    INSERT INTO reddit_post_outcomes (user_id, subreddit, title, success, failure_reason)
                    VALUES ($1, $2, $3, false, $4)
                    """,
                    [
                        user, subreddit(of: user), title(),
                        random.pick(SampleVocabulary.failureReasons),
                    ]
                )
            ]
        )
    }

    /// A user connects an account: 20 to 500 posts of the last thirty days arrive in one statement.
    mutating func bulkImport() -> Transaction {
        let user = user()
        var columns = BulkColumns()
        for _ in 0..<random.powerLaw(least: 20, most: 500, doubling: 0.54) {
            let views = random.powerLaw(least: 12, most: 2_000_000, doubling: 0.54)
            columns.posts.append(newPost())
            columns.subreddits.append(subreddit(of: user))
            columns.titles.append(title())
            columns.ages.append("\(random.number(in: 0...30 * 86_400))")
            columns.views.append("\(views)")
            columns.upvotes.append("\(views * random.number(in: 1...15) / 100)")
            columns.comments.append(random.once(in: 10) ? nil : "\(views / random.number(in: 80...400))")
        }
        return Transaction(
            .bulkImport,
            [
                Statement(
                    """
                    INSERT INTO reddit_post_outcomes
                        (user_id, reddit_post_id, subreddit, title, occurred_at, views, upvotes, comment_count)
                    SELECT $1::integer, post, subreddit, title, now() - make_interval(secs => age), views, upvotes, comments
                    FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::integer[],
                                $8::integer[]) AS imported (post, subreddit, title, age, views, upvotes, comments)
                    """,
                    [user] + columns.literals
                )
            ]
        )
    }

    /// A publication that comes to nothing: the application rolls it back.
    mutating func rolledBack() -> Transaction {
        let user = user()
        return Transaction(.rollback, [publication(of: newPost()), generation(for: user)], rollsBack: true)
    }

    private mutating func publication(of post: String) -> Statement {
        let user = user()
        return Statement(
            """
            WITH waiting AS (
                UPDATE scheduled_posts
                SET status = 'completed', reddit_post_id = $2, attempts = attempts + 1, updated_at = now()
                WHERE id = (
                    SELECT id FROM scheduled_posts
                    WHERE status = 'pending' AND user_id = $1::integer
                    ORDER BY scheduled_for LIMIT 1 FOR UPDATE SKIP LOCKED
                )
                RETURNING id
            )
            INSERT INTO reddit_post_outcomes
                (user_id, scheduled_post_id, reddit_post_id, subreddit, title, views, upvotes)
            VALUES ($1::integer, (SELECT id FROM waiting), $2, $3, $4, $5::integer, 1)
            """,
            [
                user, post, subreddit(of: user), title(),
                "\(random.powerLaw(least: 1, most: 5_000, doubling: 0.47))",
            ]
        )
    }
}

/// The columns of a bulk import, an array each.
private struct BulkColumns {
    var posts: [String?] = []
    var subreddits: [String?] = []
    var titles: [String?] = []
    var ages: [String?] = []
    var views: [String?] = []
    var upvotes: [String?] = []
    var comments: [String?] = []

    var literals: [String?] {
        [posts, subreddits, titles, ages, views, upvotes, comments].map { ArrayLiteral.text($0) }
    }
}
