import Testing

struct ModelPlanTests {
    @Test func aSeedIsAPlan() {
        #expect(ModelPlan(seed: 42, steps: 30) == ModelPlan(seed: 42, steps: 30))
        #expect(Set((1...200).map { ModelPlan(seed: $0, steps: 30) }).count == 200)
    }

    @Test(arguments: 1...300)
    func everyActionMakesSense(seed: UInt64) {
        let plan = ModelPlan(seed: seed, steps: 20)
        var running = Set<Int>()
        var frozen = Set<Int>()
        var isInstalled = false
        #expect(plan.disruptions.map(\.step) == plan.disruptions.map(\.step).sorted())
        #expect(plan.disruptions.allSatisfy { 0..<plan.writers * plan.steps ~= $0.step })
        for disruption in plan.disruptions {
            switch disruption.action {
            case .install:
                #expect(!isInstalled)
                isInstalled = true
            case .start(let daemon):
                #expect(isInstalled)
                #expect(running.insert(daemon).inserted)
            case .await(let daemon): #expect(running.contains(daemon))
            case .stop(let daemon):
                #expect(!frozen.contains(daemon))
                #expect(running.remove(daemon) != nil)
            case .kill(let daemon):
                #expect(running.remove(daemon) != nil)
                frozen.remove(daemon)
            case .freeze(let daemon):
                #expect(running.contains(daemon))
                #expect(frozen.insert(daemon).inserted)
            case .thaw(let daemon):
                #expect(frozen.remove(daemon) != nil)
            case .disconnect, .crash, .restart, .audit, .request: #expect(isInstalled)
            }
        }
        #expect(isInstalled)
    }

    @Test func everythingOccursWithinAFewDozenSeeds() {
        let plans = (1...60).map { ModelPlan(seed: $0, steps: 20) }
        let kinds = Set(plans.flatMap(\.disruptions).map { "\($0.action)".prefix(while: { !$0.isNumber }) })
        let wanted = [
            "install", "start daemon ", "stop daemon ", "kill daemon ", "freeze daemon ", "thaw daemon ",
            "crash the server",
            "restart the server", "audit", "request a repair", "request a backfill", "await daemon ", "disconnect bell",
            "disconnect work", "disconnect both",
        ]
        #expect(kinds.isSuperset(of: wanted.map { $0[...] }))
        #expect(plans.contains { $0.daemons == 2 } && plans.contains { $0.features.preparesTransactions })
        #expect(plans.contains { $0.features.truncates } && plans.contains { $0.features.writesUnstorable })
    }

    /// The short set is worth its time: together its runs have every feature, and each of them a daemon that dies.
    @Test func theShortSetHasEveryFeature() {
        let plans = ModelSeeds.short.map { ModelPlan(seed: $0, steps: ModelSeeds.defaultSteps) }
        let actions = plans.flatMap(\.disruptions).map(\.action)
        #expect(plans.contains { $0.features.preparesTransactions })
        #expect(plans.contains { !$0.features.preparesTransactions })
        #expect(plans.contains { $0.features.truncates })
        #expect(plans.contains { $0.features.writesUnstorable })
        #expect(plans.contains { $0.daemons == 2 })
        #expect(actions.contains(.crash) && actions.contains(.restart))
        #expect(actions.contains(.kill(0)) && actions.contains(.stop(0)))
    }

    @Test func seedsAreNumbersAndRanges() {
        #expect(ModelSeeds.parse("7") == [7])
        #expect(ModelSeeds.parse("7,9") == [7, 9])
        #expect(ModelSeeds.parse("1..3,9") == [1, 2, 3, 9])
        for wrong in ["", "x", "1,", "3..1", "1..2..3", "-1", "1...3"] { #expect(ModelSeeds.parse(wrong) == nil) }
    }
}
