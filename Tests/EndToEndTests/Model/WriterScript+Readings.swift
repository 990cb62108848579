/// Statements on `readings`, through the table and past it to its partitions.
extension WriterScript {
    mutating func readingStatement() -> ModelStatement {
        switch random.number(0...11) {
        case 0...2: .sql(insertReadings(into: "readings", rows: random.pick([1, 1, 6])))
        case 3: .sql(bulkReadings())
        case 4: .sql(insertReadings(into: "readings_eu", rows: random.number(1...3), region: "eu"))
        case 5: copyReadings()
        case 6...7: .sql(moveReadings())
        case 8: .sql(changePartition())
        case 9: .sql("DELETE FROM readings WHERE \(some(share: random.number(3...20)))")
        case 10: .sql(upsertReadings())
        default: .sql(mergeReadings())
        }
    }

    private static let columns = "region, id, taken, sensor, checked, value"

    private mutating func region() -> String {
        random.pick(["eu", "us", "us", "apac", "test", "", "e\u{301}u", "'"])
    }

    private mutating func sensor() -> String? {
        if features.writesUnstorable, random.once(in: 40) { return nil }
        // Beyond twelve characters the dimension cuts it off.
        return random.once(in: 5) ? random.pick(OddText.pool) : random.pick(["s1", "s2", "thermometer in the hall"])
    }

    private mutating func value() -> String {
        if features.writesUnstorable, random.once(in: 25) {
            return random.pick(["9223372036854775807", "-9223372036854775807"])
        }
        return random.once(in: 9) ? "NULL" : "\(random.number(-5_000...5_000))"
    }

    private mutating func checked() -> String { random.pick(["NULL", "true", "false"]) }

    private mutating func reading(region: String?) -> String {
        """
        (\(literal(region ?? self.region())), \(random.number(1...100_000)), (\(moment()))::timestamptz AT TIME ZONE 'UTC', \
        \(literal(sensor())), \(checked()), \(value()))
        """
    }

    private mutating func insertReadings(into table: String, rows: Int, region: String? = nil) -> String {
        let values = (0..<rows).map { _ in reading(region: region) }
        return """
            INSERT INTO \(table) (\(Self.columns)) VALUES
                \(values.joined(separator: ",\n    "))
            ON CONFLICT DO NOTHING
            """
    }

    private mutating func bulkReadings() -> String {
        """
        INSERT INTO readings (\(Self.columns))
        SELECT (ARRAY['eu', 'us', 'apac', 'test'])[1 + n % 4], \(random.number(1...1_000_000)) + n,
            date_trunc('second', now() AT TIME ZONE 'UTC') - make_interval(hours => n % 100), 's' || n % 5, n % 3 = 0, n
        FROM generate_series(1, \(random.number(10...300))) AS n
        ON CONFLICT DO NOTHING
        """
    }

    private mutating func copyReadings() -> ModelStatement {
        let toPartition = random.once(in: 3)
        let first = random.number(1...1_000_000_000)
        let lines = (0..<random.number(1...20)).map { offset in
            OddText.copyLine([
                toPartition ? "us" : region(), "\(first + offset)",
                "2025-11-0\(random.number(1...3)) 0\(random.number(3...7)):15:00",
                sensor(), random.pick([nil, "t", "f"]), "\(random.number(-9...9))",
            ])
        }
        return .copy(target: "\(toPartition ? "readings_us" : "readings") (\(Self.columns))", data: lines.joined())
    }

    /// Rows that change their partition, which Postgres does by deleting and inserting.
    private mutating func moveReadings() -> String {
        let rows = some(share: random.number(3...15))
        return random.pick([
            "UPDATE readings SET region = \(literal(region())) WHERE \(rows)",
            "UPDATE readings SET taken = taken + interval '\(random.number(-90...90)) hours' WHERE \(rows)",
            "UPDATE readings SET region = CASE region WHEN 'eu' THEN 'us' ELSE 'eu' END, value = value / 2 WHERE \(rows)",
            "UPDATE readings SET value = value / 2, checked = NOT checked WHERE \(rows)",
            "UPDATE readings SET sensor = \(literal(sensor())) WHERE \(rows)",
            "UPDATE readings SET note = 'nothing that counts' WHERE \(rows)",
        ])
    }

    /// Statements that name a partition.
    private mutating func changePartition() -> String {
        let rows = some(share: random.number(2...9))
        return random.pick([
            "UPDATE readings_us SET taken = '2025-11-02 05:59' WHERE \(rows)",
            "UPDATE readings_us_old SET sensor = 'named', value = value / 3 WHERE \(rows)",
            "DELETE FROM readings_rest WHERE \(rows)", "DELETE FROM readings_eu WHERE \(rows)",
            "WITH gone AS (DELETE FROM readings_us_new WHERE \(rows) RETURNING *) "
                + "INSERT INTO readings (\(Self.columns)) SELECT 'apac', id, taken, sensor, checked, value FROM gone ON CONFLICT DO NOTHING",
        ])
    }

    private mutating func upsertReadings() -> String {
        let region = random.pick(["eu", "us"])
        let action = random.pick([
            "SET value = coalesce(r.value, 0) / 2 + 1", "SET sensor = EXCLUDED.sensor, checked = NULL",
        ])
        return """
            INSERT INTO readings AS r (\(Self.columns)) VALUES
                (\(literal(region)), -\(random.number(1...9)), '2026-01-01 04:30', \(literal(sensor())), \(checked()), \(value()))
            ON CONFLICT (region, taken, id) DO UPDATE \(action)
            """
    }

    private mutating func mergeReadings() -> String {
        """
        MERGE INTO readings AS t
        USING (SELECT region, taken, id FROM readings WHERE \(some(share: 9))
               UNION ALL SELECT 'eu', '2026-01-01 05:30', -n FROM generate_series(10, 12) AS n) AS v
        ON t.region = v.region AND t.taken = v.taken AND t.id = v.id
        WHEN MATCHED AND v.id % 3 = 0 THEN DELETE
        WHEN MATCHED THEN UPDATE SET region = \(literal(region())), value = 1
        WHEN NOT MATCHED THEN INSERT (\(Self.columns)) VALUES (v.region, v.id, v.taken, 'merged', true, 7)
        """
    }
}
