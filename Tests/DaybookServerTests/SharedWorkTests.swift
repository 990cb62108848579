import Synchronization
import Testing

@testable import DaybookServer

/// One does the work, everybody gets the result.
final class SharedWorkTests: Sendable {
    private struct Failure: Error {}

    private let starts = Mutex(0)

    /// Asks fifty times at once for work that ends when all of them wait.
    private func askAll(_ shared: SharedWork<Int>, fails: Bool) async -> [Result<Int, any Error>] {
        await withTaskGroup(of: Result<Int, any Error>.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        return .success(
                            try await shared.value {
                                try await eventually("all wait") { await shared.waiting == 50 }
                                if fails { throw Failure() }
                                return self.starts.withLock { starts in
                                    starts += 1
                                    return starts
                                }
                            })
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func isDoneOnceForAll() async throws {
        let shared = SharedWork<Int>()
        #expect(try await askAll(shared, fails: false).map { try $0.get() } == [Int](repeating: 1, count: 50))
        // It is not kept.
        #expect(try await askAll(shared, fails: false).map { try $0.get() } == [Int](repeating: 2, count: 50))
    }

    @Test func aFailureIsEverybodysAndNotTheNextOnes() async throws {
        let shared = SharedWork<Int>()
        for result in await askAll(shared, fails: true) { #expect(throws: Failure.self) { try result.get() } }
        #expect(try await shared.value { 7 } == 7)
        #expect(await shared.waiting == 0)
    }
}
