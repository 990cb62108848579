/// What one writer does, transaction after transaction: a pure function of the seed, the writer and the features.
struct WriterScript: Sendable {
    let writer: Int
    let features: ModelPlan.Features
    var random: ModelRandom
    private var number = 0

    init(seed: UInt64, writer: Int, features: ModelPlan.Features) {
        self.writer = writer
        self.features = features
        var random = ModelRandom(seed: seed &* 0x1_0000_0001)
        for _ in 0..<writer { _ = random.fork() }
        self.random = random.fork()
    }

    mutating func next() -> ModelTransaction {
        number += 1
        if random.once(in: 4) {
            return ModelTransaction(
                form: .autocommit, settings: [], statements: [statement()], holdFor: 0,
                ending: random.once(in: 40) ? .disconnect : .commit
            )
        }
        let isLong = random.once(in: 6)
        let ending = ending()
        return ModelTransaction(
            form: .block(isolation: isolation()), settings: settings(), statements: body(isLong: isLong),
            holdFor: isLong ? random.number(1...12) : 0, ending: ending
        )
    }

    private mutating func ending() -> ModelTransaction.Ending {
        if features.preparesTransactions, random.once(in: 4) {
            return .prepare(
                name: "w\(writer)-\(number)", commits: !random.once(in: 3), after: random.number(0...6)
            )
        }
        return random.pick(weighted: [(12, .commit), (3, .rollback), (1, .disconnect)])
    }

    private mutating func isolation() -> String {
        random.pick(weighted: [(6, "READ COMMITTED"), (2, "REPEATABLE READ"), (1, "SERIALIZABLE")])
    }

    private mutating func settings() -> [String] {
        var settings: [String] = []
        if random.once(in: 4) { settings.append("synchronous_commit = off") }
        if random.once(in: 10) { settings.append("session_replication_role = replica") }
        if random.once(in: 10) { settings.append("TimeZone = 'Pacific/Apia'; SET LOCAL DateStyle = 'SQL, DMY'") }
        if random.once(in: 12) { settings.append("statement_timeout = '\(random.number(1...20))ms'") }
        return settings
    }

    private mutating func body(isLong: Bool) -> [ModelStatement] {
        var statements = (0...random.number(0...3)).map { _ in statement() }
        if random.once(in: 2) { statements.insert(savepoint(depth: 1), at: random.number(0...statements.count)) }
        // What is prepared may not have used temporary objects or LISTEN; none of these do.
        if isLong { statements = statements.filter { !$0.isTruncate } }
        return statements
    }

    private mutating func savepoint(depth: Int) -> ModelStatement {
        var inner = (0...random.number(0...2)).map { _ in statement() }
        if depth < 3, random.once(in: 2) { inner.append(savepoint(depth: depth + 1)) }
        return .savepoint(name: "s\(depth)", inner, undone: random.once(in: 2))
    }

    /// One statement on one of the sources, or on several.
    mutating func statement() -> ModelStatement {
        if features.truncates, random.once(in: 25) { return truncate() }
        return switch random.number(0...11) {
        case 0...3: outcomeStatement()
        case 4...5: generationStatement()
        case 6...7: campaignStatement()
        case 8...9: postStatement()
        default: readingStatement()
        }
    }

    private mutating func truncate() -> ModelStatement {
        .sql(
            random.pick([
                "TRUNCATE caption_variants", "TRUNCATE reddit_post_outcomes, content_generations RESTART IDENTITY",
                "TRUNCATE campaigns CASCADE", "TRUNCATE campaign_clicks", "TRUNCATE readings",
                "TRUNCATE ONLY readings_eu", "TRUNCATE readings_us",
                "TRUNCATE scheduled_posts",
            ])
        )
    }
}

extension ModelStatement {
    var isTruncate: Bool {
        switch self {
        case .sql(let text): text.hasPrefix("TRUNCATE")
        case .copy: false
        case .savepoint(_, let inner, _): inner.contains(where: \.isTruncate)
        }
    }
}

/// Values that several sources draw from.
extension WriterScript {
    mutating func user() -> Int { random.number(1...5) }

    /// A text that may be null.
    mutating func text() -> String? {
        random.once(in: 8) ? nil : someText()
    }

    mutating func someText() -> String {
        if features.writesUnstorable, random.once(in: 60) { return OddText.beyondIndex(random.number(1...2)) }
        return random.once(in: 2) ? random.pick(OddText.pool) : "plain \(random.number(1...6))"
    }

    mutating func literal(_ text: String?) -> String { OddText.literal(text) }

    /// A point in time as SQL. Mostly of today and the days before, now and then at the edges of what a type holds.
    mutating func moment() -> String {
        switch random.number(0...29) {
        case 0:
            random.pick([
                "'infinity'", "'-infinity'", "'0044-03-15 12:00:00+00 BC'", "'4713-01-02 00:00:00+00 BC'",
                "'294270-01-01 00:00:00+00'", "'2024-02-29 23:59:59.999999+00'", "'1969-12-31 23:59:59.999999+00'",
            ])
        // The hours around the end of summer time in New York, and around midnight there and in UTC.
        case 1: "'2025-11-0\(random.number(1...3)) 0\(random.number(3...7)):30:00+00'"
        case 2...14: "now() - interval '\(random.number(0...1_500)) minutes'"
        case 15...27: "now() - interval '\(random.number(0...600)) hours'"
        default: "now() + interval '\(random.number(1...72)) hours'"
        }
    }

    /// A condition that about one row in `share` meets.
    mutating func some(_ column: String = "id", share: Int) -> String {
        "\(column) % \(share) = \(random.number(0...share - 1))"
    }
}
