import PostgresClient
import Testing

@Suite struct PostgresBackoffTests {
    @Test func growsToItsLimitAndStartsOver() {
        var generator = SeededGenerator(seed: 1)
        var backoff = PostgresBackoff(initial: .seconds(1), maximum: .seconds(10))
        var ceilings: [Duration] = []
        for _ in 0..<6 {
            ceilings.append(backoff.ceiling)
            let delay = backoff.next(using: &generator)
            #expect(delay >= .zero && delay <= ceilings.last!)
        }
        #expect(ceilings == [1, 2, 4, 8, 10, 10].map(Duration.seconds))
        backoff.reset()
        #expect(backoff.ceiling == .seconds(1))
    }

    @Test func jitterFillsTheWholeRange() {
        var generator = SeededGenerator(seed: 2)
        var backoff = PostgresBackoff(initial: .seconds(1), maximum: .seconds(1))
        let delays = (0..<1000).map { _ in backoff.next(using: &generator) }
        #expect(delays.min()! < .milliseconds(20) && delays.max()! > .milliseconds(980))
    }
}
