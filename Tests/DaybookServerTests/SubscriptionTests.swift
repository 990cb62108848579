import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// What a subscriber is owed, as a pure value.
struct SubscriptionTests {
    private static let day = PostgresDate(daysSince2000: 9000)

    static func place(_ site: String, day: Int = 0, rollup: String = "visits_daily") -> StreamIntake.Place {
        .init(rollup: rollup, day: Self.day.advanced(by: day), key: RowKey([site]))
    }

    static func row(_ site: String, _ count: Int, day: Int = 0, flush: Int64 = 1) -> StreamRow {
        StreamRow(
            place: place(site, day: day), json: "{\"site\":\"\(site)\",\"visits\":\(count)}", isRemoved: count == 0,
            asOf: PostgresTimestamp(microsecondsSince2000: 0), flush: flush)
    }

    static func filter(site: String? = nil, days: ClosedRange<PostgresDate>? = nil) -> StreamFilter {
        let rollup = HandmadeRollup.visits
        let filters = site.map { [DimensionFilter(dimension: rollup.dimensions[0], value: $0)] } ?? []
        return StreamFilter(rollups: ["visits_daily": .init(rollup: rollup, filters: filters)], days: days)
    }

    private func scope(_ days: ClosedRange<Int>) -> StreamReset.Scope {
        .init(
            rollup: "visits_daily",
            days: Self.day.advanced(by: days.lowerBound)...Self.day.advanced(by: days.upperBound))
    }

    private func taken(_ subscription: inout Subscription) throws -> Subscription.Batch {
        let batch = subscription.take()
        return try #require(batch)
    }

    @Test("The latest row of a key wins, and taking empties")
    func coalesces() throws {
        var subscription = Subscription(Self.filter(), at: 4)
        #expect(subscription.take() == nil)
        let wakes1 = subscription.offer([.row(Self.row("a", 1)), .row(Self.row("b", 1))], at: 5)
        #expect(wakes1)
        let wakes2 = subscription.offer([.row(Self.row("a", 2))], at: 6)
        #expect(wakes2)
        let batch = try taken(&subscription)
        #expect(Set(batch.rows) == [Self.row("a", 2), Self.row("b", 1)])
        #expect(batch.position == 6)
        #expect(subscription.take() == nil)
    }

    @Test("What the filter does not want wakes nobody, but moves the position")
    func filters() throws {
        var subscription = Subscription(Self.filter(site: "a", days: Self.day...Self.day), at: 0)
        let wakes3 = subscription.offer([.row(Self.row("b", 1)), .row(Self.row("a", 1, day: 1))], at: 1)
        #expect(!wakes3)
        subscription.beat()
        let batch = try taken(&subscription)
        #expect(batch.isHeartbeat)
        #expect(batch.position == 1)
    }

    @Test("Beyond the limit of keys everything is dropped for one reset")
    func tooSlow() throws {
        var subscription = Subscription(Self.filter(), at: 0, keyLimit: 2)
        for number in 1...3 { _ = subscription.offer([.row(Self.row("s\(number)", 1))], at: UInt64(number)) }
        #expect(subscription.keyCount == 0)
        _ = subscription.offer([.row(Self.row("s4", 1))], at: 4)
        let batch = try taken(&subscription)
        #expect(batch.resets == [StreamReset(reason: .tooSlow)])
        // Newer than the reset: to be sent behind it.
        #expect(batch.rows == [Self.row("s4", 1)])
    }

    @Test("A scoped reset drops what it voids, keeps the rest, and lets newer rows follow")
    func scoped() throws {
        var subscription = Subscription(Self.filter(), at: 0)
        let reset = StreamReset(reason: .rebuilt, scope: scope(0...1))
        _ = subscription.offer([.reset(reset)], at: 1)
        _ = subscription.offer(
            [.row(Self.row("a", 1)), .row(Self.row("a", 1, day: 2)), .reset(reset), .row(Self.row("a", 9, day: 1))],
            at: 1)
        let batch = try taken(&subscription)
        #expect(batch.resets == [reset])
        #expect(Set(batch.rows) == [Self.row("a", 9, day: 1), Self.row("a", 1, day: 2)])
    }

    @Test("Too many scopes become one reset of everything")
    func manyScopes() throws {
        var subscription = Subscription(Self.filter(), at: 0)
        for day in 0...Subscription.resetLimit {
            _ = subscription.offer([.reset(StreamReset(reason: .rebuilt, scope: scope(day...day)))], at: UInt64(day))
        }
        let found1 = try taken(&subscription)
        #expect(found1.resets == [StreamReset(reason: .rebuilt)])
    }
}

/// The changes that are kept for those who come back.
struct ChangeRingTests {
    @Test("Gives what happened since, or says that it does not know")
    func since() {
        var ring = ChangeRing(limit: 3)
        let now = ContinuousClock.now
        for number in 1...5 { ring.append([.row(SubscriptionTests.row("s\(number)", 1))], now: now) }
        #expect(ring.position == 5)
        #expect(ring.events(since: 5)?.count == 0)
        #expect(ring.events(since: 2)?.count == 3)
        #expect(ring.events(since: 1) == nil)
        #expect(ring.events(since: 6) == nil)
    }

    @Test("Forgets what is older than a minute")
    func age() {
        var ring = ChangeRing()
        let now = ContinuousClock.now
        ring.append([.row(SubscriptionTests.row("a", 1))], now: now)
        ring.append([.row(SubscriptionTests.row("b", 1))], now: now + .seconds(59))
        #expect(ring.events(since: 0)?.count == 2)
        ring.append([.row(SubscriptionTests.row("c", 1))], now: now + .seconds(61))
        #expect(ring.events(since: 0) == nil)
        #expect(ring.events(since: 1)?.count == 2)
    }
}

/// Who is told what, when sessions come and go.
struct StreamDeskTests {
    private let now = ContinuousClock.now

    private func joined(
        _ desk: inout StreamDesk, _ filter: StreamFilter, _ lastEventID: String?
    ) throws -> (id: UInt64, position: UInt64, isResumed: Bool) {
        let seat = desk.subscribe(filter, lastEventID: lastEventID)
        return try #require(seat)
    }

    private func owed(_ desk: inout StreamDesk, _ id: UInt64) throws -> Subscription.Batch {
        let batch = desk.take(id)
        return try #require(batch)
    }

    private func resets(_ desk: inout StreamDesk, _ id: UInt64) -> [StreamReset] { desk.take(id)?.resets ?? [] }

    @Test("A session that goes on where the last one ended voids nothing")
    func goesOn() throws {
        var desk = StreamDesk(boot: "x")
        let id = try joined(&desk, SubscriptionTests.filter(), nil).id
        let found2 = desk.began(flush: 4, now: now)
        #expect(found2 == [id])
        let found3 = resets(&desk, id)
        #expect(found3 == [StreamReset(reason: .restarted)], "whoever came before knows nothing of the first")
        _ = desk.changed([SubscriptionTests.row("a", 1, flush: 5)], now: now)
        _ = desk.flushed(5, now: now)
        _ = desk.take(id)
        let found4 = desk.ended(now: now)
        #expect(found4 == [])
        let found5 = desk.began(flush: 5, now: now)
        #expect(found5 == [])
        let found6 = desk.take(id)
        #expect(found6 == nil)
    }

    @Test("Rows that were not flushed are void when the session ends, and so is everything when another daemon flushed")
    func voids() throws {
        var desk = StreamDesk(boot: "x")
        _ = desk.began(flush: 4, now: now)
        let id = try joined(&desk, SubscriptionTests.filter(), nil).id
        _ = desk.changed([SubscriptionTests.row("a", 1, flush: 5)], now: now)
        #expect(desk.isProvisional(SubscriptionTests.row("a", 1, flush: 5)))
        let found7 = desk.ended(now: now)
        #expect(found7 == [id])
        let batch = try owed(&desk, id)
        #expect(batch.resets == [StreamReset(reason: .restarted)])
        #expect(batch.rows == [])
        let found8 = desk.began(flush: 4, now: now)
        #expect(found8 == [])
        let found9 = desk.ended(now: now)
        #expect(found9 == [])
        let found10 = desk.began(flush: 7, now: now)
        #expect(found10 == [id])
    }

    @Test("Days built inside Postgres are void once their flush is in the tables")
    func rebuilt() throws {
        var desk = StreamDesk(boot: "x")
        _ = desk.began(flush: 4, now: now)
        let id = try joined(&desk, SubscriptionTests.filter(), nil).id
        let day = PostgresDate(daysSince2000: 9000)
        desk.willRebuild(.init(rollup: "visits_daily", days: day...day), flush: 5)
        let found11 = desk.take(id)
        #expect(found11 == nil)
        let found12 = desk.flushed(5, now: now)
        #expect(found12 == [id])
        let found13 = resets(&desk, id)
        #expect(found13.first?.reason == .rebuilt)
    }

    @Test("Coming back gives what was missed, in the client's own scope")
    func resumes() throws {
        var desk = StreamDesk(boot: "x")
        _ = desk.began(flush: 0, now: now)
        _ = desk.changed([SubscriptionTests.row("a", 1), SubscriptionTests.row("b", 1)], now: now)
        let last = desk.id(of: desk.ring.position)
        _ = desk.changed([SubscriptionTests.row("a", 2)], now: now)
        _ = desk.changed([SubscriptionTests.row("b", 2), SubscriptionTests.row("a", 3)], now: now)
        let back = try joined(&desk, SubscriptionTests.filter(site: "a"), last)
        #expect(back.isResumed)
        let found14 = try owed(&desk, back.id)
        #expect(found14.rows == [SubscriptionTests.row("a", 3)])
        let other = try joined(&desk, SubscriptionTests.filter(), "y-1")
        let found15 = resets(&desk, other.id)
        #expect(found15 == [StreamReset(reason: .restarted)])
        for id in ["x-99", "x-", "x-a", "x--1"] {
            let odd = try joined(&desk, SubscriptionTests.filter(), id)
            #expect(!odd.isResumed)
            let found16 = resets(&desk, odd.id)
            #expect(found16 == [StreamReset(reason: .tooOld)])
        }
    }

    @Test("Refuses more subscribers than it can serve")
    func limit() {
        var desk = StreamDesk(boot: "x", limit: 20)
        for _ in 0..<20 {
            let seat = desk.subscribe(SubscriptionTests.filter(), lastEventID: nil)
            #expect(seat != nil)
        }
        let found17 = desk.subscribe(SubscriptionTests.filter(), lastEventID: nil)
        #expect(found17 == nil)
        desk.unsubscribe(1, now: now)
        let found18 = desk.subscribe(SubscriptionTests.filter(), lastEventID: nil)
        #expect(found18 != nil)
    }
}
