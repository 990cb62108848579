/// A row's dimension values within its day, in text form, exactly as the event log sends them.
///
/// The elements of a one-dimensional binary `text[]`, header left off: each has a length and its bytes, so no separator
/// inside a value, no empty value and no null can make two keys the same. Equality is equality of bytes, never Unicode's.
package struct RowKey: Sendable, Hashable, Comparable {
    private let bytes: [UInt8]

    /// - Parameter array: the wire form of a `text[]` value.
    package init(binaryArray array: UnsafeRawBufferPointer) {
        bytes = Array(array.dropFirst(Self.headerLength))
    }

    /// - Parameter values: nil is a null.
    package init(_ values: [String?]) {
        var bytes: [UInt8] = []
        for value in values {
            guard let value else {
                bytes.append(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF])
                continue
            }
            withUnsafeBytes(of: Int32(value.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: value.utf8)
        }
        self.bytes = bytes
    }

    /// The values, nil for a null.
    package var values: [String?] {
        var values: [String?] = []
        forEachValue { values.append($0.map { String(decoding: $0, as: UTF8.self) }) }
        return values
    }

    /// Calls the closure with the bytes of each value in turn, nil for a null.
    package func forEachValue(_ body: (UnsafeRawBufferPointer?) -> Void) {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset + 4 <= buffer.count {
                let length = Int(Int32(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
                offset += 4
                guard length >= 0 else {
                    body(nil)
                    continue
                }
                body(UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + length]))
                offset += length
            }
        }
    }

    /// Memory that the key takes beyond its inline part, in bytes.
    package var byteCount: Int { bytes.count }

    package func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// The order of the bytes: stable, and no collation's.
    package static func < (left: RowKey, right: RowKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Dimensions, flags, element type, length and lower bound, four bytes each.
    private static let headerLength = 20
}

/// A label's text, compared by its bytes: code point order, as `COLLATE "C"` sorts. Null is a label too, the last one.
package struct Label: Sendable, Hashable, Comparable {
    package let bytes: [UInt8]?

    package init(_ text: String?) {
        bytes = text.map { Array($0.utf8) }
    }

    package init(bytes: UnsafeRawBufferPointer?) {
        self.bytes = bytes.map { Array($0) }
    }

    package var text: String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    package static func < (left: Label, right: Label) -> Bool {
        guard let leftBytes = left.bytes else { return false }
        guard let rightBytes = right.bytes else { return true }
        return leftBytes.lexicographicallyPrecedes(rightBytes)
    }
}
