import DaybookAlerts
import PostgresClient
import Testing

@testable import Daybook

@Suite struct AlertConditionTests {
    static func gap(_ id: Int64, _ cause: String, _ state: String, age: Int64) -> InstallationStatus.Gap {
        InstallationStatus.Gap(
            id: id, rollup: "visits_daily", source: nil, cause: cause, from: second(0).date, to: second(0).date,
            foundAt: second(10_000 - age), state: state, keysExamined: nil, keysRebuilt: 3, milliseconds: nil)
    }

    func facts(_ change: (inout AlertFacts) -> Void) -> AlertFacts {
        var facts = AlertFacts(now: second(10_000))
        change(&facts)
        return facts
    }

    @Test func gaps() {
        let facts = facts {
            $0.gaps = [
                Self.gap(1, "TRUNCATE", "undecided", age: 1), Self.gap(2, "trigger missing", "open", age: 601),
                Self.gap(3, "trigger missing", "open", age: 599), Self.gap(4, "drift", "repaired", age: 100),
            ]
        }
        #expect(AlertCondition.unrepairedGap.findings(in: facts).map(\.subject) == ["gap 1", "gap 2"])
        let drift = AlertCondition.sealDrift.findings(in: facts)
        #expect(drift.map(\.subject) == ["gap 4"])
        let areEvents = drift.allSatisfy(\.isEvent)
        #expect(areEvents)
    }

    @Test func thresholds() {
        let facts = facts {
            $0.lagSeconds = 31
            $0.lastTurnAt = second(9_900)
            $0.notificationQueue = 0.6
            $0.diskFree = 0.05
        }
        func fires(_ condition: AlertCondition) -> Bool { !condition.findings(in: facts).isEmpty }
        #expect(fires(.lag(.seconds(30))))
        #expect(!fires(.lag(.seconds(31))))
        #expect(fires(.freshness(.seconds(99))))
        #expect(!fires(.freshness(.seconds(100))))
        #expect(fires(.notificationQueue(0.5)))
        #expect(!fires(.notificationQueue(0.6)))
        #expect(fires(.diskFree(0.1)))
        #expect(!fires(.diskFree(0.05)))
    }

    @Test func failuresAndLeaders() {
        let facts = facts {
            $0.sealFailure = "the source is gone"
            $0.jobsProblem = "jobs.yml:3: wrong"
            $0.leader = "b, process 2"
            $0.previousLeader = "a, process 1"
        }
        #expect(
            AlertCondition.jobFailed.findings(in: facts).map(\.subject) == ["aggregate-daily-analytics", "jobs.yml"])
        #expect(AlertCondition.leaderChange.findings(in: facts).map(\.subject) == ["b, process 2"])
        let nobodyBefore = self.facts { $0.leader = "a" }
        #expect(AlertCondition.leaderChange.findings(in: nobodyBefore).isEmpty)
    }
}
