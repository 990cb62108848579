internal import CLibPQ

/// The rows of one statement, or one batch of a stream's, in binary form; immutable, and freed with its last reference.
public final class PostgresResult: Sendable, RandomAccessCollection {
    enum Storage: @unchecked Sendable {
        /// Owned by the result; libpq does not change a result once it is complete.
        case libpq(OpaquePointer)
        case batch(RowBatch)
    }

    let storage: Storage
    public let columns: [PostgresColumn]
    /// The rows that the statement says it has inserted, updated, deleted, selected or copied; 0 where it says nothing.
    public let affectedRows: Int
    /// The command tag, for example `INSERT 0 3`.
    public let commandTag: String
    public let endIndex: Int

    /// Takes over a result of libpq.
    init(_ result: OpaquePointer) {
        storage = .libpq(result)
        columns = PostgresColumn.all(of: result)
        commandTag = PQcmdStatus(result).map { String(cString: $0) } ?? ""
        affectedRows = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        endIndex = Int(PQntuples(result))
    }

    init(_ batch: RowBatch, columns: [PostgresColumn]) {
        storage = .batch(batch)
        self.columns = columns
        commandTag = ""
        affectedRows = batch.rowCount
        endIndex = batch.rowCount
    }

    deinit {
        if case .libpq(let result) = storage { PQclear(result) }
    }

    public var startIndex: Int { 0 }

    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < endIndex, "row \(position) of a result of \(endIndex) rows")
        return PostgresRow(result: self, row: position)
    }

    /// The wire bytes of one value; nil is NULL.
    func withBytes<R>(row: Int, column: Int, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
        switch storage {
        case .libpq(let result):
            let (row, column) = (Int32(row), Int32(column))
            guard PQgetisnull(result, row, column) == 0 else { return try body(nil) }
            let bytes = UnsafeRawBufferPointer(
                start: PQgetvalue(result, row, column),
                count: Int(PQgetlength(result, row, column))
            )
            return try body(bytes)
        case .batch(let batch):
            return try batch.withBytes(cell: row * columns.count + column, body)
        }
    }
}

/// A batch of a stream is a result like any other.
public typealias PostgresRows = PostgresResult
