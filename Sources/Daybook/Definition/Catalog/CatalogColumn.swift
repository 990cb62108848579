import PostgresClient

/// A column of an existing table.
struct CatalogColumn: Sendable {
    var name: String
    var type: UInt32
    /// As `format_type` prints it under the search path of expressions.
    var typeName: String
    /// Schema included and quoted; nil for the type's own.
    var collation: String?
    var hasDeterministicCollation: Bool
    var isNotNull: Bool
    /// A default, an identity or a generation expression fills it.
    var fillsItself: Bool
    /// `GENERATED ALWAYS`, as identity or as expression: it takes no value.
    var isGeneratedAlways: Bool
    /// An identity, a sequence or a random uuid fills it, so that rows that leave it out differ in it.
    var fillsItselfApart: Bool

    private static let sql = """
        SELECT
            a.attname::text,
            a.atttypid,
            format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attcollation <> t.typcollation
                THEN quote_ident(cn.nspname) || '.' || quote_ident(l.collname) END,
            coalesce(l.collisdeterministic, true),
            a.attnotnull OR t.typnotnull,
            a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
            a.attgenerated <> '' OR a.attidentity = 'a',
            a.attidentity <> '' OR coalesce(
                a.attgenerated = '' AND pg_get_expr(d.adbin, d.adrelid) ~ '^(nextval|gen_random_uuid|uuid_generate_v4)[(]', false)
        FROM pg_attribute AS a
        JOIN pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
        LEFT JOIN pg_namespace AS cn ON cn.oid = l.collnamespace
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """

    /// In the table's order.
    static func all(of relation: UInt32, _ session: CatalogSession) async throws -> [CatalogColumn] {
        try await session.connection.query(sql, [relation]).map { row in
            let fields = try row.decode(
                String.self, UInt32.self, String.self, String?.self, Bool.self, Bool.self, Bool.self, Bool.self,
                Bool.self)
            return CatalogColumn(
                name: fields.0, type: fields.1, typeName: fields.2, collation: fields.3,
                hasDeterministicCollation: fields.4,
                isNotNull: fields.5, fillsItself: fields.6, isGeneratedAlways: fields.7,
                fillsItselfApart: fields.8)
        }
    }

    /// The column as it stands in CREATE TABLE, bare of constraints.
    var declaration: String {
        "\(name.quotedIdentifier) \(typeName)" + (collation.map { " COLLATE \($0)" } ?? "")
    }
}
