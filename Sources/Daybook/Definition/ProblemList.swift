/// Problems as they are found, each given the line of its key.
struct ProblemList {
    private(set) var problems: [DefinitionProblem] = []
    var lines = DefinitionLines()

    /// - Parameter path: the keys down to the place; the line is that of the deepest of them that is written,
    ///   unless one is given.
    mutating func add(_ file: String, _ path: [String], line: Int? = nil, _ message: String, remedy: String) {
        add(
            DefinitionProblem(
                file: file, line: line ?? lines.line(of: path, in: file), key: path.joined(separator: "."),
                message: message,
                remedy: remedy))
    }

    mutating func add(_ problem: DefinitionProblem) {
        problems.append(problem)
    }

    /// By file in the order of first mention, then by line; equal lines stay in the order found.
    func sorted() -> [DefinitionProblem] {
        var rank: [String: Int] = [:]
        for problem in problems where rank[problem.file] == nil { rank[problem.file] = rank.count }
        func place(_ problem: DefinitionProblem) -> (Int, Int) { (rank[problem.file]!, problem.line ?? 0) }
        return problems.enumerated().sorted {
            (place($0.1).0, place($0.1).1, $0.0) < (place($1.1).0, place($1.1).1, $1.0)
        }
        .map(\.element)
    }

    func throwIfAny() throws(DefinitionError) {
        if !problems.isEmpty { throw DefinitionError(problems: sorted()) }
    }
}
