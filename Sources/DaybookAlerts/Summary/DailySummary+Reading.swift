package import Daybook
package import PostgresClient

extension DailySummary {
    /// Largest rows listed for each rollup.
    static let topRows = 5

    /// The latest closed day, once every rollup that has rows of it has closed it, if it comes after the last one told.
    ///
    /// A day that closes more than two days late is skipped: its section list is empty, and so is its message.
    /// - Parameter last: the day of the last summary, as text; nil for none.
    package static func due(
        after last: String?, of definitions: [RollupDefinition], on connection: PostgresConnection,
        at now: PostgresTimestamp
    ) async throws -> DailySummary? {
        let rows = try await connection.query(
            """
            SELECT s.day FROM daybook.seals AS s
            WHERE s.day > coalesce($1::text::date, '-infinity')
              AND NOT EXISTS (
                  SELECT FROM daybook.day_flushes AS f
                  WHERE f.day = s.day AND NOT EXISTS (
                      SELECT FROM daybook.seals AS t WHERE t.rollup = f.rollup AND t.day = f.day
                  )
              )
            ORDER BY s.day DESC LIMIT 1
            """, [last])
        guard let day = try rows.first?.decode(PostgresDate.self) else { return nil }
        guard now.date.distance(to: day) >= -2 else { return DailySummary(day: day, at: now, sections: [], notes: []) }
        return try await read(day, of: definitions, on: connection, at: now)
    }

    static func read(
        _ day: PostgresDate, of definitions: [RollupDefinition], on connection: PostgresConnection,
        at now: PostgresTimestamp
    ) async throws -> DailySummary {
        try await connection.withTransaction(.repeatableReadReadOnly) { connection in
            try await connection.query("SELECT set_config('statement_timeout', '60s', true)")
            var sections: [Section] = []
            for definition in definitions {
                let row = try await connection.query(
                    """
                    SELECT r.id, r.table_schema, r.table_name, s.verified
                    FROM daybook.rollups AS r JOIN daybook.seals AS s ON s.rollup = r.id AND s.day = $2::date
                    WHERE r.name = $1::text
                    """, ["\(definition.table)", day]
                ).first
                guard
                    let (id, schema, table, verified) = try row?.decode(Int32.self, String.self, String.self, Bool.self)
                else { continue }
                let sums = definition.measures.filter { $0.kind == .sum }.map(\.name)
                sections.append(
                    Section(
                        title: definition.title, isVerified: verified,
                        totals: try await totals(of: definition, id: id, day: day, on: connection),
                        topMeasure: sums.first,
                        top: try await top(
                            of: definition, in: QualifiedName(schema: schema, name: table), day: day, on: connection)))
            }
            return DailySummary(day: day, at: now, sections: sections, notes: try await notes(on: connection))
        }
    }

    private static func totals(
        of definition: RollupDefinition, id: Int32, day: PostgresDate, on connection: PostgresConnection
    ) async throws -> [Total] {
        // A seal keeps the rows counted as "count", and the sums by name.
        var names: [(shown: String, kept: String)] = []
        for measure in definition.measures {
            switch measure.kind {
            case .count where !names.contains(where: { $0.kept == "count" }): names.append((measure.name, "count"))
            case .sum: names.append((measure.name, measure.name))
            default: break
            }
        }
        var totals: [Total] = []
        for (shown, kept) in names {
            let row = try await connection.query(
                """
                SELECT max((totals ->> $2::text)::numeric) FILTER (WHERE day = $3::date),
                    max((totals ->> $2::text)::numeric) FILTER (WHERE day = $3::date - 1),
                    max((totals ->> $2::text)::numeric) FILTER (WHERE day = $3::date - 7)
                FROM daybook.seals WHERE rollup = $1::integer AND day IN ($3::date, $3::date - 1, $3::date - 7)
                """, [id, kept, day])[0]
            let (value, before, week) = try row.decode(Int128?.self, Int128?.self, Int128?.self)
            if let value { totals.append(Total(measure: shown, value: value, dayBefore: before, weekBefore: week)) }
        }
        return totals
    }

    /// The largest rows by the first summed measure; none where there is no such measure.
    private static func top(
        of definition: RollupDefinition, in table: QualifiedName, day: PostgresDate, on connection: PostgresConnection
    ) async throws -> [(key: String, value: String)] {
        guard let measure = definition.measures.first(where: { $0.kind == .sum })?.name.quotedIdentifier else {
            return []
        }
        let keys = definition.dimensions.map { "left(coalesce(\($0.name.quotedIdentifier)::text, 'null'), 80)" }
        guard !keys.isEmpty else { return [] }
        return try await connection.query(
            """
            SELECT array_to_string(ARRAY[\(keys.joined(separator: ", "))], ' / '), \(measure)::text
            FROM \(table.sql) WHERE day = $1::date AND \(measure) <> 0
            ORDER BY \(measure) DESC, 1 LIMIT \(topRows)
            """, [day]
        ).map { row in
            let (key, value) = try row.decode(String.self, String.self)
            return (key: key, value: value)
        }
    }

    /// What was repaired and amended in the last 24 hours.
    private static func notes(on connection: PostgresConnection) async throws -> [String] {
        let gaps = try await connection.query(
            """
            SELECT coalesce(rollup, source, 'everything'), cause, count(*), coalesce(sum(keys_rebuilt), 0)::bigint
            FROM daybook.gaps WHERE repaired_at > clock_timestamp() - interval '24 hours' GROUP BY 1, 2 ORDER BY 1, 2
            LIMIT 20
            """
        ).map { row in
            let (scope, cause, count, keys) = try row.decode(String.self, String.self, Int.self, Int.self)
            return "\(scope): \(count) \(count == 1 ? "gap" : "gaps") repaired (\(cause)), \(keys) keys replaced."
        }
        let amendments = try await connection.query(
            """
            SELECT r.name, a.day, count(*)
            FROM daybook.amendments AS a JOIN daybook.rollups AS r ON r.id = a.rollup
            WHERE a.amended_at > clock_timestamp() - interval '24 hours' GROUP BY 1, 2 ORDER BY 2 DESC, 1 LIMIT 20
            """
        ).map { row in
            let (rollup, day, keys) = try row.decode(String.self, PostgresDate.self, Int.self)
            return "\(rollup), \(day): \(keys) \(keys == 1 ? "row" : "rows") amended after the day was closed."
        }
        return gaps + amendments
    }
}
