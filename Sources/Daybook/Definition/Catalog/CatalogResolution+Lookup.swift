import PostgresClient

extension CatalogResolution {
    /// The event's lookup against the catalog; nil when it has none, or one whose columns cannot be told.
    mutating func lookup(
        _ event: RollupDefinition.EventDefinition, of definition: RollupDefinition, source: CatalogRelation
    ) async throws -> LookupCheck? {
        guard let lookup = event.lookup else { return nil }
        let place = ["events", event.name, "lookup"]
        guard let table = try await watched(lookup.table, place + ["table"], of: definition) else { return nil }
        if table.name.name == source.name.name {
            refuse(
                definition, place + ["table"], "\"\(table.name)\" has the name of the source itself",
                "Look up another table; the row's own columns need no lookup.")
            return nil
        }
        let columns = try await CatalogColumn.all(of: table.oid, session)
        let key = try await key(of: lookup, in: table, columns, place + ["key"], definition)
        guard key.count == lookup.key.count else { return nil }
        return LookupCheck(
            table: Rollup.Source(
                table: table.name, oid: table.oid, isPartitioned: table.kind == .partitionedTable,
                partitions: try await table.partitions(session).map(\.name)),
            key: key, equals: lookup.equals,
            columns: columns.map {
                LookupCheck.Column(
                    column: $0, inlinedName: LookedUpName.name(of: $0.name, table: table.name.name))
            })
    }

    /// The key's columns, if they are all there; that no two rows share a key has to be promised by an index.
    private mutating func key(
        of lookup: RollupDefinition.Lookup, in table: CatalogRelation, _ columns: [CatalogColumn], _ path: [String],
        _ definition: RollupDefinition
    ) async throws -> [(name: String, type: ExpressionType)] {
        var key: [(name: String, type: ExpressionType)] = []
        for name in lookup.key {
            guard let column = columns.first(where: { $0.name == name }) else {
                let meant = NearestName.nearest(to: name, among: columns.map(\.name)).map { "Did you mean \"\($0)\"? " }
                refuse(
                    definition, path, "the table \"\(table.name)\" has no column \"\(name)\"",
                    (meant ?? "") + "Add it (ALTER TABLE \(table.name.sql) ADD COLUMN \(name.quotedIdentifier) …) with "
                        + "a unique index, or take the lookup out of the definition.")
                continue
            }
            let type = try await ExpressionType.withoutLength(of: column, session)
            if type.remedyAsDimension != nil {
                refuse(
                    definition, path, "the key \"\(name)\" is \(column.typeName), which is not compared by its text",
                    "Look rows up by integer, text, varchar, uuid, boolean, date, timestamp or enum columns.")
            } else if !column.hasDeterministicCollation {
                refuse(
                    definition, path,
                    "the key \"\(name)\" has a nondeterministic collation, under which different texts are equal",
                    "Look rows up by another column.")
            }
            key.append((name, type))
        }
        guard key.count == lookup.key.count else { return key }
        let isUnique = try await CatalogIndex.all(of: table.oid, session).contains { index in
            index.isArbiter && !index.columns.isEmpty
                && index.columns.allSatisfy { column in column.map { lookup.key.contains($0) } ?? false }
        }
        if !isUnique {
            let list = lookup.key.map(\.quotedIdentifier).commaSeparated
            let how = table.kind == .partitionedTable ? "UNIQUE INDEX" : "UNIQUE INDEX CONCURRENTLY"
            refuse(
                definition, path,
                "nothing keeps two rows of \"\(table.name)\" from having the same \(lookup.key.commaSeparated)",
                "Create an index over the whole table, not deferrable: CREATE \(how) ON \(table.name.sql) (\(list));")
        }
        return key
    }
}

extension ExpressionType {
    private static let sql = """
        SELECT b.oid, b.typtype = 'e', CASE WHEN b.typname = 'varchar' THEN 'text' ELSE format_type(b.oid, NULL) END
        FROM pg_type AS t JOIN pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
        WHERE t.oid = $1::oid
        """

    /// A column's type without what limits its values, neither length nor domain: a cast to it changes nothing.
    static func withoutLength(of column: CatalogColumn, _ session: CatalogSession) async throws -> ExpressionType {
        let (oid, isEnum, name) = try await session.connection.query(sql, [column.type])[0].decode(
            UInt32.self, Bool.self, String.self)
        return ExpressionType(
            oid: oid == OID.varchar ? OID.text : oid, name: name, isEnum: isEnum, isDomain: false,
            hasDeterministicCollation: column.hasDeterministicCollation)
    }
}
