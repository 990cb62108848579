internal import CLibPQ

/// A column of a result.
public struct PostgresColumn: Sendable, Hashable {
    public let name: String
    /// The oid of its type, see ``PostgresTypeID``.
    public let type: UInt32

    public init(name: String, type: UInt32) {
        self.name = name
        self.type = type
    }

    static func all(of result: OpaquePointer) -> [PostgresColumn] {
        (0..<PQnfields(result)).map {
            PostgresColumn(name: PQfname(result, $0).map { String(cString: $0) } ?? "", type: PQftype(result, $0))
        }
    }
}
