import PostgresClient

/// The SQL that gives one table the rows of another, in place: rows that are equal stay as they are, so that whatever refers
/// to them goes on to, and readers see the old rows until the commit.
struct TableTransfer {
    /// The rollup of the receiving table's key.
    let rollup: Rollup
    let source: QualifiedName
    let target: QualifiedName
    /// What is taken over, key columns among them.
    let columns: [String]
    /// Columns that can be given with a new row, and not changed in one that is there (`GENERATED ALWAYS AS IDENTITY`).
    var fixed: Set<String> = []
    /// SQL over `t` and `s`: of which days rows are left alone.
    var exceptDays = "false"

    private var keyColumns: [String] { RollupTable(rollup).keyColumns }

    var statements: [String] { [removal, replacement] }

    private func key(_ alias: String) -> String {
        "ARRAY[\(rollup.dimensions.map { "\(alias).\($0.name.quotedIdentifier)::text" }.commaSeparated)]::text[]"
    }

    private var removal: String {
        """
        DELETE FROM \(target.sql) AS t
        WHERE NOT EXISTS (SELECT FROM \(source.sql) AS s WHERE s.day = t.day AND \(key("s")) = \(key("t")))
          AND NOT (\(exceptDays.replacing("s.day", with: "t.day")))
        """
    }

    private var replacement: String {
        let changing = columns.filter { !keyColumns.contains($0) && !fixed.contains($0) }.map(\.quotedIdentifier)
        let change =
            changing.isEmpty
            ? "DO NOTHING"
            : """
            DO UPDATE SET \(changing.map { "\($0) = EXCLUDED.\($0)" }.commaSeparated)
            WHERE ROW(\(changing.map { "t.\($0)" }.commaSeparated))::text
                IS DISTINCT FROM ROW(\(changing.map { "EXCLUDED.\($0)" }.commaSeparated))::text
            """
        return """
            INSERT INTO \(target.sql) AS t (\(columns.map(\.quotedIdentifier).commaSeparated)) OVERRIDING SYSTEM VALUE
            SELECT \(columns.map { "s.\($0.quotedIdentifier)" }.commaSeparated) FROM \(source.sql) AS s
            WHERE NOT (\(exceptDays.replacing("t.day", with: "s.day")))
            ON CONFLICT (\(keyColumns.map(\.quotedIdentifier).commaSeparated)) \(change)
            """
    }
}
