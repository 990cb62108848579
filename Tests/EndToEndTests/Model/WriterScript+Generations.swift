/// Statements on `caption_variants` and `content_generations`, which together feed AI usage.
extension WriterScript {
    mutating func generationStatement() -> ModelStatement {
        switch random.number(0...11) {
        case 0...2: .sql(insertCaptions(rows: random.pick([1, 1, 1, 5])))
        case 3...4: .sql(insertGenerations(rows: random.pick([1, 1, 1, 9])))
        case 5: .sql(bulkGenerations())
        case 6: copyGenerations()
        case 7...8: .sql(changeGenerations())
        case 9:
            .sql(
                "DELETE FROM \(random.pick(["caption_variants", "content_generations"])) WHERE \(some(share: random.number(3...15)))"
            )
        case 10: .sql(moveBetween())
        default: .sql(blockWithFailures())
        }
    }

    private mutating func model() -> String? {
        random.pick([nil, "grok-4-fast", "grok-4", "gpt", "", "é", "e\u{301}", "Zeta", "alpha", someText()])
    }

    /// Model, provider, both, neither, or something that is no object.
    private mutating func metadata() -> String {
        switch random.number(0...7) {
        case 0: "NULL"
        case 1: "'{}'"
        case 2: random.pick(["'[]'", "'\"text\"'", "'null'", "'{\"model\": {\"deep\": [1]}}'", "'{\"model\": 4}'"])
        case 3: "jsonb_build_object('provider', \(literal(model()))::text)"
        case 4: "jsonb_build_object('model', NULL, 'provider', \(literal(model()))::text)"
        default: "jsonb_build_object('model', \(literal(model()))::text)"
        }
    }

    private mutating func insertCaptions(rows: Int) -> String {
        let values = (0..<rows).map { _ in "(\(user()), \(literal(text())), \(metadata()), \(moment()))" }
        return
            "INSERT INTO caption_variants (user_id, caption, ranked_metadata, created_at) VALUES \(values.joined(separator: ", "))"
    }

    private mutating func insertGenerations(rows: Int) -> String {
        let values = (0..<rows).map { _ in
            "(\(random.once(in: 6) ? "NULL" : "\(user())"), \(literal(model() ?? "none")), \(moment()))"
        }
        return
            "INSERT INTO content_generations (user_id, generation_type, created_at) VALUES \(values.joined(separator: ", "))"
    }

    private mutating func bulkGenerations() -> String {
        """
        INSERT INTO content_generations (user_id, generation_type, created_at)
        SELECT nullif(n % 6, 0), 'model ' || n % \(random.number(1...30)), now() - make_interval(hours => n % 70)
        FROM generate_series(1, \(random.number(10...500))) AS n
        """
    }

    private mutating func copyGenerations() -> ModelStatement {
        let lines = (0..<random.number(1...30)).map { _ in
            OddText.copyLine([random.once(in: 6) ? nil : "\(user())", model() ?? "copied"])
        }
        return .copy(target: "content_generations (user_id, generation_type)", data: lines.joined())
    }

    private mutating func changeGenerations() -> String {
        let rows = some(share: random.number(3...25))
        return random.pick([
            "UPDATE caption_variants SET ranked_metadata = \(metadata()) WHERE \(rows)",
            "UPDATE caption_variants SET caption = 'same to the rollup' WHERE \(rows)",
            "UPDATE caption_variants SET created_at = created_at - interval '1 day', user_id = \(user()) WHERE \(rows)",
            "UPDATE content_generations SET generation_type = \(literal(someText())) WHERE \(rows)",
            "UPDATE content_generations SET user_id = CASE WHEN user_id IS NULL THEN 1 END WHERE \(rows)",
            "UPDATE content_generations SET created_at = \(moment()) WHERE \(rows)",
        ])
    }

    /// What leaves one source enters the other, in one statement.
    private mutating func moveBetween() -> String {
        """
        WITH gone AS (
            DELETE FROM caption_variants WHERE \(some(share: 6)) RETURNING user_id, created_at
        ), moved AS (
            UPDATE content_generations SET user_id = \(user()) WHERE \(some(share: 9)) RETURNING user_id, created_at
        ), entered AS (
            INSERT INTO content_generations (user_id, generation_type, created_at)
            SELECT user_id, 'moved', created_at FROM gone RETURNING user_id
        )
        INSERT INTO caption_variants (user_id, ranked_metadata, created_at)
        SELECT user_id, '{"model": "moved"}', created_at FROM moved
        """
    }

    /// Subtransactions of the server's own making, every other of which is undone.
    private mutating func blockWithFailures() -> String {
        """
        DO $block$
        BEGIN
            FOR i IN 1..\(random.number(2...8)) LOOP
                BEGIN
                    INSERT INTO content_generations (user_id, generation_type) VALUES (i % 5 + 1, \(literal(someText())));
                    UPDATE caption_variants SET user_id = i % 5 + 1 WHERE id % 20 = i;
                    IF i % 2 = 0 THEN RAISE EXCEPTION 'undone'; END IF;
                EXCEPTION WHEN raise_exception THEN NULL;
                END;
            END LOOP;
        END
        $block$
        """
    }
}
