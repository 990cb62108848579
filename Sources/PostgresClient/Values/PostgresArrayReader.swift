/// Walks the elements of a one-dimensional array in binary form without copying them.
///
/// It is valid no longer than the bytes it was made of.
public struct PostgresArrayReader: Sequence {
    public let elementType: UInt32
    public let count: Int
    private let elements: UnsafeRawBufferPointer

    /// - Throws: ``PostgresError/Code/decoding`` when the bytes are no array, or one of several dimensions.
    public init(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count >= 12 else { throw Self.malformed }
        elementType = bytes.integer(at: 8)
        switch bytes.integer(as: Int32.self) {
        case 0:
            count = 0
            elements = UnsafeRawBufferPointer(start: nil, count: 0)
        case 1:
            guard bytes.count >= 20 else { throw Self.malformed }
            let length = bytes.integer(at: 12, as: Int32.self)
            elements = UnsafeRawBufferPointer(rebasing: bytes[20...])
            guard length >= 0, try Self.isComplete(elements, length) else { throw Self.malformed }
            count = Int(length)
        default:
            throw PostgresError(
                .decoding, "Arrays of more than one dimension cannot be read; unnest it in the statement.")
        }
    }

    public var underestimatedCount: Int { count }

    public func makeIterator() -> Iterator {
        Iterator(rest: elements, left: count)
    }

    public struct Iterator: IteratorProtocol {
        fileprivate var rest: UnsafeRawBufferPointer
        fileprivate var left: Int

        /// The next element; the inner nil is NULL, the outer one the end.
        public mutating func next() -> UnsafeRawBufferPointer?? {
            guard left > 0 else { return .none }
            left -= 1
            let length = Int(rest.integer(as: Int32.self))
            guard length >= 0 else {
                rest = UnsafeRawBufferPointer(rebasing: rest[4...])
                return .some(nil)
            }
            let element = UnsafeRawBufferPointer(rebasing: rest[4..<4 + length])
            rest = UnsafeRawBufferPointer(rebasing: rest[(4 + length)...])
            return .some(element)
        }
    }

    /// Whether all lengths stay within the bytes, so that the iterator need not check.
    private static func isComplete(_ elements: UnsafeRawBufferPointer, _ count: Int32) throws -> Bool {
        var offset = 0
        for _ in 0..<count {
            guard elements.count - offset >= 4 else { return false }
            let length = Int(elements.integer(at: offset, as: Int32.self))
            offset += 4 + Swift.max(0, length)
            guard length >= -1, offset <= elements.count else { return false }
        }
        return offset == elements.count
    }

    private static var malformed: PostgresError {
        PostgresError(.decoding, "A value is no array in binary form.")
    }
}
