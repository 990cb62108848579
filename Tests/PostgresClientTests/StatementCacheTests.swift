import Testing

@testable import PostgresClient

@Suite struct StatementCacheTests {
    private func key(_ sql: String) -> StatementCache.Key { StatementCache.Key(sql: sql, types: []) }

    @Test func theLeastRecentlyUsedGoesFirst() {
        var cache = StatementCache(limit: 2)
        cache.insert(key("a"), name: "s1")
        cache.insert(key("b"), name: "s2")
        #expect(cache.victims(forAdditions: 0).isEmpty)
        #expect(cache.name(of: key("a")) == "s1")
        #expect(cache.victims(forAdditions: 1).map(\.name) == ["s2"])
        #expect(cache.victims(forAdditions: 1, keeping: [key("b")]).map(\.name) == ["s1"])
    }

    @Test func parameterTypesTellStatementsApart() {
        var cache = StatementCache(limit: 2)
        cache.insert(StatementCache.Key(sql: "a", types: [20]), name: "s1")
        #expect(cache.name(of: StatementCache.Key(sql: "a", types: [23])) == nil)
    }

    @Test func aPipelinePreparesOnceAndMakesRoom() {
        var cache = StatementCache(limit: 2)
        cache.insert(key("old"), name: "x")
        cache.insert(key("a"), name: "y")
        let plan = PipelinePlan([key("b"), nil, key("b"), key("a")], &cache)
        #expect(
            plan.steps == [
                .deallocate(key("old"), name: "x"),
                .prepare(key("b"), name: "s1", statement: 0),
                .runPrepared(name: "s1", statement: 0),
                .run(statement: 1),
                .runPrepared(name: "s1", statement: 2),
                .runPrepared(name: "y", statement: 3),
            ]
        )
    }

    @Test func aPipelineOfMoreStatementsThanTheCacheHoldsRunsTheRestUncached() {
        var cache = StatementCache(limit: 1)
        let plan = PipelinePlan([key("a"), key("b"), key("a")], &cache)
        #expect(
            plan.steps == [
                .prepare(key("a"), name: "s1", statement: 0), .runPrepared(name: "s1", statement: 0),
                .run(statement: 1), .runPrepared(name: "s1", statement: 2),
            ]
        )
    }
}
