internal import CLibPQ

/// Rows copied out of libpq one after the other into one buffer, which is much smaller than one libpq result per row.
struct RowBatch: Sendable {
    private(set) var rowCount = 0
    private var bytes: [UInt8] = []
    /// Where each value ends in `bytes`; a NULL is marked by the sign bit of its end.
    private var ends: [Int] = []

    var byteCount: Int { bytes.count }

    /// Adds the only row of a libpq result in single-row mode.
    mutating func append(_ result: OpaquePointer) {
        for column in 0..<PQnfields(result) {
            guard PQgetisnull(result, 0, column) == 0 else {
                ends.append(bytes.count | Self.nullMark)
                continue
            }
            let count = Int(PQgetlength(result, 0, column))
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: PQgetvalue(result, 0, column), count: count))
            ends.append(bytes.count)
        }
        rowCount += 1
    }

    func withBytes<R>(cell: Int, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
        let end = ends[cell]
        guard end & Self.nullMark == 0 else { return try body(nil) }
        let start = cell == 0 ? 0 : ends[cell - 1] & ~Self.nullMark
        return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
    }

    private static let nullMark = Int.min
}
