import PostgresClient

extension DoctorCheck {
    /// A crash empties an unlogged table, and nobody tells.
    static let unloggedTables = DoctorCheck("unlogged-table") { examination, findings in
        for (table, refusal) in examination.refusals where table.persistence == .unlogged {
            findings.add(
                .error, table.name.description, DoctorFinding.sentence(refusal.message), remedy: refusal.remedy)
        }
        let rows = try await examination.connection.query(
            """
            SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = 'daybook' AND c.relkind IN ('r', 'p') AND c.relpersistence = 'u'
            ORDER BY c.relname
            """)
        for row in rows {
            let table = QualifiedName(schema: "daybook", name: try row.decode(String.self))
            findings.add(
                .error, table.description, "It is an unlogged table, which a crash of the server empties.",
                remedy: "ALTER TABLE \(table.sql) SET LOGGED;")
        }
    }

    /// Triggers with transition tables cannot be had there.
    static let foreignPartitions = DoctorCheck("foreign-partition", needs: .sources) { examination, findings in
        for (table, refusal) in examination.refusals where table.kind == .foreignTable {
            findings.add(
                .error, table.name.description, DoctorFinding.sentence(refusal.message), remedy: refusal.remedy)
        }
    }
}

extension DoctorExamination {
    fileprivate var refusals: [(table: CatalogRelation, refusal: SourceRefusal)] {
        sources.flatMap { source in
            [(source.relation, SourceRefusal(source.relation))]
                + source.partitions.map { ($0, SourceRefusal(partition: $0, of: source.relation)) }
        }.compactMap { table, refusal in refusal.map { (table, $0) } }
    }
}
