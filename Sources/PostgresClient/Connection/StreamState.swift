/// How far a stream of rows has come.
struct StreamState: Sendable {
    let batchSize: Int
    var columns: [PostgresColumn] = []
    /// All rows and the end of the statement have been read.
    var isComplete = false

    /// A batch ends with its size in rows or when it holds so many bytes.
    static let batchByteLimit = 4 << 20

    func isFull(_ batch: RowBatch) -> Bool {
        batch.rowCount >= batchSize || batch.byteCount >= Self.batchByteLimit
    }
}
