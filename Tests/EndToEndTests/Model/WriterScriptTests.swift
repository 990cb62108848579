import Testing

struct WriterScriptTests {
    private func script(_ seed: UInt64, writer: Int = 0, everything: Bool = true) -> [ModelTransaction] {
        let features = ModelPlan.Features(
            preparesTransactions: everything, truncates: everything, writesUnstorable: everything
        )
        var script = WriterScript(seed: seed, writer: writer, features: features)
        return (0..<400).map { _ in script.next() }
    }

    private func statements(_ statements: [ModelStatement]) -> [ModelStatement] {
        statements.flatMap { statement in
            if case .savepoint(_, let inner, _) = statement {
                [statement] + self.statements(inner)
            } else {
                [statement]
            }
        }
    }

    private func texts(_ transactions: [ModelTransaction]) -> [String] {
        statements(transactions.flatMap(\.statements)).compactMap { statement in
            switch statement {
            case .sql(let text): text
            case .copy(let target, _): "COPY \(target)"
            case .savepoint: nil
            }
        }
    }

    @Test func aSeedAndAWriterAreAScript() {
        #expect(script(5) == script(5))
        #expect(script(5, writer: 3) == script(5, writer: 3))
        #expect(Set((0..<5).map { script(5, writer: $0) }).count == 5)
        #expect(script(5) != script(6))
    }

    @Test func everyWayOfWritingOccurs() {
        let texts = texts(script(1) + script(2))
        let wanted = [
            "INSERT INTO reddit_post_outcomes", "INSERT INTO caption_variants", "INSERT INTO content_generations",
            "INSERT INTO campaigns", "INSERT INTO campaign_clicks", "INSERT INTO readings", "INSERT INTO readings_eu",
            "UPDATE reddit_post_outcomes SET success", "UPDATE reddit_post_outcomes SET occurred_at",
            "UPDATE campaigns SET id",
            "UPDATE readings SET region", "UPDATE readings_us ", "DELETE FROM campaigns", "DELETE FROM campaign_clicks",
            "MERGE INTO reddit_post_outcomes", "MERGE INTO campaign_clicks", "MERGE INTO readings", "WITH gone AS",
            "DO $block$", "TRUNCATE", "COPY reddit_post_outcomes", "COPY readings",
            "INSERT INTO scheduled_posts", "UPDATE scheduled_posts SET reddit_post_id = NULL", "WITH published AS",
            "COPY scheduled_posts",
        ]
        for start in wanted { #expect(texts.contains { $0.hasPrefix(start) }, "\(start)") }
        #expect(texts.contains { $0.contains("ON CONFLICT (id) DO UPDATE") })
        #expect(texts.contains { $0.contains("generate_series(1, 6000)") })
    }

    @Test func everyEndingOccurs() {
        let transactions = script(1)
        #expect(transactions.contains { $0.form == .autocommit })
        #expect(transactions.contains { $0.ending == .rollback })
        #expect(transactions.contains { $0.ending == .disconnect })
        #expect(transactions.contains { $0.holdFor > 0 })
        #expect(transactions.contains { $0.settings.contains("synchronous_commit = off") })
        #expect(transactions.contains { if case .prepare = $0.ending { true } else { false } })
        let savepoints = statements(transactions.flatMap(\.statements)).compactMap { statement -> Bool? in
            if case .savepoint(_, _, let undone) = statement { undone } else { nil }
        }
        #expect(Set(savepoints) == [true, false])
    }

    @Test func namesOfPreparedTransactionsAreUsedOnce() {
        let names = (0..<4).flatMap { script(3, writer: $0) }.compactMap { transaction -> String? in
            if case .prepare(let name, _, _) = transaction.ending { name } else { nil }
        }
        #expect(Set(names).count == names.count)
    }

    @Test func whatIsTurnedOffDoesNotOccur() {
        let transactions = script(1, everything: false)
        #expect(!transactions.contains { if case .prepare = $0.ending { true } else { false } })
        #expect(!texts(transactions).contains { $0.hasPrefix("TRUNCATE") })
    }

    /// A transaction that waits for others must not keep all of them out.
    @Test func aHeldTransactionDoesNotTruncate() {
        for transaction in script(1) + script(2) where transaction.holdFor > 0 {
            #expect(!transaction.statements.contains { $0.isTruncate })
        }
    }

    @Test func textsAreSpelledForSQLAndCopy() {
        #expect(OddText.literal("it's") == "'it''s'")
        #expect(OddText.literal(nil) == "NULL")
        #expect(OddText.copyLine(["a\tb\\", nil, "", "x\ny"]) == "a\\tb\\\\\t\\N\t\tx\\ny\n")
        // Byte for byte: the two forms of é are two texts.
        #expect(Set(OddText.pool.map { Array($0.utf8) }).count == OddText.pool.count)
    }
}
