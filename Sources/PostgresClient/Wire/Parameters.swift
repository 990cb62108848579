/// The parameters of one statement in the parallel arrays that libpq takes.
struct Parameters {
    private let values: [PostgresValue?]
    let types: [UInt32]

    /// - Throws: ``PostgresError/Code/encoding`` for what cannot be sent.
    init(_ parameters: [(any PostgresEncodable)?]) throws {
        guard parameters.count <= 65535 else {
            throw PostgresError(
                .encoding,
                "A statement takes at most 65535 parameters, not \(parameters.count); send arrays and unnest them."
            )
        }
        values = parameters.map { $0?.postgresValue }
        types = values.map { $0?.type ?? 0 }
        var size = 0
        for (index, value) in values.enumerated() {
            guard let value else { continue }
            size += value.bytes.count
            if value.format == .text, value.bytes.contains(0) {
                throw PostgresError(
                    .encoding,
                    "Parameter $\(index + 1) holds a zero byte, which Postgres' text types cannot store; remove it."
                )
            }
        }
        guard size < Self.maximumByteCount else {
            throw PostgresError(
                .encoding,
                "The parameters take \(size) bytes, and a message to Postgres at most 1 GiB; send them in parts."
            )
        }
    }

    private static let maximumByteCount = 1_073_000_000

    /// Calls `body` with count, values, lengths and formats, which are valid during the call only.
    func withArrays<R>(
        _ body: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) throws -> R
    ) rethrows -> R {
        let size = values.reduce(0) { $0 + ($1?.bytes.count ?? 0) + 1 }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { buffer.deallocate() }
        var pointers: [UnsafePointer<CChar>?] = []
        var lengths: [Int32] = []
        var formats: [Int32] = []
        var offset = 0
        for value in values {
            formats.append(value?.format.rawValue ?? 0)
            lengths.append(Int32(value?.bytes.count ?? 0))
            guard let value else {
                pointers.append(nil)
                continue
            }
            let place = UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<offset + value.bytes.count + 1])
            place.copyBytes(from: value.bytes)
            place[value.bytes.count] = 0
            pointers.append(UnsafePointer(place.baseAddress!.assumingMemoryBound(to: CChar.self)))
            offset += place.count
        }
        return try body(Int32(values.count), pointers, lengths, formats)
    }
}
