import PostgresClient

/// What the catalog says of a table, or of whatever else bears the name, and what the role may do with it.
struct CatalogRelation: Sendable {
    enum Kind: String, Sendable {
        case table = "r"
        case partitionedTable = "p"
        case view = "v"
        case materializedView = "m"
        case foreignTable = "f"
        case index = "i"
        case partitionedIndex = "I"
        case sequence = "S"
        case compositeType = "c"
        case toastTable = "t"
    }

    enum Persistence: String, Sendable {
        case permanent = "p"
        case unlogged = "u"
        case temporary = "t"
    }

    var oid: UInt32
    /// Schema included.
    var name: QualifiedName
    var kind: Kind
    var persistence: Persistence
    var isPartition: Bool
    var owner: String
    var rights: Rights

    /// What the role may do.
    struct Rights: Sendable {
        /// Is the owner, a member of it, or a superuser.
        var owns: Bool
        var useSchema: Bool
        var select: Bool
        var insert: Bool
        var update: Bool
        var delete: Bool
        var trigger: Bool
        /// No policy of row security hides rows from the role.
        var seesAllRows: Bool
    }

    var isTable: Bool { kind == .table || kind == .partitionedTable }

    /// The columns that ``init(_:)`` reads, of `pg_class AS c` and `pg_namespace AS n`.
    private static let columns = """
        c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text, c.relispartition,
        pg_get_userbyid(c.relowner)::text,
        pg_has_role(c.relowner, 'USAGE'),
        has_schema_privilege(n.oid, 'USAGE'),
        has_table_privilege(c.oid, 'SELECT'),
        has_table_privilege(c.oid, 'INSERT'),
        has_table_privilege(c.oid, 'UPDATE'),
        has_table_privilege(c.oid, 'DELETE'),
        has_table_privilege(c.oid, 'TRIGGER'),
        NOT row_security_active(c.oid)
        """

    private init(_ row: PostgresRow) throws {
        let fields = try row.decode(
            UInt32.self, String.self, String.self, String.self, String.self, Bool.self, String.self, Bool.self,
            Bool.self,
            Bool.self, Bool.self, Bool.self, Bool.self, Bool.self, Bool.self)
        oid = fields.0
        name = QualifiedName(schema: fields.1, name: fields.2)
        kind = Kind(rawValue: fields.3) ?? .compositeType
        persistence = Persistence(rawValue: fields.4) ?? .permanent
        isPartition = fields.5
        owner = fields.6
        rights = Rights(
            owns: fields.7, useSchema: fields.8, select: fields.9, insert: fields.10, update: fields.11,
            delete: fields.12,
            trigger: fields.13, seesAllRows: fields.14)
    }
}

// MARK: - Looking up

extension CatalogRelation {
    /// A name without a schema is the first of its kind along the search path, as in a statement.
    private static let findSQL = """
        SELECT \(columns)
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN unnest(current_schemas(true)) WITH ORDINALITY AS path (schema, place) ON path.schema = n.nspname
        WHERE c.relname = $2 AND CASE WHEN $1::text IS NULL THEN path.place IS NOT NULL ELSE n.nspname = $1::text END
        ORDER BY path.place
        LIMIT 1
        """

    static func find(_ name: QualifiedName, _ session: CatalogSession) async throws -> CatalogRelation? {
        try await session.connection.query(findSQL, [name.schema, name.name]).first.map { try CatalogRelation($0) }
    }

    /// Tables of a name in any schema, for messages.
    private static let namesakesSQL = """
        SELECT n.nspname::text
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
        ORDER BY n.nspname
        LIMIT 3
        """

    static func namesakes(of name: QualifiedName, _ session: CatalogSession) async throws -> [QualifiedName] {
        try await session.connection.query(namesakesSQL, [name.name]).map {
            QualifiedName(schema: try $0.decode(String.self), name: name.name)
        }
    }

    private static let partitionsSQL = """
        WITH RECURSIVE tree AS (
            SELECT inhrelid AS oid FROM pg_inherits WHERE inhparent = $1::oid
            UNION
            SELECT child.inhrelid FROM pg_inherits AS child JOIN tree ON child.inhparent = tree.oid
        )
        SELECT \(columns)
        FROM tree
        JOIN pg_class AS c ON c.oid = tree.oid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relispartition
        ORDER BY n.nspname, c.relname
        """

    /// Partitions at every depth, by name; none of a table that is not partitioned.
    func partitions(_ session: CatalogSession) async throws -> [CatalogRelation] {
        guard kind == .partitionedTable else { return [] }
        return try await session.connection.query(Self.partitionsSQL, [oid]).map { try CatalogRelation($0) }
    }

    private static let parentSQL = """
        SELECT \(columns)
        FROM pg_partition_root($1::regclass) AS root (oid)
        JOIN pg_class AS c ON c.oid = root.oid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        """

    /// The table that this one is a partition of, at the top.
    func root(_ session: CatalogSession) async throws -> CatalogRelation? {
        try await session.connection.query(Self.parentSQL, [oid]).first.map { try CatalogRelation($0) }
    }
}
