import PostgresClient
import Testing

@testable import Daybook

struct InstallPlanTests {
    private static let today = PostgresDate(daysSince2000: 9000)

    /// A database without Daybook.
    static let nothing = InstalledFeed(
        relations: nil, version: nil, rollups: [], lastRollupID: 0, objects: [:], functions: [], triggers: [],
        partitions: [],
        rollupTables: [:], today: today
    )

    /// What stands in the database once the plan for these rollups has run.
    private func installed(_ rollups: [Rollup]) throws -> InstalledFeed {
        var feed = Self.nothing
        feed.relations = Set(FeedSchema.tables.map(\.name))
        feed.version = FeedSchema.version
        feed.partitions = Set(EventLogPartitions(today: Self.today, existing: []).missing)
        feed.objects[GapRecorder.name] = GapRecorder.createStatement
        for (index, rollup) in rollups.enumerated() {
            let id = Int32(index + 1)
            feed.lastRollupID = id
            feed.rollups.append(
                .init(
                    id: id, name: rollup.name, definition: rollup.signature, state: .built,
                    declaration: try rollup.declaration))
            feed.rollupTables[rollup.table] = .init(
                columns: [
                    "site", "day", "visits", "bytes", "browsers",
                ], hasPrimaryKey: false, hasKeyIndex: true, hasFillFactor: true)
            let function = EventFunction(rollup: rollup, rollupID: id, eventIndex: 0)
            feed.objects[String(function.name.dropFirst("daybook.".count))] = function.createStatement
            for operation in CaptureFunction.Operation.allCases {
                let source = rollup.events[0].source
                let capture = CaptureFunction(
                    source: source, operation: operation, feeds: [.init(rollupID: id, function: function)])
                feed.objects[capture.name] = capture.createStatement
                for table in [source.table] + source.partitions {
                    let name = CaptureTrigger.name(capture.triggerName, on: table, calling: capture.name)
                    feed.objects[name] = capture.createTriggerStatement(on: table)
                    feed.triggers.insert(name)
                }
            }
            let source = rollup.events[0].source
            if source.isPartitioned {
                feed.objects["partitions of \(source.table.sql)"] = source.partitions.map(\.sql).joined(separator: ", ")
            }
        }
        feed.functions = Set(feed.objects.keys.filter { !$0.contains(" ") })
        return feed
    }

    private func locks(_ plan: InstallPlan) -> [String] {
        plan.statements.filter { $0.hasPrefix("LOCK TABLE") }
    }

    private let epochStatement = "UPDATE daybook.cursor SET epoch = epoch + 1"

    @Test func theFirstPlanMakesEverything() throws {
        let plan = try InstallPlan([HandmadeRollup.make()], on: Self.nothing)
        #expect(plan.statements.first == FeedSchema.createSchema)
        #expect(plan.rebuilt == ["visits_daily"])
        #expect(locks(plan) == [#"LOCK TABLE "public"."visits" IN SHARE ROW EXCLUSIVE MODE"#])
        #expect(plan.statements.filter { $0.hasPrefix("CREATE TRIGGER") }.count == 4)
        #expect(!plan.statements.contains(epochStatement), "there is no daemon to be stopped yet")
        #expect(try InstallPlan([HandmadeRollup.make()], on: Self.nothing).statements == plan.statements)
    }

    @Test func theSecondPlanIsEmpty() throws {
        let rollups = [
            HandmadeRollup.make(),
            HandmadeRollup.make(name: "other_daily", source: "others", oid: 4712, partitions: ["o1", "o2"]),
        ]
        let plan = try InstallPlan(rollups, on: try installed(rollups))
        #expect(plan.isEmpty, "\(plan.statements)")
        #expect(plan.rebuilt.isEmpty)
    }

    @Test func aRollupWithoutItsFileIsRefused() throws {
        let feed = try installed([
            HandmadeRollup.make(), HandmadeRollup.make(name: "gone_daily", source: "others", oid: 4712),
        ])
        let error = #expect(throws: FeedError.self) { try InstallPlan([HandmadeRollup.make()], on: feed) }
        #expect(error?.description.contains("gone_daily") == true)
        guard case .definitionMissing(["gone_daily"]) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aNewerVersionIsRefused() throws {
        var feed = try installed([HandmadeRollup.make()])
        feed.version = FeedSchema.version + 1
        let error = #expect(throws: FeedError.self) { try InstallPlan([HandmadeRollup.make()], on: feed) }
        guard case .newerVersion(FeedSchema.version + 1, FeedSchema.version) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aChangedDefinitionIsANewRollup() throws {
        let old = HandmadeRollup.make()
        var new = old
        new.events[0].condition = "bytes > 0"
        let feed = try installed([old])
        let change = DefinitionPlan(DefinitionChange(from: old, to: new, .init()), installed: feed.rollups[0])
        let plan = try InstallPlan([new], on: feed, changes: [change])
        #expect(plan.rebuilt == ["visits_daily"])
        #expect(locks(plan).count == 1)
        #expect(plan.statements.contains { $0.hasPrefix("UPDATE daybook.rollups SET id = 2, definition =") })
        #expect(plan.statements.contains("SELECT setval('daybook.rollup_ids', 2)"))
        #expect(plan.statements.contains(#"DROP FUNCTION daybook."event_1_1" CASCADE"#))
        for table in ["unbuilt", "underived", "day_flushes"] {
            #expect(plan.statements.contains("DELETE FROM daybook.\(table) WHERE rollup = 1"))
        }
        for table in ["thinned", "amendments", "incomplete"] {
            #expect(plan.statements.contains("UPDATE daybook.\(table) SET rollup = 2 WHERE rollup = 1"))
        }
        #expect(plan.statements.filter { $0 == epochStatement }.count == 1)
        // The lock comes before anything that makes writers log under the new id.
        let lock = try #require(plan.statements.firstIndex { $0.hasPrefix("LOCK TABLE") })
        let handOver = try #require(plan.statements.firstIndex { $0.hasPrefix("UPDATE daybook.rollups SET id") })
        #expect(lock < handOver)
    }

    @Test func aChangeThatNobodyPlannedIsRefused() throws {
        let old = HandmadeRollup.make()
        var new = old
        new.events[0].condition = "bytes > 0"
        let feed = try installed([old])
        #expect(throws: FeedError.self) { try InstallPlan([new], on: feed) }
    }

    @Test func aTitleIsNoChange() throws {
        let old = HandmadeRollup.make()
        var new = old
        new.definition.title = "Other words"
        #expect(try InstallPlan([new], on: try installed([old])).isEmpty)
    }

    @Test func anAlteredTriggerOpensAGapInTheSamePlan() throws {
        let rollup = HandmadeRollup.make()
        var feed = try installed([rollup])
        let name = try #require(feed.triggers.first { $0.hasPrefix("trigger daybook_update") })
        feed.triggers.remove(name)
        let plan = try InstallPlan([rollup], on: feed)
        #expect(plan.statements.contains { $0.hasPrefix("CREATE TRIGGER daybook_update") })
        #expect(plan.statements.first == TriggerWatch.lookStatement)
        #expect(locks(plan).count == 1)
        #expect(plan.rebuilt.isEmpty && !plan.statements.contains(epochStatement))
    }

    @Test func aNewPartitionGetsItsTriggersWithoutARebuild() throws {
        let old = HandmadeRollup.make(partitions: ["v1"])
        let new = HandmadeRollup.make(partitions: ["v1", "v2"])
        let plan = try InstallPlan([new], on: try installed([old]))
        #expect(plan.statements.filter { $0.hasPrefix("CREATE TRIGGER") }.count == 4)
        #expect(locks(plan) == [#"LOCK TABLE "public"."v2" IN SHARE ROW EXCLUSIVE MODE"#])
        #expect(plan.rebuilt.isEmpty)
    }

    @Test func aLostFunctionComesBack() throws {
        let rollup = HandmadeRollup.make()
        var feed = try installed([rollup])
        feed.functions.remove(GapRecorder.name)
        #expect(try InstallPlan([rollup], on: feed).statements.contains(GapRecorder.createStatement))
    }
}
