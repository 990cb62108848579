import Foundation
import PostgresClient
import Testing

@testable import Daybook

/// What proves which reason, as a pure value: a count, a sum, a breakdown, and a column derived from the sum.
struct ShadowJudgeTests {
    private static let day = PostgresDate(daysSince2000: 9000)
    /// Microseconds of the hour of the day after.
    private static func time(_ hours: Double) -> PostgresTimestamp {
        PostgresTimestamp(microsecondsSince2000: 9001 * 86_400_000_000 + Int64(hours * 3_600_000_000))
    }

    private static let columns: [ShadowColumns.Column] = [
        .init(name: "visits", role: .added(.count), theirs: "", ours: ""),
        .init(name: "bytes", role: .added(.sum(0)), theirs: "", ours: ""),
        .init(name: "browsers", role: .breakdown(label: "browser"), theirs: "", ours: ""),
        .init(name: "double", role: .derived(of: ["bytes"]), theirs: "", ours: ""),
    ]

    private static func breakdown(_ counts: (String, Int)...) -> String {
        "[\(counts.map { "{\"browser\": \"\($0.0)\", \"count\": \($0.1)}" }.joined(separator: ", "))]"
    }

    private static func row(
        _ theirs: (String, String, String, String)?, _ rights: (String, String, String, String)?, copy: Int = 1
    ) -> ShadowJudge.Row {
        ShadowJudge.Row(
            day: day, key: ["a"], copy: copy, theirs: theirs.map { [$0.0, $0.1, $0.2, $0.3] },
            rights: rights.map { [$0.0, $0.1, $0.2, $0.3] })
    }

    private static func change(_ hours: Double, _ rows: Int, _ bytes: String, goes: Bool = false) -> ShadowJudge.Change
    {
        ShadowJudge.Change(
            at: time(hours), goes: goes, rows: Decimal(rows), sums: [Decimal(string: bytes, locale: nil) ?? .nan])
    }

    private func judge(at hours: Double = 9) -> ShadowJudge {
        ShadowJudge(columns: Self.columns, now: Self.time(hours), dailyRun: 2 * 3_600_000_000)
    }

    private static let right = ("3", "30.5", "[]", "61")

    @Test func whatCameLaterTakenOffIsWhatTheyHave() {
        let row = Self.row(("2", "20", "[]", "40"), Self.right)
        let late = Self.change(5, 1, "10.5")
        #expect(judge().reason(for: row, .init(changes: [late])) == .lateRow(before: Self.time(5)))
        let change = Self.change(5, 0, "8.5", goes: true)
        let both = ShadowJudge.Evidence(changes: [change, Self.change(4, 1, "2")])
        #expect(judge().reason(for: row, both) == .changedRow(before: Self.time(4)))
        #expect(judge().reason(for: row, .init(changes: [Self.change(5, 1, "10")])) == .unknown)
    }

    @Test func aRowThatIsMissingOrTooManyCountsAsZeros() {
        let late = ShadowJudge.Evidence(changes: [Self.change(5, 3, "30.5")])
        #expect(judge().reason(for: Self.row(nil, Self.right), late) == .lateRow(before: Self.time(5)))
        let gone = ShadowJudge.Evidence(changes: [Self.change(6, -3, "-30.5", goes: true)])
        #expect(judge().reason(for: Self.row(Self.right, nil), gone) == .changedRow(before: Self.time(6)))
    }

    @Test func untilTheJobsHaveRunNothingIsWrong() {
        let row = Self.row(("2", "20", "[]", "40"), Self.right)
        let evidence = ShadowJudge.Evidence(changes: [Self.change(-0.5, 1, "10.5")])
        #expect(judge(at: 1).reason(for: row, evidence) == .notYetRun)
        #expect(judge(at: -0.25).reason(for: row, evidence) == .notYetRun)
        #expect(judge(at: 3).reason(for: row, evidence) == .lateRow(before: Self.time(-0.5)))
        let earlier = ShadowJudge.Evidence(changes: [Self.change(-3, 1, "10.5")])
        #expect(
            judge(at: 1).reason(for: row, earlier) == .lateRow(before: Self.time(-3)), "the hourly job came by since")
        #expect(judge(at: -3).reason(for: Self.row(nil, Self.right), .init(isDayEmpty: true)) == .notYetRun)
        #expect(judge(at: 3).reason(for: Self.row(nil, Self.right), .init(isDayEmpty: true)) == .neverFilled)
    }

    @Test func amendmentsKnowWhatTheLogHasForgotten() {
        let row = Self.row(("2", "20", "[]", "40"), Self.right)
        let before = ShadowJudge.Amendment(at: Self.time(30), addsRows: true, before: ["2", "20", nil, nil])
        #expect(judge().reason(for: row, .init(amendments: [before])) == .lateRow(before: Self.time(30)))
        let other = ShadowJudge.Amendment(at: Self.time(30), addsRows: false, before: ["2", "21", nil, nil])
        #expect(judge().reason(for: row, .init(amendments: [other])) == .unknown)
        let none = ShadowJudge.Amendment(at: Self.time(30), addsRows: true, before: nil)
        #expect(
            judge().reason(for: Self.row(nil, Self.right), .init(amendments: [none])) == .lateRow(before: Self.time(30))
        )
    }

    @Test func daysOfAnotherZone() {
        let row = Self.row(("2", "20", "[]", "40"), Self.right)
        let evidence = ShadowJudge.Evidence(zones: [
            ("Europe/Berlin", ["4", "40", "[]", "80"]), ("America/New_York", ["2", "20", "[]", "40"]),
        ])
        #expect(judge().reason(for: row, evidence) == .timeZone("America/New_York"))
        let nothing = ShadowJudge.Evidence(zones: [("Asia/Tokyo", nil)])
        #expect(judge().reason(for: Self.row(nil, Self.right), nothing) == .timeZone("Asia/Tokyo"))
    }

    @Test(arguments: [
        (breakdown(("x", 8), ("y", 2)), ShadowReason.estimate), (breakdown(("x", 40), ("y", 10)), .estimate),
        (breakdown(("x", 4), ("y", 3)), .unknown), ("[]", .unknown),
    ])
    func shares(_ theirs: String, _ reason: ShadowReason) {
        let right = Self.breakdown(("x", 5), ("z", 5))
        let row = Self.row(("10", "20", theirs, "40"), ("10", "20", right, "40"))
        #expect(judge().reason(forCell: 2, of: row, .init(), inRow: judge().reason(for: row, .init())) == reason)
    }

    @Test func columnsByThemselves() {
        let formula = Self.row(("3", "30.5", "[]", "60"), Self.right)
        #expect(judge().reason(for: formula, .init()) == .unknown)
        #expect(judge().reason(forCell: 3, of: formula, .init(), inRow: .unknown) == .formula)
        let never = ShadowJudge.Evidence(isNeverCounted: [false, true, false, false])
        let empty = Self.row(("3", "0", "[]", "0"), Self.right)
        #expect(judge().reason(forCell: 1, of: empty, never, inRow: judge().reason(for: empty, never)) == .notCounted)
        #expect(judge().reason(for: Self.row(Self.right, nil, copy: 2), .init()) == .duplicate)
    }
}
