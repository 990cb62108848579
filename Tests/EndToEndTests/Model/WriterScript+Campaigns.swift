/// Statements on `campaigns` and `campaign_clicks`, where foreign keys change rows that no statement names.
extension WriterScript {
    mutating func campaignStatement() -> ModelStatement {
        switch random.number(0...11) {
        case 0...1: .sql(insertCampaigns())
        case 2...4: .sql(insertClicks(rows: random.pick([1, 1, 4])))
        case 5: .sql(answerClicks())
        case 6: .sql("DELETE FROM campaigns WHERE \(some(share: random.number(4...9)))")
        case 7: .sql(renumberCampaign())
        case 8: .sql("DELETE FROM campaign_clicks WHERE \(some(share: random.number(3...20)))")
        case 9: copyClicks()
        case 10: .sql(changeClicks())
        default: .sql(mergeClicks())
        }
    }

    private mutating func campaign() -> Int { random.number(1...12) }

    private mutating func insertCampaigns() -> String {
        let ids = Set((0...3).map { _ in campaign() }).sorted()
        return """
            INSERT INTO campaigns (id, name) SELECT n, 'campaign ' || n
            FROM unnest(ARRAY[\(ids.map(String.init).joined(separator: ", "))]) AS n ON CONFLICT DO NOTHING
            """
    }

    private mutating func day() -> String {
        random.pick(weighted: [
            (6, "current_date - \(random.number(0...3))"), (4, "current_date - \(random.number(0...60))"), (1, "NULL"),
            (1, "'infinity'"), (1, "'0001-01-01 BC'"), (1, "'5874897-12-31'"),
        ])
    }

    private mutating func mood() -> String {
        random.pick(["NULL", "'calm'", "'Über \"x\"'", "'with space'"])
    }

    private mutating func cost() -> String {
        if features.writesUnstorable, random.once(in: 25) {
            return random.pick(["9200000000000000000", "-9200000000000000000"])
        }
        return random.once(in: 9) ? "NULL" : "\(random.number(-1_000...1_000_000))"
    }

    /// Clicks of campaigns that exist at the moment.
    private mutating func insertClicks(rows: Int) -> String {
        let values = (0..<rows).map { _ in
            """
            (\(random.once(in: 6) ? "NULL" : "(SELECT id FROM campaigns WHERE id >= \(campaign()) ORDER BY id LIMIT 1)"), \
            \(day()), \(literal(text())), \(mood()), \(literal(text())), \(cost()))
            """
        }
        return """
            INSERT INTO campaign_clicks (campaign_id, clicked_on, channel, mood, tag, cost) VALUES
                \(values.joined(separator: ",\n    "))
            """
    }

    private mutating func answerClicks() -> String {
        """
        INSERT INTO campaign_clicks (campaign_id, answers, clicked_on, channel, tag, cost)
        SELECT campaign_id, id, clicked_on, 'answer', \(literal(text())), \(random.number(0...99))
        FROM campaign_clicks WHERE \(some(share: random.number(4...12)))
        """
    }

    private mutating func renumberCampaign() -> String {
        "UPDATE campaigns SET id = id + \(random.pick([100, 12, -12])) WHERE \(some(share: 7))"
    }

    private mutating func copyClicks() -> ModelStatement {
        let lines = (0..<random.number(1...20)).map { _ in
            OddText.copyLine([
                random.once(in: 9) ? nil : "2026-01-0\(random.number(1...9))", text(),
                random.pick([nil, "calm", "Über \"x\""]), text(), "\(random.number(0...9_999))",
            ])
        }
        return .copy(target: "campaign_clicks (clicked_on, channel, mood, tag, cost)", data: lines.joined())
    }

    private mutating func changeClicks() -> String {
        let rows = some(share: random.number(3...20))
        return random.pick([
            "UPDATE campaign_clicks SET cost = coalesce(cost, 0) / 2 WHERE \(rows)",
            "UPDATE campaign_clicks SET tag = \(literal(text())), mood = \(mood()) WHERE \(rows)",
            "UPDATE campaign_clicks SET clicked_on = \(day()) WHERE \(rows)",
            "UPDATE campaign_clicks SET campaign_id = NULL, channel = \(literal(text())) WHERE \(rows)",
            "UPDATE campaign_clicks SET answers = NULL WHERE \(rows)",
            "UPDATE campaign_clicks SET note = 'nothing that counts' WHERE \(rows)",
        ])
    }

    private mutating func mergeClicks() -> String {
        """
        MERGE INTO campaign_clicks AS t
        USING (SELECT id, cost FROM campaign_clicks WHERE \(some(share: 8))
               UNION ALL SELECT -n, n FROM generate_series(1, 3) AS n) AS v ON t.id = v.id
        WHEN MATCHED AND v.cost % 3 = 0 THEN DELETE
        WHEN MATCHED THEN UPDATE SET tag = 'merged', clicked_on = current_date
        WHEN NOT MATCHED THEN INSERT (id, clicked_on, channel, cost) VALUES (v.id, current_date, 'merged', v.cost)
        """
    }
}
