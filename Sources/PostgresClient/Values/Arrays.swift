/// A Swift value that can be an element of an array parameter.
public protocol PostgresArrayElement: Sendable {
    /// The oid of the elements' type, whose binary form ``append(to:)`` writes.
    static var postgresElementType: UInt32 { get }
    func append(to writer: inout PostgresArrayWriter)
}

extension PostgresArrayElement where Self: PostgresEncodable {
    public func append(to writer: inout PostgresArrayWriter) {
        writer.append(postgresValue.bytes)
    }
}

extension Bool: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.bool } }
extension Int16: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.int2 } }
extension Int32: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.int4 } }
extension Int64: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.int8 } }
extension Int: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.int8 } }
extension Int128: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.numeric } }
extension UInt32: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.oid } }
extension Double: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.float8 } }
extension String: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.text } }
extension PostgresBytes: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.bytea } }
extension PostgresDate: PostgresArrayElement { public static var postgresElementType: UInt32 { PostgresTypeID.date } }
extension PostgresTimestamp: PostgresArrayElement {
    public static var postgresElementType: UInt32 { PostgresTypeID.timestamptz }
}
extension PostgresTransactionID: PostgresArrayElement {
    public static var postgresElementType: UInt32 { PostgresTypeID.xid8 }
}
extension PostgresSnapshot: PostgresArrayElement {
    public static var postgresElementType: UInt32 { PostgresTypeID.pgSnapshot }
}
extension PostgresNumeric: PostgresArrayElement {
    public static var postgresElementType: UInt32 { PostgresTypeID.numeric }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {
    public static var postgresElementType: UInt32 { Wrapped.postgresElementType }

    public func append(to writer: inout PostgresArrayWriter) {
        if let self { self.append(to: &writer) } else { writer.appendNull() }
    }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    public var postgresValue: PostgresValue {
        var writer = PostgresArrayWriter(elementType: Element.postgresElementType)
        for element in self { element.append(to: &writer) }
        return writer.value
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        let reader = try PostgresArrayReader(bytes)
        self = []
        reserveCapacity(reader.count)
        for element in reader {
            if let element {
                append(try Element(postgresBinary: element, type: reader.elementType))
            } else {
                append(try Element(postgresNull: reader.elementType))
            }
        }
    }
}
