/// A statement with its parameters, for ``PostgresConnection/pipeline(_:)``.
public struct PostgresStatement: Sendable {
    public var sql: String
    public var parameters: [(any PostgresEncodable)?]
    /// As in ``PostgresConnection/query(_:_:cached:)``.
    public var cached: Bool

    public init(_ sql: String, _ parameters: [(any PostgresEncodable)?] = [], cached: Bool = false) {
        self.sql = sql
        self.parameters = parameters
        self.cached = cached
    }
}
