import Daybook
import DaybookAlerts
import PostgresClient
import Testing

@Suite struct AlertStateMachineTests {
    /// A life: at each second whether it is wrong, and what is told.
    struct Life: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var holdsFor: Int
        var pause: Int
        var isEvent = false
        var looks: [(second: Int64, isWrong: Bool, told: AlertStateMachine.Action?)]
    }

    static let lives: [Life] = [
        Life(
            testDescription: "told once, reminded after the pause, resolved", holdsFor: 0, pause: 60,
            looks: [
                (0, false, nil), (10, true, .fire), (20, true, nil), (69, true, nil), (70, true, .remind),
                (80, false, .resolve), (90, false, nil),
            ]),
        Life(
            testDescription: "waits until it has held for long enough", holdsFor: 30, pause: 60,
            looks: [(0, true, nil), (29, true, nil), (30, true, .fire), (31, false, .resolve)]),
        Life(
            testDescription: "a short one is never told", holdsFor: 30, pause: 60,
            looks: [(0, true, nil), (20, false, nil), (40, true, nil), (69, true, nil), (70, true, .fire)]),
        Life(
            testDescription: "one that comes and goes is told once in a pause", holdsFor: 0, pause: 60,
            looks: [
                (0, true, .fire), (10, false, .resolve), (20, true, nil), (30, false, nil), (40, true, nil),
                (60, true, .fire), (70, false, .resolve),
            ]),
        Life(
            testDescription: "an event is told at once, and never again", holdsFor: 30, pause: 60, isEvent: true,
            looks: [(0, true, .fire), (100, true, nil), (200, false, nil)]),
        Life(
            testDescription: "a clock set back neither fires early nor blocks", holdsFor: 30, pause: 60,
            looks: [(1000, true, nil), (0, true, nil), (29, true, nil), (30, true, .fire), (90, true, .remind)]),
    ]

    @Test(arguments: lives) func tells(_ life: Life) {
        let rule = AlertRule(
            name: "r", condition: .unrepairedGap, holdsFor: .seconds(life.holdsFor), pause: .seconds(life.pause),
            channels: ["c"])
        var machine = AlertStateMachine(since: second(0))
        for look in life.looks {
            let told = machine.observe(
                isWrong: look.isWrong, isEvent: life.isEvent, at: second(look.second), by: rule)
            #expect(told == look.told, "at \(look.second)")
        }
    }

    @Test func aBookGroupsSubjectsAndForgetsThem() {
        let rule = AlertRule(name: "r", condition: .jobFailed, holdsFor: .zero, pause: .seconds(10), channels: ["c"])
        var book = AlertBook()
        let both = [AlertFinding("b", "two"), AlertFinding("a", "one"), AlertFinding("a", "again")]
        let first = book.observe(both, of: rule, at: second(0))
        #expect(first.map(\.kind) == [.firing])
        #expect(first.first?.text == "a: one\nb: two")
        let second1 = book.observe([both[0]], of: rule, at: second(1))
        #expect(second1.map(\.kind) == [.resolved])
        #expect(second1.first?.title == "Daybook: r is resolved (a)")
        _ = book.observe([], of: rule, at: second(20))
        _ = book.observe([], of: rule, at: second(21))
        #expect(book.entries.isEmpty)
    }

    @Test func aRuleThatCannotBeLookedAtKeepsWhatItFound() {
        let rule = AlertRule(name: "r", condition: .jobFailed, holdsFor: .zero, pause: .seconds(10), channels: ["c"])
        var book = AlertBook()
        _ = book.observe([AlertFinding("a", "")], of: rule, at: second(0))
        let failed = book.observe(failure: "no table", of: rule, at: second(1))
        #expect(failed.map(\.kind) == [.firing])
        let mended = book.observe([AlertFinding("a", "")], of: rule, at: second(2))
        #expect(mended.map(\.title) == ["Daybook: r is resolved (this rule)"])
    }

    @Test func aRuleKeepsABoundedNumberOfSubjects() {
        let rule = AlertRule(name: "r", condition: .jobFailed, holdsFor: .zero, pause: .seconds(10), channels: ["c"])
        var book = AlertBook()
        let told = book.observe((0..<1000).map { AlertFinding("s\($0)", "") }, of: rule, at: second(0))
        #expect(book.entries.count == 200)
        #expect(told.first?.text.hasSuffix("and 180 more") == true)
    }

    @Test func aBudgetRefills() {
        var budget = MessageBudget(perHour: 2)
        let start = ContinuousClock.now
        let taken = [0, 0, 0, 1799, 1800, 1801].map { budget.take(at: start.advanced(by: .seconds($0))) }
        #expect(taken == [true, true, false, false, true, false])
    }
}

func second(_ second: Int64) -> PostgresTimestamp {
    PostgresTimestamp(microsecondsSince2000: 800_000_000_000_000 + second * 1_000_000)
}
