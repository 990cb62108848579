import PostgresClient

extension DoctorCheck {
    /// Builds, audits and repairs read a source by the days of its events.
    static let missingIndexes = DoctorCheck("missing-index", needs: .sources) { examination, findings in
        for source in examination.sources {
            for column in examination.timeColumns(of: source.relation.oid) {
                let leaves = source.tables.filter { $0.kind == .table }.map(\.oid)
                guard !leaves.isEmpty else { continue }
                let row = try await examination.connection.query(sql, [leaves, column])[0]
                let (missing, rows) = try row.decode(Int.self, Double.self)
                guard missing > 0 else { continue }
                let place = leaves.count > 1 ? " on \(missing) of its \(leaves.count) partitions" : ""
                let how = source.relation.kind == .partitionedTable ? "INDEX" : "INDEX CONCURRENTLY"
                findings.add(
                    rows >= examination.limits.bigTable ? .warning : .info, source.relation.name.description,
                    "No index begins with the time of its events, \(column)\(place): to build, audit or repair one "
                        + "day, all "
                        + "rows are read (about \(Int(rows))).",
                    remedy: "CREATE \(how) ON \(source.relation.name.sql) (\(column.quotedIdentifier));"
                )
            }
            try await lookForLookupIndexes(of: source, examination, &findings)
        }
    }

    /// A change of a looked-up row reads the source rows that look it up, in the application's own transaction.
    private static func lookForLookupIndexes(
        of source: DoctorSource, _ examination: DoctorExamination, _ findings: inout DoctorFindings
    ) async throws {
        let leaves = source.tables.filter { $0.kind == .table }.map(\.oid)
        for (column, table) in examination.lookupColumns(of: source.relation.oid) where !leaves.isEmpty {
            let row = try await examination.connection.query(sql, [leaves, column])[0]
            let (missing, rows) = try row.decode(Int.self, Double.self)
            guard missing > 0 else { continue }
            let how = source.relation.kind == .partitionedTable ? "INDEX" : "INDEX CONCURRENTLY"
            findings.add(
                rows >= examination.limits.bigTable ? .warning : .info, source.relation.name.description,
                "No index begins with \(column), by which its rows look up \(table): whoever changes a looked-up "
                    + "row waits while all rows are read (about \(Int(rows))).",
                remedy: "CREATE \(how) ON \(source.relation.name.sql) (\(column.quotedIdentifier));")
        }
    }

    /// Of the tables `$1`, those with the column `$2` that no index begins with, and the rows in them.
    private static let sql = """
        SELECT count(*), coalesce(sum(
            CASE WHEN c.reltuples < 0 THEN pg_relation_size(c.oid) / 100 ELSE c.reltuples END
        ), 0)::float8
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.oid = ANY ($1::oid[]) AND NOT EXISTS (
            SELECT FROM pg_index AS i
            JOIN pg_class AS x ON x.oid = i.indexrelid
            JOIN pg_am AS m ON m.oid = x.relam
            WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum
              AND m.amname IN ('btree', 'brin')
        )
        """
}

extension DoctorExamination {
    /// The columns that are, as they stand, the first `equals` of a lookup of the source, with the looked-up table.
    fileprivate func lookupColumns(of source: UInt32) -> [(column: String, table: String)] {
        var columns: [String: String] = [:]
        for event in rollups?.flatMap(\.events) ?? [] where event.source.oid == source {
            guard let lookup = event.lookup, let column = lookup.equals.first.flatMap(SimpleColumn.name) else {
                continue
            }
            columns[column] = lookup.table.table.description
        }
        return columns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The columns that are, as they stand, the `at` of an event of the source; each once.
    fileprivate func timeColumns(of source: UInt32) -> [String] {
        let expressions =
            rollups?.flatMap(\.events).filter { $0.source.oid == source }.map(\.at)
            ?? definitions.rollups.flatMap(\.events).filter { event in
                sources.contains { $0.relation.oid == source && $0.relation.name.name == event.source.name }
            }.map(\.at)
        return Set(expressions.compactMap(SimpleColumn.name)).sorted()
    }
}

/// An expression that is just a column.
enum SimpleColumn {
    /// The column's name, or nil for any other expression.
    static func name(_ expression: String) -> String? {
        let text = String(expression.trimmingBlanks())
        if text.count > 2, text.hasPrefix("\""), text.hasSuffix("\"") {
            let name = String(text.dropFirst().dropLast()).replacing("\"\"", with: "\u{0}")
            return name.contains("\"") ? nil : name.replacing("\u{0}", with: "\"")
        }
        let isWord = text.first.map { $0.isLetter || $0 == "_" } ?? false
        return isWord && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
            ? text.lowercased() : nil
    }
}
