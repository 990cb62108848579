import PostgresClient

extension StreamBenchmark {
    /// Commits at an even pace, by turns of several writers.
    /// - Returns: when each commit was begun, and whether the pace was kept.
    func commit(
        _ numbers: Range<Int>, _ database: BenchmarkDatabase
    ) async throws -> (begun: [Int: ContinuousClock.Instant], rate: Bound) {
        let start = ContinuousClock.now
        let begun = try await withThrowingTaskGroup(of: [Int: ContinuousClock.Instant].self) { group in
            for writer in 0..<Self.writers {
                group.addTask {
                    try await database.withConnection { connection in
                        var begun: [Int: ContinuousClock.Instant] = [:]
                        for number in numbers where number % Self.writers == writer {
                            try await Task.sleep(
                                until: start + .seconds(number - numbers.lowerBound) / Self.commitsPerSecond)
                            begun[number] = .now
                            try await Self.insert(number, on: connection)
                        }
                        return begun
                    }
                }
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
        let rate = Double(numbers.count) / (start.duration(to: .now) / .seconds(1))
        return (
            begun,
            Bound(
                name: "commits a second under load", value: rate,
                requirement: .atLeast(0.95 * Double(Self.commitsPerSecond)))
        )
    }

    static func insert(_ number: Int, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            INSERT INTO reddit_post_outcomes (user_id, subreddit, title, views) VALUES ($1::integer, 'swift', $2::text, 7)
            """,
            [Int32(1 + number % subscribers), "c-\(number)"], cached: true
        )
    }
}
