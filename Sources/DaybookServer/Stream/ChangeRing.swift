/// The latest changes, for clients that come back: a pure value.
struct ChangeRing: Sendable {
    private struct Entry: Sendable {
        let position: UInt64
        let at: ContinuousClock.Instant
        let event: StreamEvent
    }

    static let limit = 10_000
    static let age = Duration.seconds(60)

    private let limit: Int
    private var entries: [Entry] = []
    /// Entries before this one are gone; they are removed now and then.
    private var start = 0
    /// The position of the newest change.
    private(set) var position: UInt64 = 0
    /// Everything behind this position is here.
    private(set) var floor: UInt64 = 0

    init(limit: Int = Self.limit) {
        self.limit = limit
    }

    var count: Int { entries.count - start }

    /// Adds what happened at one moment.
    mutating func append(_ events: [StreamEvent], now: ContinuousClock.Instant) {
        guard !events.isEmpty else { return }
        position += 1
        entries += events.map { Entry(position: position, at: now, event: $0) }
        let oldest = now - Self.age
        while start < entries.count, count > limit || entries[start].at < oldest {
            floor = entries[start].position
            start += 1
        }
        if start > limit {
            entries.removeFirst(start)
            start = 0
        }
    }

    /// Something happened that is not kept: nobody can come back from before it.
    mutating func skip() {
        position += 1
        floor = position
        entries = []
        start = 0
    }

    /// What happened after a position; nil when not all of it is here.
    func events(since position: UInt64) -> [StreamEvent]? {
        guard position >= floor, position <= self.position else { return nil }
        return entries[start...].drop { $0.position <= position }.map(\.event)
    }
}
