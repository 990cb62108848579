/// What one writer does in one go, told completely: nothing in it depends on how earlier ones ended.
struct ModelTransaction: Sendable, Hashable {
    enum Form: Sendable, Hashable {
        /// Each statement commits on its own.
        case autocommit
        /// `BEGIN` with this isolation level.
        case block(isolation: String)
    }

    enum Ending: Sendable, Hashable {
        case commit
        case rollback
        /// The connection goes, in the middle of the transaction.
        case disconnect
        /// `PREPARE TRANSACTION`; resolved by the same writer after so many more of its transactions.
        case prepare(name: String, commits: Bool, after: Int)
    }

    var form: Form
    /// `SET LOCAL` each, at the start of a block.
    var settings: [String]
    var statements: [ModelStatement]
    /// Stays open, idle, while all writers together do so many transactions.
    var holdFor: Int
    var ending: Ending
}

indirect enum ModelStatement: Sendable, Hashable {
    case sql(String)
    /// `COPY <target> FROM STDIN` in text format.
    case copy(target: String, data: String)
    /// Within a savepoint, which is rolled back to when a statement fails, or in any case.
    case savepoint(name: String, [ModelStatement], undone: Bool)
}
