package import PostgresClient

/// Cuts days into pieces of work of bounded size.
package enum DayChunks {
    /// Source rows of one piece, unless one day alone has more.
    package static let rows: Int64 = 200_000
    /// Days of one piece.
    package static let days = 366

    /// The days to be done next, newest first, from days with the number of their source rows.
    package static func next(of counts: [PostgresDate: Int64], rows limit: Int64 = rows) -> [PostgresDate] {
        var chunk: [PostgresDate] = []
        var total: Int64 = 0
        for (day, count) in counts.sorted(by: { $0.key > $1.key }) {
            guard chunk.isEmpty || (total + count <= limit && chunk.count < days) else { break }
            chunk.append(day)
            total += count
        }
        return chunk
    }
}
