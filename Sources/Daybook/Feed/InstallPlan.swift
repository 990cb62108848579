/// The statements that turn what stands in a database into the feed that the definitions ask for. Pure: the same
/// installed state and the same rollups give the same plan, and a complete installation gives an empty one.
package struct InstallPlan: Sendable {
    /// In order, to be run in one transaction.
    package private(set) var statements: [String] = []
    /// Rollups that are new or whose definition changed; the daemon builds them from their sources.
    package private(set) var rebuilt: [String] = []

    package var isEmpty: Bool { statements.isEmpty }

    /// Events of one rollup that are taken over to its next definition at most, while writers are held up.
    package static let carriedEvents = 200_000

    private let feed: InstalledFeed
    private let changes: [String: DefinitionPlan]
    private var transitions: [DefinitionTransition] = []
    private var lockedTables: Set<QualifiedName> = []
    private var keptObjects: Set<String> = []
    private var changedObjects: [(name: String, definition: String, source: QualifiedName?)] = []

    /// - Parameter changes: one for each installed rollup whose definition is another.
    /// - Throws: ``FeedError`` when an installed rollup has no definition any more, ``DefinitionChangeRefusal`` with all
    ///   reasons why changes cannot be applied.
    package init(_ rollups: [Rollup], on feed: InstalledFeed, changes: [DefinitionPlan] = []) throws {
        self.feed = feed
        self.changes = Dictionary(changes.map { ($0.rollup, $0) }) { first, _ in first }
        if let version = feed.version, version > FeedSchema.version {
            throw FeedError.newerVersion(installed: version, known: FeedSchema.version)
        }
        let orphans = feed.rollups.map(\.name).filter { name in !rollups.contains { $0.name == name } }
        guard orphans.isEmpty else { throw FeedError.definitionMissing(orphans) }
        let refusals = changes.flatMap(\.refusals)
        guard refusals.isEmpty else { throw DefinitionChangeRefusal(reasons: refusals) }

        planSchema(rollups)
        let ids = try planRollups(rollups)
        planTransitions()
        planFunctionsAndTriggers(rollups, ids: ids)
        planRemovals()
        planRecords()
        if !statements.isEmpty {
            // What others have done to the triggers is written down before it is accepted with what this plan does.
            if feed.version != nil { statements.insert(TriggerWatch.lookStatement, at: 0) }
            statements.append(TriggerWatch.acceptStatement)
        }
        if !rebuilt.isEmpty, transitions.isEmpty, feed.version != nil { statements.append(Self.raiseEpoch) }
    }

    /// A daemon that still works by the old definitions finds at its next flush that it leads no more.
    private static let raiseEpoch = "UPDATE daybook.cursor SET epoch = epoch + 1"

    /// No leader may move the cursor while events that it does not cover are logged anew.
    private mutating func planTransitions() {
        guard !transitions.isEmpty else { return }
        statements.append(Self.raiseEpoch)
        statements += transitions.flatMap(\.statements)
    }

    private mutating func planSchema(_ rollups: [Rollup]) {
        if feed.relations == nil { statements.append(FeedSchema.createSchema) }
        let existing = feed.relations ?? []
        for (name, create) in FeedSchema.tables where !existing.contains(name) { statements.append(create) }
        let partitions = EventLogPartitions(today: feed.today, existing: feed.partitions)
        statements += partitions.missing.map(EventLogPartitions.createStatement(for:))
        if rollups.contains(where: { $0.shadowed != nil && feed.rollupTables[$0.table] == nil }) {
            statements.append(ShadowSchema.create)
        }
        if feed.version == nil { statements.append(Lineage.insertCursorStatement) }
        if let version = feed.version, version < FeedSchema.version {
            statements += FeedSchema.upgrades.filter { $0.from >= version }.map(\.statement)
            statements.append("UPDATE daybook.cursor SET version = \(FeedSchema.version)")
        }
        planFunction(GapRecorder.name, GapRecorder.createStatement, calledBy: nil)
        // Once there they stay: what other functions are made of cannot go one by one.
        let isUsed = DistinctFunctions.all.contains { feed.functions.contains($0.name) }
        if isUsed || rollups.contains(where: { !$0.distincts.isEmpty }) {
            for (name, create) in DistinctFunctions.all { planFunction(name, create, calledBy: nil) }
        }
    }

    /// The id of each rollup, in the rollups' order.
    private mutating func planRollups(_ rollups: [Rollup]) throws -> [Int32] {
        var nextID = feed.lastRollupID
        let ids = try rollups.map { rollup -> Int32 in
            let installed = feed.rollups.first { $0.name == rollup.name }
            if let installed, installed.definition == rollup.signature {
                statements += RollupTable(rollup).statements(given: feed.rollupTables[rollup.table])
                try planDeclaration(of: rollup, installed)
                return installed.id
            }
            nextID += 1
            // Writers are drained first: one that logged under the old id must be visible to the rebuild.
            lockSources(of: rollup)
            if let installed {
                try planChange(of: rollup, installed, id: nextID)
            } else {
                rebuilt.append(rollup.name)
                statements += RollupTable(rollup).statements(given: feed.rollupTables[rollup.table])
                statements.append(
                    """
                    INSERT INTO daybook.rollups (id, name, table_schema, table_name, definition, declaration, state)
                    VALUES (\(nextID), \(rollup.name.quotedLiteral), \((rollup.table.schema ?? "public").quotedLiteral), \
                    \(rollup.table.name.quotedLiteral), \(rollup.signature.quotedLiteral), \
                    \(try rollup.declaration.quotedLiteral), 'unplanned')
                    """
                )
            }
            return nextID
        }
        if nextID != feed.lastRollupID { statements.append("SELECT setval('daybook.rollup_ids', \(nextID))") }
        return ids
    }

    /// An installation of an earlier version has not written down what it installed.
    private mutating func planDeclaration(of rollup: Rollup, _ installed: InstalledRollup) throws {
        let known = installed.declaration.flatMap(Rollup.init(declaration:))
        guard known?.signature != rollup.signature else { return }
        let declaration = try rollup.declaration.quotedLiteral
        statements.append("UPDATE daybook.rollups SET declaration = \(declaration) WHERE id = \(installed.id)")
    }

    private mutating func planChange(of rollup: Rollup, _ installed: InstalledRollup, id: Int32) throws {
        guard let plan = changes[rollup.name], plan.installed.id == installed.id, plan.change.new == rollup,
            let table = feed.rollupTables[rollup.table]
        else { throw FeedError.definitionMoved(rollup.name) }
        if !plan.rebuilds || !plan.kept.isEmpty, installed.pendingEvents > Self.carriedEvents {
            throw FeedError.eventsWait(rollup: rollup.name, events: installed.pendingEvents)
        }
        if plan.rebuilds { rebuilt.append(rollup.name) }
        let sources = plan.change.old.events.flatMap { [$0.source] + [$0.lookup?.table].compactMap(\.self) }
        for source in sources where feed.tables.contains(source.oid) { lock(source.table) }
        statements += RollupTable(rollup).statements(given: table, plan.change)
        transitions.append(try DefinitionTransition(plan, id: id))
    }

    private mutating func lockSources(of rollup: Rollup) {
        for event in rollup.events {
            lock(event.source.table)
            if let lookup = event.lookup { lock(lookup.table.table) }
        }
    }

    private mutating func planFunctionsAndTriggers(_ rollups: [Rollup], ids: [Int32]) {
        var feeds: [(source: Rollup.Source, feeds: [CaptureFunction.Feed])] = []
        var lookups: [Rollup.Source: [CaptureFunction.Feed]] = [:]
        for (rollup, id) in zip(rollups, ids) {
            for (index, event) in rollup.events.enumerated() {
                let function = EventFunction(rollup: rollup, rollupID: id, eventIndex: index)
                planFunction(String(function.name.dropFirst("daybook.".count)), function.createStatement, calledBy: nil)
                let feed = CaptureFunction.Feed(rollupID: id, function: function)
                if let lookup = event.lookup {
                    if lookups.isEmpty {
                        for (name, create) in LookupLock.functions { planFunction(name, create, calledBy: nil) }
                    }
                    planFunction(function.keyFunctionName, function.keyFunctionStatement(lookup), calledBy: nil)
                    let settlement = LookupSettlement(feed, lookup)
                    planFunction(settlement.name, settlement.createStatement, calledBy: nil)
                    lookups[lookup.table, default: []].append(feed)
                }
                if let known = feeds.firstIndex(where: { $0.source.oid == event.source.oid }) {
                    feeds[known].feeds.append(feed)
                } else {
                    feeds.append((event.source, [feed]))
                }
            }
        }
        for (source, feeds) in feeds.sorted(by: { $0.source.table.sql < $1.source.table.sql }) {
            for operation in CaptureFunction.Operation.allCases {
                let capture = CaptureFunction(source: source, operation: operation, feeds: feeds)
                planFunction(capture.name, capture.createStatement, calledBy: source.table)
                for table in [source.table] + source.partitions {
                    planTrigger(
                        capture.triggerName, capture.createTriggerStatement(on: table), on: table,
                        calling: capture.name,
                        of: source)
                }
            }
            if feeds.contains(where: { $0.function.event.lookup != nil }) { planBracket(.source, of: source) }
            if source.isPartitioned { planPartitions(of: source) }
        }
        for (table, feeds) in lookups.sorted(by: { $0.key.table.sql < $1.key.table.sql }) {
            planLookup(of: table, feeds)
        }
    }

    private mutating func planLookup(of looked: Rollup.Source, _ feeds: [CaptureFunction.Feed]) {
        for operation in CaptureFunction.Operation.allCases {
            let capture = LookupCapture(table: looked, operation: operation, feeds: feeds)
            planFunction(capture.name, capture.createStatement, calledBy: looked.table)
            for table in [looked.table] + looked.partitions {
                planTrigger(
                    capture.triggerName, capture.createTriggerStatement(on: table), on: table, calling: capture.name,
                    of: looked)
            }
        }
        planBracket(.lookedUp, of: looked)
        if looked.isPartitioned { planPartitions(of: looked) }
    }

    /// Who begins a statement, next to those who log what it has done.
    private mutating func planBracket(_ side: StatementBracket.Side, of source: Rollup.Source) {
        for table in [source.table] + source.partitions {
            planTrigger(
                StatementBracket.triggerName(side),
                StatementBracket.createTriggerStatement(on: table, of: source, side), on: table,
                calling: StatementBracket.beginName, of: source)
        }
    }

    private mutating func planFunction(_ name: String, _ definition: String, calledBy table: QualifiedName?) {
        keptObjects.insert(name)
        guard feed.objects[name] != definition || !feed.functions.contains(name) else { return }
        if let table { lock(table) }
        statements.append(definition)
        changedObjects.append((name, definition, nil))
    }

    /// Remembers which partitions there are, so that the daemon notices when one comes or goes.
    private mutating func planPartitions(of source: Rollup.Source) {
        let name = "partitions of \(source.table.sql)"
        let definition = source.partitions.map(\.sql).commaSeparated
        keptObjects.insert(name)
        if feed.objects[name] != definition { changedObjects.append((name, definition, source.table)) }
    }

    private mutating func planTrigger(
        _ trigger: String, _ definition: String, on table: QualifiedName, calling function: String,
        of source: Rollup.Source
    ) {
        let name = CaptureTrigger.name(trigger, on: table, calling: function)
        keptObjects.insert(name)
        guard feed.objects[name] != definition || !feed.triggers.contains(name) else { return }
        lock(table)
        statements.append("DROP TRIGGER IF EXISTS \(trigger) ON \(table.sql)")
        statements.append(definition)
        changedObjects.append((name, definition, source.table))
    }

    private mutating func planRemovals() {
        for name in feed.objects.keys.sorted() where !keptObjects.contains(name) {
            statements.append("DELETE FROM daybook.objects WHERE name = \(name.quotedLiteral)")
            if let (trigger, table) = StatementBracket.trigger(named: name) {
                // Its function serves other tables too.
                statements.append("DROP TRIGGER IF EXISTS \(trigger) ON \(table)")
            }
            if !name.contains(" "), feed.functions.contains(name) {
                statements.append("DROP FUNCTION daybook.\(name.quotedIdentifier) CASCADE")
            }
        }
    }

    private mutating func planRecords() {
        for (name, definition, source) in changedObjects {
            statements.append(
                """
                INSERT INTO daybook.objects (name, definition, source)
                VALUES (\(name.quotedLiteral), \(definition.quotedLiteral), \(source?.description.quotedLiteral ?? "NULL"))
                ON CONFLICT (name) DO UPDATE SET definition = EXCLUDED.definition, source = EXCLUDED.source
                """
            )
        }
    }

    private mutating func lock(_ table: QualifiedName) {
        guard lockedTables.insert(table).inserted else { return }
        statements.append("LOCK TABLE \(table.sql) IN SHARE ROW EXCLUSIVE MODE")
    }
}
