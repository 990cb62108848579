import PostgresClient

/// The bytes of a row that its digest is taken of. Two rows have the same bytes only if day, key and measures are the
/// same.
///
/// All integers are big-endian: the day in 4 bytes; the number of dimensions in 4, and for each a length in 4 with its
/// bytes (length -1 for a null); count and each sum in 16, the sums after their number in 4; for each breakdown the
/// number of its labels in 4, and in code point order (null last) each label as a dimension is, and its count in 16.
/// Labels that count zero are left out. Only where the rollup has such measures: the number of extremes in 4, and for
/// each its rank in 8 and its text as a dimension is (rank 0 and a null where there is no value); the number of sets in
/// 4, and each sketch as a dimension is.
enum RowEncoding {
    static func bytes(day: PostgresDate, key: RowKey, row: RollupRow) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + key.byteCount + 16 * row.sums.count)
        append(day.daysSince2000, to: &bytes)
        var dimensions: Int32 = 0
        key.forEachValue { _ in dimensions += 1 }
        append(dimensions, to: &bytes)
        key.forEachValue { append(text: $0, to: &bytes) }
        append(row.count, to: &bytes)
        append(Int32(row.sums.count), to: &bytes)
        for sum in row.sums { append(sum, to: &bytes) }
        append(Int32(row.labelCounts.count), to: &bytes)
        for counts in row.labelCounts {
            let labels = counts.filter { $0.value != 0 }.sorted { $0.key < $1.key }
            append(Int32(labels.count), to: &bytes)
            for (label, count) in labels {
                if let text = label.bytes {
                    text.withUnsafeBytes { append(text: $0, to: &bytes) }
                } else {
                    append(text: nil, to: &bytes)
                }
                append(count, to: &bytes)
            }
        }
        append(values: row, to: &bytes)
        return bytes
    }

    private static func append(values row: RollupRow, to bytes: inout [UInt8]) {
        if !row.extremes.isEmpty {
            append(Int32(row.extremes.count), to: &bytes)
            for extreme in row.extremes {
                if let extreme {
                    append(extreme.rank, to: &bytes)
                    extreme.text.withUnsafeBytes { append(text: $0, to: &bytes) }
                } else {
                    append(Int64(0), to: &bytes)
                    append(text: nil, to: &bytes)
                }
            }
        }
        guard !row.distincts.isEmpty else { return }
        append(Int32(row.distincts.count), to: &bytes)
        for set in row.distincts { set.sketch.withUnsafeBytes { append(text: $0, to: &bytes) } }
    }

    private static func append(text: UnsafeRawBufferPointer?, to bytes: inout [UInt8]) {
        guard let text else { return append(Int32(-1), to: &bytes) }
        append(Int32(text.count), to: &bytes)
        bytes.append(contentsOf: text)
    }

    private static func append(_ integer: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
