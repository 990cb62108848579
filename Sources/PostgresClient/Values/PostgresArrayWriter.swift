/// Builds a large one-dimensional array parameter in binary form, element by element, in one buffer.
public struct PostgresArrayWriter: Sendable {
    private let arrayType: UInt32
    private let elementType: UInt32
    private var count: Int32 = 0
    private var hasNulls = false
    private var bytes: [UInt8]

    /// - Parameter elementType: the oid of the elements' type; elements are given in its binary form.
    /// - Parameter arrayType: the oid of the array type; by default the one Postgres has for the element type.
    public init(elementType: UInt32, arrayType: UInt32? = nil) {
        self.elementType = elementType
        self.arrayType = arrayType ?? PostgresTypeID.array(of: elementType)
        bytes = [UInt8](repeating: 0, count: Self.headerLength)
    }

    /// Makes room for so many bytes of elements; each element takes four more than its own.
    public mutating func reserveCapacity(_ byteCount: Int) {
        bytes.reserveCapacity(Self.headerLength + byteCount)
    }

    public mutating func append(_ element: some Sequence<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0])
        bytes.append(contentsOf: element)
        patch(Int32(bytes.count - start - 4), at: start)
        count += 1
    }

    public mutating func append(_ element: UnsafeRawBufferPointer) {
        bytes.append(bigEndian: Int32(element.count))
        bytes.append(contentsOf: element)
        count += 1
    }

    public mutating func appendNull() {
        bytes.append(bigEndian: Int32(-1))
        hasNulls = true
        count += 1
    }

    /// The array of what has been appended so far.
    public var value: PostgresValue {
        guard count > 0 else {
            return PostgresValue(
                type: arrayType,
                bytes: Int32(0).bigEndianBytes + Int32(0).bigEndianBytes + elementType.bigEndianBytes
            )
        }
        var copy = self
        copy.patch(1, at: 0)
        copy.patch(hasNulls ? 1 : 0, at: 4)
        copy.patch(Int32(bitPattern: elementType), at: 8)
        copy.patch(count, at: 12)
        copy.patch(1, at: 16)
        return PostgresValue(type: arrayType, bytes: copy.bytes)
    }

    private mutating func patch(_ value: Int32, at offset: Int) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Int32.self) }
    }

    /// Dimensions, null flag, element type, length and lower bound of the only dimension.
    private static let headerLength = 20
}

extension PostgresArrayWriter: PostgresEncodable {
    public var postgresValue: PostgresValue { value }
}
