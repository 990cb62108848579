package import PostgresClient

/// Which day partitions the event log should have. A pure calculation over the server's day.
package struct EventLogPartitions: Sendable, Hashable {
    package var missing: [PostgresDate]
    package var expired: [PostgresDate]

    /// - Parameters:
    ///   - today: the server's day in UTC.
    ///   - existing: the days that have a partition now.
    ///   - retention: days kept behind and created ahead.
    package init(today: PostgresDate, existing: Set<PostgresDate>, retention: Int = FeedSchema.retentionDays) {
        missing = (-1...retention).map { today.advanced(by: $0) }.filter { !existing.contains($0) }
        let oldest = today.advanced(by: -retention)
        expired = existing.filter { $0 < oldest }.sorted()
    }

    /// `events_20251231`: sorts as the days do.
    package static func name(of day: PostgresDate) -> String {
        "events_" + String(describing: day).filter { $0 != "-" }
    }

    /// The statement that creates the partition of one UTC day.
    package static func createStatement(for day: PostgresDate) -> String {
        """
        CREATE TABLE daybook.\(name(of: day)) PARTITION OF daybook.events
        FOR VALUES FROM ('\(day) 00:00:00+00') TO ('\(day.advanced(by: 1)) 00:00:00+00')
        """
    }

    /// The day of a partition's name, or nil where the name is none of ours.
    package static func day(ofPartition name: String) -> PostgresDate? {
        guard name.hasPrefix("events_"), name.count == 15 else { return nil }
        let digits = name.dropFirst(7)
        return PostgresDate("\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))")
    }
}
