import Daybook
import Synchronization

/// When each expected row was committed, and when it was first seen where.
final class Sightings: Sendable {
    /// One row's way.
    struct Journey: Sendable {
        let toMemory: Duration
        let toTable: Duration
    }

    private struct Way {
        let begun: ContinuousClock.Instant
        var inMemory: ContinuousClock.Instant?
        var inTable: ContinuousClock.Instant?
    }

    /// By user, of which each row has its own.
    private let ways = Mutex<[Int32: Way]>([:])

    /// The row of this user is about to be sent.
    func expect(_ user: Int32) {
        ways.withLock { $0[user] = Way(begun: .now) }
    }

    /// The engine's publish hook.
    func see(_ publications: [Publication]) {
        let now = ContinuousClock.now
        ways.withLock { ways in
            for publication in publications where publication.rollup == BenchmarkDatabase.rollup {
                for row in publication.rows {
                    guard let user = row.key.first.flatMap({ $0 }).flatMap(Int32.init), ways[user]?.inMemory == nil
                    else { continue }
                    ways[user]?.inMemory = now
                }
            }
        }
    }

    var awaitedInTable: [Int32] {
        ways.withLock { ways in ways.filter { $0.value.inTable == nil }.map(\.key) }
    }

    func seeInTable(_ users: [Int32]) {
        let now = ContinuousClock.now
        ways.withLock { ways in
            for user in users { ways[user]?.inTable = now }
        }
    }

    /// Waits until all have arrived, half a minute at most.
    func waitForAll() async throws {
        let end = ContinuousClock.now + .seconds(30)
        while ways.withLock({ $0.contains { $0.value.inMemory == nil || $0.value.inTable == nil } }) {
            guard .now < end else { throw BenchmarkError("A row never arrived.") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// All that have arrived; the next measurement starts afresh.
    func takeJourneys() -> [Journey] {
        ways.withLock { ways in
            defer { ways = [:] }
            return ways.values.compactMap { way in
                guard let memory = way.inMemory, let table = way.inTable else { return nil }
                return Journey(toMemory: way.begun.duration(to: memory), toTable: way.begun.duration(to: table))
            }
        }
    }
}
