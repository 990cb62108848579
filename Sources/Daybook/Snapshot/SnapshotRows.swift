import GRDB
import PostgresClient

/// The rows of a snapshot file as text.
public enum SnapshotRows {
    /// CSV with a header, by RFC 4180: dimensions, day, counts, sums, breakdowns as JSON.
    /// - Throws: ``SnapshotRefusal`` when the file is damaged or of none of the rollups.
    public static func csv(ofFile path: String, as rollups: [Rollup]) throws -> [String] {
        let folder = path.split(separator: "/").dropLast().last.map(String.init) ?? ""
        let candidates = rollups.filter { SnapshotPath.folderName(of: $0.name) == folder } + rollups
        var refusal: (any Error)?
        for rollup in candidates {
            do {
                return try lines(of: path, as: rollup)
            } catch let error as SnapshotRefusal {
                refusal = refusal ?? error
            }
        }
        throw refusal ?? SnapshotRefusal(path: path, reason: .misplaced("there is no rollup that it could belong to"))
    }

    private static func lines(of path: String, as rollup: Rollup) throws -> [String] {
        var rows: [(key: RowKey, row: RollupRow)] = []
        let stamp = try SnapshotStore(directory: ".").loadFile(path, as: rollup) { rows += $0 }
        let header = rollup.dimensions.map(\.name) + ["day"] + rollup.measures.flatMap(\.columns).map(\.name)
        return [header.map(field).joined(separator: ",")]
            + rows.map { key, row in
                (key.values.map { $0.map(field) ?? "" } + [field("\(stamp.day)")] + measures(of: row, in: rollup))
                    .joined(separator: ",")
            }
    }

    private static func measures(of row: RollupRow, in rollup: Rollup) -> [String] {
        var sums = row.sums.makeIterator()
        var labels = rollup.labels.indices.makeIterator()
        var extremes = row.extremes.makeIterator()
        var sets = row.distincts.makeIterator()
        return rollup.measures.flatMap { measure -> [String] in
            switch measure.kind {
            case .count: return ["\(row.count)"]
            case .sum, .decimalSum: return [measure.text(ofUnits: sums.next() ?? 0)]
            case .countBy(let label):
                return [field(Breakdown.json(row.ranking(of: labels.next() ?? 0), label: label))]
            case .min(let type), .max(let type):
                return [(extremes.next() ?? nil).map { Self.text(ofRank: $0.rank, of: type) } ?? ""]
            case .first, .last:
                guard let extreme = extremes.next() ?? nil else { return ["", ""] }
                let text = String(decoding: extreme.text, as: UTF8.self)
                return [field(text), Self.text(ofRank: extreme.rank, of: .timestampWithTimeZone)]
            case .distinct:
                let set = sets.next() ?? .empty
                return [
                    "\(set.count)", "\\x" + set.sketch.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
                ]
            }
        }
    }

    private static func text(ofRank rank: Int64, of type: OrderedType) -> String {
        switch type {
        case .timestamp, .timestampWithTimeZone: "\(PostgresTimestamp(microsecondsSince2000: rank))"
        default: String.fromDatabaseValue(SnapshotValue.value(rank, of: type)) ?? "\(rank)"
        }
    }

    private static func field(_ text: String) -> String {
        guard text.isEmpty || text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
