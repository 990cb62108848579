/// A `pg_snapshot`: which transactions had finished at one instant.
public struct PostgresSnapshot: Sendable, Hashable {
    /// Every transaction below has finished.
    public private(set) var xmin: PostgresTransactionID
    /// No transaction from here on had finished.
    public private(set) var xmax: PostgresTransactionID
    /// Those between that had not, ascending, each once.
    public private(set) var inProgress: [PostgresTransactionID]

    /// Nil unless `0 < xmin <= xmax` and `inProgress` ascends within `xmin..<xmax`, as Postgres demands it.
    public init?(xmin: PostgresTransactionID, xmax: PostgresTransactionID, inProgress: [PostgresTransactionID]) {
        guard xmin.rawValue > 0, xmin <= xmax else { return nil }
        var last: PostgresTransactionID?
        for xid in inProgress {
            guard xid >= xmin, xid < xmax, last.map({ $0 < xid }) ?? true else { return nil }
            last = xid
        }
        self.xmin = xmin
        self.xmax = xmax
        self.inProgress = inProgress
    }

    /// Whether the effects of a committed transaction are visible in this snapshot.
    public func sees(_ xid: PostgresTransactionID) -> Bool {
        if xid < xmin { return true }
        guard xid < xmax else { return false }
        var low = 0
        var high = inProgress.count
        while low < high {
            let middle = (low + high) / 2
            if inProgress[middle] < xid { low = middle + 1 } else { high = middle }
        }
        return low == inProgress.count || inProgress[low] != xid
    }
}

extension PostgresSnapshot: CustomStringConvertible {
    /// As Postgres prints it: `10:20:10,14`.
    public var description: String {
        "\(xmin):\(xmax):" + inProgress.map(\.description).joined(separator: ",")
    }

    /// Reads what ``description`` and Postgres write; nil for everything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let xmin = PostgresTransactionID(parts[0]), let xmax = PostgresTransactionID(parts[1])
        else { return nil }
        var inProgress: [PostgresTransactionID] = []
        if !parts[2].isEmpty {
            for part in parts[2].split(separator: ",", omittingEmptySubsequences: false) {
                guard let xid = PostgresTransactionID(part) else { return nil }
                inProgress.append(xid)
            }
        }
        self.init(xmin: xmin, xmax: xmax, inProgress: inProgress)
    }
}

extension PostgresSnapshot: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + 8 * inProgress.count)
        bytes.append(bigEndian: Int32(inProgress.count))
        for xid in [xmin, xmax] + inProgress { bytes.append(bigEndian: xid.rawValue) }
        return PostgresValue(type: PostgresTypeID.pgSnapshot, bytes: bytes)
    }

    /// Reads `pg_snapshot`, and the types sent as text.
    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        guard type == PostgresTypeID.pgSnapshot else {
            let text = try String(postgresBinary: bytes, type: type)
            guard let snapshot = PostgresSnapshot(text) else { throw PostgresError.malformed(type, as: Self.self) }
            self = snapshot
            return
        }
        guard bytes.count >= 20, bytes.count == 20 + 8 * Int(bytes.integer(as: UInt32.self)) else {
            throw PostgresError.malformed(type, as: Self.self)
        }
        let ids = stride(from: 4, to: bytes.count, by: 8).map {
            PostgresTransactionID(rawValue: bytes.integer(at: $0))
        }
        guard let snapshot = PostgresSnapshot(xmin: ids[0], xmax: ids[1], inProgress: Array(ids[2...])) else {
            throw PostgresError.malformed(type, as: Self.self)
        }
        self = snapshot
    }
}
