import PostgresClient

/// What checks look at: the transaction, the definitions, and what of them stands in the database.
struct DoctorExamination: Sendable {
    let connection: PostgresConnection
    let definitions: LoadedDefinitions
    /// Nil where the definitions do not fit the database.
    let rollups: [Rollup]?
    /// The sources that exist.
    let sources: [DoctorSource]
    /// Nil where nothing is installed.
    let feed: InstalledFeed?
    let limits: DoctorLimits

    /// The oids of all sources and everything below them.
    var watched: [UInt32] { sources.flatMap(\.tables).map(\.oid) }

    func has(_ need: DoctorCheck.Need) -> Bool {
        switch need {
        case .nothing: true
        case .sources: !sources.isEmpty
        case .feed: feed != nil
        }
    }

    /// The name of a watched table.
    func name(of table: UInt32) -> QualifiedName {
        sources.lazy.flatMap(\.tables).first { $0.oid == table }?.name ?? QualifiedName(name: "\(table)")
    }
}

/// A source as the catalog has it.
struct DoctorSource: Sendable {
    var relation: CatalogRelation
    /// At every depth.
    var partitions: [CatalogRelation]

    var tables: [CatalogRelation] { [relation] + partitions }

    /// Those that the definitions name, looked-up tables among them, found along the session's own search path; each once.
    static func find(_ definitions: LoadedDefinitions, _ session: CatalogSession) async throws -> [DoctorSource] {
        var sources: [DoctorSource] = []
        let names = definitions.rollups.flatMap(\.events).flatMap {
            [$0.source] + [$0.lookup?.table].compactMap(\.self)
        }
        for name in names {
            guard let relation = try await CatalogRelation.find(name, session), relation.isTable,
                !sources.contains(where: { $0.relation.oid == relation.oid })
            else { continue }
            sources.append(DoctorSource(relation: relation, partitions: try await relation.partitions(session)))
        }
        return sources
    }
}
