import PostgresClient

extension DoctorCheck {
    /// A read of the source includes the child's rows; a write to the child fires no trigger of the source.
    static let inheritanceChildren = DoctorCheck("inheritance-child", needs: .sources) { examination, findings in
        let rows = try await examination.connection.query(
            """
            WITH RECURSIVE tree (root, oid) AS (
                SELECT inhparent, inhrelid FROM pg_inherits WHERE inhparent = ANY ($1::oid[])
                UNION
                SELECT tree.root, i.inhrelid FROM tree JOIN pg_inherits AS i ON i.inhparent = tree.oid
            )
            SELECT tree.root, n.nspname::text, c.relname::text
            FROM tree
            JOIN pg_class AS c ON c.oid = tree.oid
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE NOT c.relispartition
            ORDER BY 2, 3
            """, [examination.watched])
        for row in rows {
            let (root, schema, name) = try row.decode(UInt32.self, String.self, String.self)
            findings.add(
                .error, "\(schema).\(name)",
                "It inherits from \(examination.name(of: root)): its rows belong to the source, and rows written to "
                    + "it by its "
                    + "own name are not captured.",
                remedy: "Make it a partition, or end the inheritance: ALTER TABLE "
                    + "\(QualifiedName(schema: schema, name: name).sql) NO INHERIT \(examination.name(of: root).sql);"
            )
        }
    }
}
