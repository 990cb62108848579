import PostgresClient

/// The values of a statement under construction. What a request says gets into SQL through here only.
struct SQLParameters: Sendable {
    private(set) var values: [(any PostgresEncodable)?] = []

    /// - Returns: how the statement refers to the value, `$1` and on.
    mutating func add(_ value: (any PostgresEncodable)?) -> String {
        values.append(value)
        return "$\(values.count)"
    }
}
