import Daybook
import PostgresClient

/// Server-sent events as text.
struct StreamFrames {
    private let desk: StreamDesk

    init(_ desk: StreamDesk) {
        self.desk = desk
    }

    /// A batch: resets, then rows by rollup and day. Only the last event carries the position, so that a client that is cut
    /// off in between comes back for all of it.
    ///
    /// - Parameter isLast: false when more has to follow before the client is at the batch's position.
    func text(of batch: Subscription.Batch, isLast: Bool) -> String {
        let id = isLast ? desk.id(of: batch.position) : nil
        if let id, batch.isHeartbeat { return ": \nid: \(id)\n\n" }
        var events = batch.resets.map { (name: "reset", data: $0.json) }
        let days = Dictionary(grouping: batch.rows) { Day(rollup: $0.place.rollup, day: $0.place.day) }
        for (day, rows) in days.sorted(by: { $0.key < $1.key }) {
            events.append(
                (
                    "rows",
                    Self.rows(
                        day.rollup, day.day, asOf: rows.map(\.asOf).max(),
                        provisional: rows.contains { desk.isProvisional($0) },
                        rows: rows.filter { !$0.isRemoved }.map(\.json), removed: rows.filter(\.isRemoved).map(\.json)
                    )
                )
            )
        }
        return events.enumerated().map { index, event in
            Self.event(event.name, event.data, id: index == events.count - 1 ? id : nil)
        }.joined()
    }

    static func event(_ name: String, _ data: JSONValue, id: String? = nil) -> String {
        "event: \(name)\n\(id.map { "id: \($0)\n" } ?? "")data: \(data.text)\n\n"
    }

    static func rows(
        _ rollup: String, _ day: PostgresDate, asOf: PostgresTimestamp?, provisional: Bool, rows: [String],
        removed: [String] = []
    ) -> JSONValue {
        .object([
            ("rollup", .string(rollup)), ("day", .day(day)), ("as_of", .time(asOf)),
            ("provisional", .bool(provisional)),
            ("rows", .array(rows.map { .raw($0) })), ("removed", .array(removed.map { .raw($0) })),
        ])
    }

    private struct Day: Hashable, Comparable {
        let rollup: String
        let day: PostgresDate

        static func < (left: Day, right: Day) -> Bool { (left.rollup, left.day) < (right.rollup, right.day) }
    }
}

extension StreamReset {
    fileprivate var json: JSONValue {
        guard let scope else { return .object([("reason", .string(reason.rawValue))]) }
        return .object([
            ("reason", .string(reason.rawValue)), ("rollup", .string(scope.rollup)),
            ("days", .object([("from", .day(scope.days.lowerBound)), ("to", .day(scope.days.upperBound))])),
        ])
    }
}
