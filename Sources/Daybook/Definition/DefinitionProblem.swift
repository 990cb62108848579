/// One thing that is wrong with a definition, where it stands and what to do about it.
///
/// Definitions are written by the operator, so a problem may quote them. It never holds a value of a row.
public struct DefinitionProblem: Sendable, Hashable, CustomStringConvertible {
    /// The file's path as the loader was given it, or `database NAME` for what concerns no file.
    public var file: String
    /// Counted from 1. Nil where the problem concerns the whole file or the database.
    public var line: Int?
    /// The path of keys to the place, joined by dots, for example `events.post-outcome.values.likes`. Empty for the
    /// whole file.
    public var key: String
    /// What is wrong: a clause without a full stop.
    public var message: String
    /// What to do: one or more whole sentences.
    public var remedy: String

    public init(file: String, line: Int? = nil, key: String, message: String, remedy: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
        self.remedy = remedy
    }

    /// For example `Events/x.yml:12: events.post-outcome.values.likes: column "upvote" does not exist. Name a column…`
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "\(place): \(key.isEmpty ? "" : "\(key): ")\(message). \(remedy)"
    }
}
