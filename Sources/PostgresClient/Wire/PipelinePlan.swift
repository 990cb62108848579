/// The messages of one pipeline, as a pure value: cached statements are prepared on their way, and room is made for them.
struct PipelinePlan: Sendable {
    enum Step: Sendable, Equatable {
        case deallocate(StatementCache.Key, name: String)
        case prepare(StatementCache.Key, name: String, statement: Int)
        case run(statement: Int)
        case runPrepared(name: String, statement: Int)

        /// The statement that a failure of this step is blamed on.
        var statement: Int? {
            switch self {
            case .deallocate: nil
            case .prepare(_, _, let statement), .run(let statement), .runPrepared(_, let statement): statement
            }
        }
    }

    private(set) var steps: [Step] = []

    /// - Parameter keys: the cache's key of each statement that is to be cached, nil for the others.
    init(_ keys: [StatementCache.Key?], _ cache: inout StatementCache) {
        var names: [StatementCache.Key: String] = [:]
        var runs: [Step] = []
        var additions = 0
        for (index, key) in keys.enumerated() {
            guard let key, names.count < cache.limit || names[key] != nil else {
                runs.append(.run(statement: index))
                continue
            }
            if names[key] == nil {
                if let name = cache.name(of: key) {
                    names[key] = name
                } else {
                    let name = cache.newName()
                    names[key] = name
                    additions += 1
                    runs.append(.prepare(key, name: name, statement: index))
                }
            }
            runs.append(.runPrepared(name: names[key]!, statement: index))
        }
        steps = cache.victims(forAdditions: additions, keeping: Set(names.keys)).map {
            .deallocate($0.key, name: $0.name)
        }
        steps += runs
    }
}
