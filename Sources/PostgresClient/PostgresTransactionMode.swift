/// How a transaction sees and treats the database.
public struct PostgresTransactionMode: Sendable, Hashable {
    public enum Isolation: String, Sendable {
        case readCommitted = "READ COMMITTED"
        case repeatableRead = "REPEATABLE READ"
        case serializable = "SERIALIZABLE"
    }

    public var isolation: Isolation
    public var isReadOnly: Bool
    /// Of effect on serializable read-only transactions only: waits for a snapshot that cannot fail.
    public var isDeferrable: Bool

    public init(_ isolation: Isolation, isReadOnly: Bool = false, isDeferrable: Bool = false) {
        self.isolation = isolation
        self.isReadOnly = isReadOnly
        self.isDeferrable = isDeferrable
    }

    public static let readCommitted = PostgresTransactionMode(.readCommitted)
    public static let repeatableRead = PostgresTransactionMode(.repeatableRead)
    public static let repeatableReadReadOnly = PostgresTransactionMode(.repeatableRead, isReadOnly: true)
    public static let serializable = PostgresTransactionMode(.serializable)

    /// The statement that begins it. The isolation never depends on the session's defaults; a server whose operator has
    /// made transactions read-only by default keeps them so.
    var begin: String {
        "BEGIN ISOLATION LEVEL \(isolation.rawValue)\(isReadOnly ? " READ ONLY" : "")\(isDeferrable ? " DEFERRABLE" : "")"
    }
}
