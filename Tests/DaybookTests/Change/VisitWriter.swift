import PostgresClient
import Synchronization
import Testing

@testable import Daybook

/// Writes visits of a few days again and again, beside whatever a test does.
final class VisitWriter: Sendable {
    private let rounds = Atomic(0)

    static func writing(in fixture: FeedFixture, beside body: (VisitWriter) async throws -> Void) async throws {
        let writer = VisitWriter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.withSession { try await writer.run(on: $0) } }
            try await body(writer)
            group.cancelAll()
            while let result = await group.nextResult() {
                guard case .failure(let error) = result, !(error is CancellationError) else { continue }
                let isCancelled = (error as? PostgresError)?.sqlState == "57014"
                if !isCancelled { throw error }
            }
        }
    }

    /// Waits until the writer has done more.
    func goOn(_ count: Int = 20) async throws {
        let goal = rounds.load(ordering: .relaxed) + count
        try await eventually("the writer goes on") { rounds.load(ordering: .relaxed) >= goal }
    }

    private func run(on session: PostgresConnection) async throws {
        var number = 0
        while !Task.isCancelled {
            number += 1
            try await session.execute(
                """
                INSERT INTO visits (site, at, bytes, browser, note)
                SELECT 'site' || n % 3, date '2025-03-03' + (n + \(number)) % 4, n, 'b' || (n + \(number)) % 2, repeat('x', n)
                FROM generate_series(1, 5) AS n;
                UPDATE visits SET bytes = bytes + 1, note = note || 'y' WHERE id % 7 = \(number % 7) AND id > \(number * 2);
                DELETE FROM visits WHERE id % 5 = \(number % 5) AND id BETWEEN \(number) AND \(number * 4);
                """)
            rounds.add(1, ordering: .relaxed)
        }
    }
}
