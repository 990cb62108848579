/// Everything that is wrong with a set of definitions, found in one go.
///
/// Nothing has been changed when it is thrown.
public struct DefinitionError: Error, Sendable, CustomStringConvertible {
    /// At least one; by file, then in file order.
    public var problems: [DefinitionProblem]

    public init(problems: [DefinitionProblem]) {
        self.problems = problems
    }

    /// One problem a line.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
