import PostgresClient

/// An index of a rollup table, or of one of its partitions, that can refuse a row.
struct CatalogIndex: Sendable {
    var name: String
    var table: QualifiedName
    /// The key columns; nil stands for an expression.
    var columns: [String?]
    var isExclusion: Bool
    /// Valid, not partial, not deferrable, and of the table itself: fit for ON CONFLICT.
    var isArbiter: Bool

    private static let sql = """
        SELECT
            c.relname::text, n.nspname::text, r.relname::text,
            ARRAY(
                SELECT a.attname::text
                FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
                WHERE k.place <= i.indnkeyatts
                ORDER BY k.place
            ),
            i.indisexclusion,
            i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indrelid = $1
        FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_class AS r ON r.oid = i.indrelid
        JOIN pg_namespace AS n ON n.oid = r.relnamespace
        WHERE (i.indisunique OR i.indisexclusion)
            AND (i.indrelid = $1 OR i.indrelid IN (SELECT relid FROM pg_partition_tree($1::regclass)))
            -- Partitions' copies of an index of the whole table are no news.
            AND (i.indrelid = $1 OR NOT c.relispartition)
        ORDER BY n.nspname, r.relname, c.relname
        """

    static func all(of relation: UInt32, _ session: CatalogSession) async throws -> [CatalogIndex] {
        try await session.connection.query(sql, [relation]).map { row in
            let fields = try row.decode(String.self, String.self, String.self, [String?].self, Bool.self, Bool.self)
            return CatalogIndex(
                name: fields.0, table: QualifiedName(schema: fields.1, name: fields.2), columns: fields.3,
                isExclusion: fields.4, isArbiter: fields.5)
        }
    }

    private static let partitionKeySQL = """
        SELECT coalesce(a.attname::text, '')
        FROM pg_partitioned_table AS p
        CROSS JOIN unnest(p.partattrs::int2[]) AS k (number)
        LEFT JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = k.number AND k.number > 0
        WHERE p.partrelid IN (SELECT relid FROM pg_partition_tree($1::regclass))
        """

    /// The columns by which a table is partitioned, at every depth; an empty name stands for an expression.
    static func partitionKey(of relation: UInt32, _ session: CatalogSession) async throws -> Set<String> {
        Set(try await session.connection.query(partitionKeySQL, [relation]).map { try $0.decode(String.self) })
    }
}
