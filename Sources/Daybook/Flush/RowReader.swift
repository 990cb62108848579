package import PostgresClient

/// Reads rows of a rollup into the daemon's form: count, sums, and for each label its values with their
/// counts, extremes and sets.
package struct RowReader: Sendable {
    private let rollup: Rollup

    package init(_ rollup: Rollup) {
        self.rollup = rollup
    }

    /// Decodes ``TableQuery/loadedColumns`` or ``TableQuery/measuredColumns``, which begin at the given column.
    package func row(_ row: PostgresRow, from first: Int) throws -> RollupRow {
        let sums = rollup.sums.count
        return try RollupRow(
            count: row.decode(Int128.self, at: first),
            sums: (0..<sums).map { try row.decode(Int128.self, at: first + 1 + $0) },
            labelCounts: rollup.labels.indices.map { try labels(row, at: first + 1 + sums + 2 * $0) },
            extremes: extremes(row, at: first + 1 + sums + 2 * rollup.labels.count),
            distincts: distincts(
                row, at: first + 1 + sums + 2 * rollup.labels.count + (rollup.extremes.isEmpty ? 0 : 1))
        )
    }

    private func extremes(_ row: PostgresRow, at column: Int) throws -> [RankedValue?] {
        guard !rollup.extremes.isEmpty else { return [] }
        return try row.withRawBytes(at: column) { try $0.map(RankedValue.list(binaryArray:)) ?? [] }
    }

    /// What is no sketch, in a row from before Daybook, is an empty set.
    private func distincts(_ row: PostgresRow, at column: Int) throws -> [DistinctSet] {
        guard !rollup.distincts.isEmpty else { return [] }
        return try row.withRawBytes(at: column) { bytes in
            try bytes.map { try PostgresArrayReader($0).map { $0.flatMap { DistinctSet(sketch: $0) } ?? .empty } } ?? []
        }
    }

    /// Decodes a key column.
    package func key(_ row: PostgresRow, at column: Int) -> RowKey {
        row.withRawBytes(at: column) { RowKey(binaryArray: $0 ?? .init(start: nil, count: 0)) }
    }

    private func labels(_ row: PostgresRow, at column: Int) throws -> [Label: Int128] {
        let labels = try row.withRawBytes(at: column) { try $0.map(Label.list(binaryArray:)) ?? [] }
        let counts = try row.decode([Int128].self, at: column + 1)
        return Dictionary(zip(labels, counts), uniquingKeysWith: +)
    }
}

/// Keys as parameters: an array for each dimension, in the rollup's order.
package struct KeyColumns {
    private var writers: [PostgresArrayWriter]

    package init(dimensions: Int) {
        writers = Array(repeating: PostgresArrayWriter(elementType: 25), count: dimensions)
    }

    package mutating func append(_ key: RowKey) {
        var index = 0
        key.forEachValue { value in
            if let value { writers[index].append(value) } else { writers[index].appendNull() }
            index += 1
        }
    }

    package var parameters: [any PostgresEncodable] { writers }
}
