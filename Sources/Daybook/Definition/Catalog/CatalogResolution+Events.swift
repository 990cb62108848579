import PostgresClient

extension CatalogResolution {
    /// One event against its source; nil when the source cannot be read at all.
    mutating func event(
        _ event: RollupDefinition.EventDefinition, of definition: RollupDefinition, _ types: [String: ExpressionType]
    ) async throws -> Rollup.Event? {
        let place = ["events", event.name]
        guard let source = try await watched(event.source, place + ["source"], of: definition) else { return nil }
        let columns = try await CatalogColumn.all(of: source.oid, session)
        let lookup = try await lookup(event, of: definition, source: source)
        let opening = try await ExpressionProbe.open(
            named: source.name.name,
            columns: columns.map { ($0.name, $0.declaration) } + (lookup?.declarations ?? []), session)
        guard case .success(let probe) = opening else {
            refuseColumns(of: source, opening, ["events", event.name, "source"], definition)
            return nil
        }
        var check = EventCheck(
            definition: definition, event: event, probe: probe,
            scope: .init(
                name: source.name.name, columns: columns.map(\.name) + (lookup?.columns.map(\.inlinedName) ?? [])),
            lookup: lookup, problems: problems)
        let timeType = try await check.time()
        try await check.condition()
        try await check.values(types)
        let key = try await check.key()
        let uses = try await probe.uses(
            of: [event.at] + (lookup?.equals ?? [])
                + ([event.condition].compactMap(\.self) + event.values.sorted { $0.key < $1.key }.map(\.value)).map {
                    lookup?.inlined($0) ?? $0
                }
        )
        try await probe.close()
        problems = check.problems
        let partitions = try await source.partitions(session).map(\.name)
        return Rollup.Event(
            name: event.name,
            source: Rollup.Source(
                table: source.name, oid: source.oid, isPartitioned: source.kind == .partitionedTable,
                partitions: partitions),
            at: event.at, atType: timeType ?? .date, condition: event.condition, values: event.values,
            columns: uses.columns.filter { lookup?.column(inlinedAs: $0.name) == nil },
            isSelfContained: uses.isSelfContained,
            lookup: lookup?.resolved(key: key, uses: uses))
    }

    /// A table to be watched if it has columns to check expressions against; whatever else is wrong with it becomes a
    /// problem, once.
    mutating func watched(
        _ name: QualifiedName, _ path: [String], of definition: RollupDefinition
    ) async throws -> CatalogRelation? {
        guard let source = relations[name] else {
            let namesakes = try await CatalogRelation.namesakes(of: name, session).map { "\"\($0)\"" }
            refuse(
                definition, path, "the table \"\(name)\" does not exist",
                namesakes.isEmpty
                    ? "Create it first, or correct the name; upper and lower case count."
                    : "Name its schema: there is \(namesakes.joined(separator: ", ")).")
            return nil
        }
        let isReadable = source.isTable && source.persistence != .temporary
        guard examinedSources.insert(source.oid).inserted else { return isReadable ? source : nil }
        if let refusal = SourceRefusal(source) {
            refuse(definition, path, refusal.message, refusal.remedy)
            return isReadable ? source : nil
        }
        if source.isPartition, let root = try await source.root(session) {
            refuse(
                definition, path,
                "\"\(source.name)\" is a partition of \"\(root.name)\", through which its rows are written",
                "Name \"\(root.name)\", and pick the rows with \"where\".")
        }
        let partitions = try await source.partitions(session)
        for partition in partitions {
            guard let refusal = SourceRefusal(partition: partition, of: source) else { continue }
            refuse(definition, path, refusal.message, refusal.remedy)
        }
        for lack in SourceRights.lacking(source, partitions, role: database.role) {
            refuse(definition, path, lack.message, lack.remedy)
        }
        return source
    }

    private mutating func refuseColumns(
        of source: CatalogRelation, _ opening: Result<ExpressionProbe, PostgresError>, _ path: [String],
        _ definition: RollupDefinition
    ) {
        guard case .failure(let error) = opening else { return }
        refuse(
            definition, path, "the columns of \"\(source.name)\" cannot be used: \(error.message)",
            "The role needs USAGE of the schemas and types of its columns: GRANT USAGE ON SCHEMA … TO "
                + "\(database.role.quotedIdentifier);")
    }
}
