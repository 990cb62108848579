import PostgresClient

/// The comparing of definitions with the catalog, from the first question to the resolved rollups.
///
/// Goes on after a problem wherever the rest can still be judged. Extensions hold one concern each.
struct CatalogResolution {
    let definitions: LoadedDefinitions
    let session: CatalogSession
    let database: CatalogDatabase
    var problems: ProblemList
    /// Sources and existing rollup tables by their names in the definitions.
    var relations: [QualifiedName: CatalogRelation] = [:]
    /// By rollup name, what is installed and may be changed.
    var transitions: [String: TableTransition] = [:]
    /// What has been said of a relation is not said again for the next event.
    var examinedSources: Set<UInt32> = []
    let place: TablePlace
    /// By name, of the installed rollups: whether their tables are shadows.
    var installedInShadow: [String: Bool] = [:]

    init(
        _ definitions: LoadedDefinitions, session: CatalogSession, database: CatalogDatabase,
        place: TablePlace = .asInstalled
    ) {
        self.place = place
        self.definitions = definitions
        self.session = session
        self.database = database
        problems = ProblemList()
        problems.lines = definitions.lines
    }

    mutating func rollups() async throws -> [Rollup] {
        for problem in database.problems { problems.add(problem) }
        try await findRelations()
        try await findPlaces()
        try await session.fixSettings()
        // Without temporary tables no expression can be checked.
        if !database.canProbe { try problems.throwIfAny() }
        let zones = try await TimeZoneNames.load(for: definitions.rollups.map(\.timeZone), session)
        var rollups: [Rollup] = []
        for definition in definitions.rollups {
            rollups.append(try await rollup(definition, zones))
        }
        checkTablesAreDistinct(rollups)
        try problems.throwIfAny()
        return rollups
    }

    /// Under the session's own search path, as a statement of the application would find them.
    private mutating func findRelations() async throws {
        for definition in definitions.rollups {
            let watched = definition.events.flatMap { [$0.source] + [$0.lookup?.table].compactMap(\.self) }
            for name in [definition.table] + watched where relations[name] == nil {
                relations[name] = try await CatalogRelation.find(name, session)
            }
        }
    }

    private mutating func rollup(_ definition: RollupDefinition, _ zones: TimeZoneNames) async throws -> Rollup {
        var definition = definition
        if let zone = zones.name(of: definition.timeZone) {
            definition.timeZone = zone
        } else {
            refuse(
                definition, ["time_zone"], "the time zone \"\(definition.timeZone)\" is not known to Postgres",
                zones.remedy(for: definition.timeZone))
        }
        let types = try await declaredTypes(definition)
        let table = try await tableCheck(definition, types)
        var events: [Rollup.Event] = []
        for event in definition.events {
            if let event = try await self.event(event, of: definition, types) { events.append(event) }
        }
        return Rollup(
            definition: definition,
            table: table.name,
            dimensions: definition.dimensions.map {
                Rollup.Dimension(name: $0.name, type: types[$0.name]?.name ?? $0.type, isNullable: $0.isNullable)
            },
            measures: table.measures,
            derived: table.derived,
            events: events, shadowed: table.shadowed)
    }

    /// Two spellings can mean one table, and a rollup cannot feed another.
    private mutating func checkTablesAreDistinct(_ rollups: [Rollup]) {
        var first: [QualifiedName: RollupDefinition] = [:]
        for rollup in rollups {
            for table in Set([rollup.table, rollup.home]) {
                guard let other = first.updateValue(rollup.definition, forKey: table) else { continue }
                refuse(
                    rollup.definition, ["rollup"],
                    "the table \"\(table)\" is already the rollup of \(other.file)",
                    "Give it a table of its own, or remove one of the two files.")
            }
        }
        for rollup in rollups {
            for event in rollup.definition.events {
                let tables =
                    [(["source"], event.source)] + (event.lookup.map { [(["lookup", "table"], $0.table)] } ?? [])
                for (path, name) in tables {
                    guard let source = relations[name], let other = first[source.name] else { continue }
                    refuse(
                        rollup.definition, ["events", event.name] + path,
                        "\"\(source.name)\" is itself a rollup, of \(other.file)",
                        "Name the table that the application writes.")
                }
            }
        }
    }

    mutating func refuse(_ definition: RollupDefinition, _ path: [String], _ message: String, _ remedy: String) {
        problems.add(definition.file, path, message, remedy: remedy)
    }

    mutating func refuse(
        _ definition: RollupDefinition, _ path: [String], _ error: PostgresError, expression: String,
        scope: ExpressionRefusal.Scope
    ) {
        let refusal = ExpressionRefusal(error, expression: expression, scope: scope)
        refuse(definition, path, refusal.message, refusal.remedy)
    }
}
