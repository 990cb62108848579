import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

struct OverlayTests {
    private static let day = PostgresDate(daysSince2000: 9000)
    private static let rollup = HandmadeRollup.visits

    private func changed(_ sites: KeyValuePairs<String?, Int128?>, flush: Int64) -> Announcement {
        .changed(
            [
                Publication(
                    rollup: "visits_daily", day: Self.day, asOf: PostgresTimestamp(microsecondsSince2000: 0),
                    snapshot: .empty, isProvisional: true,
                    rows: sites.map { site, count in
                        Publication.Row(
                            key: [site],
                            measures: count.map { Publication.Measures(count: $0, sums: [], breakdowns: []) })
                    }
                )
            ], flush: flush)
    }

    private func counts(_ overlay: Overlay, over flush: Int64) -> [String: Int128] {
        var counts: [String: Int128] = [:]
        for (key, measures) in overlay.rows(of: "visits_daily", over: flush)[Self.day] ?? [:] {
            counts[key.values[0] ?? "null"] = measures?.count ?? 0
        }
        return counts
    }

    @Test("Rows stand in for the table's until their flush is in it")
    func flushes() {
        var overlay = Overlay()
        overlay.take(.began(rollups: [Self.rollup], flush: 7))
        overlay.take(changed(["a": 1, "b": 2], flush: 8))
        overlay.take(changed(["a": 3, "c": nil], flush: 8))
        #expect(counts(overlay, over: 7) == ["a": 3, "b": 2, "c": 0])
        // A snapshot that has the flush already has the rows.
        #expect(counts(overlay, over: 8) == [:])
        overlay.take(.flushed(8))
        #expect(overlay.rowCount == 0)
        overlay.take(changed(["a": 4], flush: 9))
        #expect(counts(overlay, over: 8) == ["a": 4])
        overlay.take(.flushed(8))
        #expect(counts(overlay, over: 8) == ["a": 4], "a late word of an older flush changes nothing")
    }

    @Test("A session's end and beginning void everything")
    func sessions() {
        var overlay = Overlay()
        overlay.take(changed(["a": 1], flush: 8))
        #expect(overlay.rowCount == 0, "no session, no rows")
        overlay.take(.began(rollups: [Self.rollup], flush: 7))
        overlay.take(changed(["a": 1], flush: 8))
        let version = overlay.version
        overlay.take(.ended)
        #expect(overlay.rowCount == 0)
        #expect(overlay.version > version)
        overlay.take(.began(rollups: [Self.rollup], flush: 7))
        #expect(counts(overlay, over: 7) == [:])
    }

    @Test("Too many rows are dropped until the flush, never a part of them")
    func overflow() {
        var overlay = Overlay(limit: 2)
        overlay.take(.began(rollups: [Self.rollup], flush: 7))
        overlay.take(changed(["a": 1, "b": 1], flush: 8))
        #expect(overlay.rowCount == 2)
        overlay.take(changed(["c": 1], flush: 8))
        #expect(overlay.hasOverflowed)
        overlay.take(changed(["a": 2], flush: 8))
        #expect(counts(overlay, over: 7) == [:])
        overlay.take(.flushed(8))
        overlay.take(changed(["a": 3], flush: 9))
        #expect(counts(overlay, over: 8) == ["a": 3])
    }

    @Test("A row that the table cannot hold is not there, as after the flush")
    func unstorable() {
        var overlay = Overlay()
        overlay.take(.began(rollups: [Self.rollup], flush: 0))
        overlay.take(
            changed(["a": Int128(Int64.max) + 1, nil: 1, String(repeating: "x", count: 3000): 1, "b": 1], flush: 1))
        #expect(counts(overlay, over: 0).values.sorted() == [0, 0, 0, 1])
    }

    @Test("Keys are equal by their bytes")
    func bytes() {
        var overlay = Overlay()
        overlay.take(.began(rollups: [Self.rollup], flush: 0))
        overlay.take(changed(["\u{e9}": 1], flush: 1))
        overlay.take(changed(["e\u{301}": 1], flush: 1))
        #expect(overlay.rowCount == 2)
    }
}
