import Crypto
import PostgresClient

/// The stamp as the rows of `meta`, under a digest of their own: a flipped bit in the cursor would lose events.
extension SnapshotStamp {
    /// The `meta` table's keys and values.
    var meta: [String: String] {
        var meta = [
            "format_version": String(formatVersion),
            "rollup": rollup,
            "day": day.description,
            "definition_digest": definitionDigest,
            "cursor": moment.cursor.description,
            "flush": String(moment.flush),
            "flush_id": moment.flushID,
            "rows": String(rows),
            "content_digest": contentDigest,
        ]
        meta["sealed_revision"] = sealedRevision.map(String.init)
        meta[Self.ownDigest] = Self.digest(of: meta)
        return meta
    }

    /// Reads the `meta` table's keys and values.
    /// - Throws: a newer format before anything else is looked at, then whatever does not fit.
    init(meta: [String: String]) throws(SnapshotRefusal.Reason) {
        guard let version = meta["format_version"].flatMap({ Int($0) }), version > 0 else {
            throw .altered("its stamp has no format version")
        }
        guard version <= Self.currentFormat else { throw .newerFormat(version) }
        var stamped = meta
        guard let digest = stamped.removeValue(forKey: Self.ownDigest), digest == Self.digest(of: stamped) else {
            throw .altered("its stamp does not match the stamp's digest")
        }
        guard let rollup = meta["rollup"], let day = meta["day"].flatMap({ PostgresDate($0) }), day.isFinite,
            let definitionDigest = meta["definition_digest"],
            let cursor = meta["cursor"].flatMap({ PostgresSnapshot($0) }),
            let flush = meta["flush"].flatMap({ Int64($0) }), let flushID = meta["flush_id"],
            let rows = meta["rows"].flatMap({ Int($0) }), rows >= 0,
            let contentDigest = meta["content_digest"], ContentDigest(hex: contentDigest, day: day) != nil
        else { throw .altered("a part of its stamp is missing or cannot be read") }
        formatVersion = version
        self.rollup = rollup
        self.day = day
        self.definitionDigest = definitionDigest
        moment = SnapshotMoment(cursor: cursor, flush: flush, flushID: flushID)
        self.rows = rows
        self.contentDigest = contentDigest
        sealedRevision = meta["sealed_revision"].flatMap { Int($0) }
    }

    private static let ownDigest = "stamp_digest"

    private static func digest(of meta: [String: String]) -> String {
        let lines = meta.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        let text = lines.map { "\($0.key.utf8.count) \($0.key) \($0.value.utf8.count) \($0.value)\n" }.joined()
        return SHA256.hash(data: Array(text.utf8)).hexadecimal
    }
}
