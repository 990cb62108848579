/// Whether the tables have moved since a standby has last looked at them: a pure value.
///
/// Nothing is announced to a standby. All that it can tell its subscribers is that what they have may be old.
struct TableWatch: Sendable {
    /// The latest flush that was in the tables; nil before the first look.
    private var seen: Int64?

    /// - Returns: whether subscribers have to begin anew. They do at the first look, because what they have may be of any flush.
    mutating func saw(flush: Int64) -> Bool {
        defer { seen = flush }
        return seen != flush
    }

    /// This process leads, and announces everything by itself.
    mutating func forget() { seen = nil }
}
