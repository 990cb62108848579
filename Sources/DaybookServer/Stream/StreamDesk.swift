import Daybook
import PostgresClient

/// Everything the stream knows: the latest changes, the subscribers and what each is owed. A pure value; the clock and the
/// waking are the hub's.
struct StreamDesk: Sendable {
    /// Part of every position that clients get: those of another process mean nothing here.
    let boot: String
    private let limit: Int
    private(set) var ring: ChangeRing
    private var subscriptions: [UInt64: Subscription] = [:]
    private var nextID: UInt64 = 0
    /// The last flush known to be in the tables; nil before the first session.
    private var flushed: Int64?
    /// The latest flush that a row has been sent for.
    private var promised: Int64 = 0
    /// Days that will be void once their flush is in the tables.
    private var rebuilt: [(scope: StreamReset.Scope, flush: Int64)] = []
    private var lastSubscriber: ContinuousClock.Instant?

    /// - Parameter limit: the most subscribers.
    init(boot: String, limit: Int = RequestLimits().streams, ring: ChangeRing = ChangeRing()) {
        self.boot = boot
        self.limit = limit
        self.ring = ring
    }

    var subscriberCount: Int { subscriptions.count }

    /// Whether anybody listens, or may come back for what happens now.
    func isWanted(now: ContinuousClock.Instant) -> Bool {
        !subscriptions.isEmpty || lastSubscriber.map { $0 > now - ChangeRing.age } ?? false
    }

    func isProvisional(_ row: StreamRow) -> Bool { row.flush > flushed ?? 0 }

    func id(of position: UInt64) -> String { "\(boot)-\(position)" }

    // MARK: Subscribers

    /// - Parameter lastEventID: what a client that comes back has seen last.
    /// - Returns: the subscriber's number, where it stands, and whether it is to begin anew; nil when there are too many.
    mutating func subscribe(
        _ filter: StreamFilter, lastEventID: String?, keyLimit: Int = Subscription.keyLimit
    ) -> (id: UInt64, position: UInt64, isResumed: Bool)? {
        guard subscriptions.count < limit else { return nil }
        var subscription = Subscription(filter, at: ring.position, keyLimit: keyLimit)
        var isResumed = false
        if let lastEventID {
            if let missed = position(of: lastEventID).flatMap({ ring.events(since: $0) }) {
                isResumed = true
                _ = subscription.offer(missed, at: ring.position)
            } else {
                let reason: StreamReset.Reason = lastEventID.hasPrefix("\(boot)-") ? .tooOld : .restarted
                _ = subscription.offer([.reset(StreamReset(reason: reason))], at: ring.position)
            }
        }
        nextID += 1
        subscriptions[nextID] = subscription
        return (nextID, ring.position, isResumed)
    }

    mutating func unsubscribe(_ id: UInt64, now: ContinuousClock.Instant) {
        subscriptions[id] = nil
        lastSubscriber = now
    }

    mutating func take(_ id: UInt64) -> Subscription.Batch? { subscriptions[id]?.take() }

    mutating func beat() -> [UInt64] {
        for id in subscriptions.keys { subscriptions[id]?.beat() }
        return Array(subscriptions.keys)
    }

    private func position(of id: String) -> UInt64? {
        guard id.hasPrefix("\(boot)-") else { return nil }
        return UInt64(id.dropFirst(boot.utf8.count + 1))
    }

    // MARK: What happens. Each returns whom to wake.

    mutating func changed(_ rows: [StreamRow], now: ContinuousClock.Instant) -> [UInt64] {
        promised = max(promised, rows.map(\.flush).max() ?? 0)
        return tell(rows.map { .row($0) }, now: now)
    }

    /// A session that goes on exactly where the last one ended voids nothing.
    mutating func began(flush: Int64, now: ContinuousClock.Instant) -> [UInt64] {
        let goesOn = flushed == flush && promised <= flush
        (flushed, promised, rebuilt) = (flush, flush, [])
        return goesOn ? [] : restart(.restarted, now: now)
    }

    mutating func flushed(_ flush: Int64, now: ContinuousClock.Instant) -> [UInt64] {
        flushed = flush
        let due = rebuilt.filter { $0.flush <= flush }.map(\.scope)
        rebuilt.removeAll { $0.flush <= flush }
        return tell(due.map { .reset(StreamReset(reason: .rebuilt, scope: $0)) }, now: now)
    }

    mutating func willRebuild(_ scope: StreamReset.Scope, flush: Int64) {
        rebuilt.append((scope, flush))
    }

    /// What was sent and is in no table will never be.
    mutating func ended(now: ContinuousClock.Instant) -> [UInt64] {
        rebuilt = []
        guard promised > flushed ?? 0 else { return [] }
        promised = flushed ?? 0
        return restart(.restarted, now: now)
    }

    /// Another daemon has written to the tables: everybody begins anew.
    mutating func tablesMoved(now: ContinuousClock.Instant) -> [UInt64] {
        flushed = nil
        return restart(.standby, now: now)
    }

    /// Changes could not be told: everybody begins anew.
    mutating func lost(now: ContinuousClock.Instant) -> [UInt64] { restart(.tooSlow, now: now) }

    /// Nobody listens; changes are not even looked at.
    mutating func skip(upTo flush: Int64) {
        promised = max(promised, flush)
        ring.skip()
    }

    private mutating func restart(_ reason: StreamReset.Reason, now: ContinuousClock.Instant) -> [UInt64] {
        ring.skip()
        return offer([.reset(StreamReset(reason: reason))])
    }

    private mutating func tell(_ events: [StreamEvent], now: ContinuousClock.Instant) -> [UInt64] {
        guard !events.isEmpty else { return [] }
        ring.append(events, now: now)
        return offer(events)
    }

    private mutating func offer(_ events: [StreamEvent]) -> [UInt64] {
        var woken: [UInt64] = []
        for id in subscriptions.keys where subscriptions[id]?.offer(events, at: ring.position) == true {
            woken.append(id)
        }
        return woken
    }
}
