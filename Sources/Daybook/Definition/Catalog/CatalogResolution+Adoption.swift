import PostgresClient

/// What only the rows and the rights of an existing rollup table can tell.
extension CatalogResolution {
    mutating func checkAdoption(
        of relation: CatalogRelation, _ columns: [CatalogColumn], by definition: RollupDefinition,
        _ types: [String: ExpressionType]
    ) async throws {
        var indexes = try await CatalogIndex.all(of: relation.oid, session)
        var columns = columns
        let transition = transitions[definition.table.description]
        transition?.prepare(&columns, &indexes, for: definition)
        let adoption = TableAdoption(
            definition: definition, table: relation.name, columns: columns, indexes: indexes,
            partitionKey: try await CatalogIndex.partitionKey(of: relation.oid, session), types: types)
        for problem in adoption.problems { refuse(definition, problem.path, problem.message, problem.remedy) }
        checkRights(relation, definition, needsOwner: adoption.needsChange)
        // What becomes of the rows of an installed rollup is for install to plan.
        if let transition, transition.changesKey(to: definition) { return }
        guard relation.rights.select, relation.rights.useSchema, relation.rights.seesAllRows else { return }
        if adoption.missingKeyColumns.isEmpty {
            try await checkRows(adoption)
        } else {
            try await checkEmpty(adoption)
        }
    }

    private mutating func checkRights(_ relation: CatalogRelation, _ definition: RollupDefinition, needsOwner: Bool) {
        let rights = relation.rights
        let role = database.role.quotedIdentifier
        if needsOwner, !rights.owns {
            refuse(
                definition, ["rollup"],
                "the table \"\(relation.name)\" lacks columns or a unique key, and the role "
                    + "\"\(database.role)\" does not own it",
                "As a superuser or \"\(relation.owner)\": GRANT \(relation.owner.quotedIdentifier) TO \(role);")
        }
        if !rights.useSchema, let schema = relation.name.schema {
            refuse(
                definition, ["rollup"], "the role \"\(database.role)\" may not use the schema \"\(schema)\"",
                "As the schema's owner: GRANT USAGE ON SCHEMA \(schema.quotedIdentifier) TO \(role);")
        }
        if !rights.seesAllRows {
            let lack = SourceRights.Lack.rowSecurity(of: relation, role: database.role)
            refuse(definition, ["rollup"], lack.message, lack.remedy)
        }
        let missing = [
            ("SELECT", rights.select), ("INSERT", rights.insert), ("UPDATE", rights.update), ("DELETE", rights.delete),
        ].filter { !$0.1 }.map(\.0).joined(separator: ", ")
        if !missing.isEmpty {
            refuse(
                definition, ["rollup"],
                "the role \"\(database.role)\" lacks the right \(missing) on \"\(relation.name)\"",
                "As its owner: GRANT \(missing) ON \(relation.name.sql) TO \(role);")
        }
    }

    /// A key column can be added only to a table without rows.
    private mutating func checkEmpty(_ adoption: TableAdoption) async throws {
        let sql = "SELECT EXISTS (SELECT FROM \(adoption.table.sql))"
        guard try await session.connection.query(sql)[0].decode(Bool.self) else { return }
        for name in adoption.missingKeyColumns {
            refuse(
                adoption.definition, name == "day" ? ["rollup"] : ["dimensions", name],
                "the existing table has rows, but no column \"\(name)\"",
                "Add and fill the column, or empty the table: Daybook rebuilds it from the sources.")
        }
    }

    private mutating func checkRows(_ adoption: TableAdoption) async throws {
        try await checkNulls(adoption)
        if adoption.hasUniqueKey { return }
        let key = adoption.key.map(\.quotedIdentifier).joined(separator: ", ")
        let sql = """
            SELECT count(*)
            FROM (SELECT FROM \(adoption.table.sql) GROUP BY \(key) HAVING count(*) > 1) AS duplicate
            """
        let duplicates = try await session.connection.query(sql)[0].decode(Int.self)
        if duplicates > 0 {
            refuse(
                adoption.definition, ["rollup"],
                "the existing table has \(duplicates) keys that stand in more than one row",
                "The key is \(adoption.key.joined(separator: ", ")): remove the surplus rows, or empty the "
                    + "table: Daybook rebuilds "
                    + "it from the sources.")
        }
    }

    private mutating func checkNulls(_ adoption: TableAdoption) async throws {
        let nullable = Set(adoption.definition.dimensions.filter(\.isNullable).map(\.name))
        let names = adoption.columns.filter { column in
            !column.isNotNull && adoption.key.contains(column.name) && !nullable.contains(column.name)
        }.map(\.name)
        guard !names.isEmpty else { return }
        let counts = names.map { "count(*) FILTER (WHERE \($0.quotedIdentifier) IS NULL)" }.joined(separator: ", ")
        let row = try await session.connection.query("SELECT \(counts) FROM \(adoption.table.sql)")[0]
        for (index, name) in names.enumerated() {
            let count = try row.decode(Int.self, at: index)
            if count > 0 {
                refuse(
                    adoption.definition, name == "day" ? ["rollup"] : ["dimensions", name],
                    "the column \"\(name)\" of the existing table is null in \(count) rows",
                    "Remove these rows, or empty the table: Daybook rebuilds it from the sources.")
            }
        }
    }
}
