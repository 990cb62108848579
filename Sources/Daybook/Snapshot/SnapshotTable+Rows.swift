import Foundation
import GRDB
import PostgresClient

/// Rows as SQLite's values, and back.
extension SnapshotTable {
    /// The values of the key's columns.
    /// - Throws: ``SnapshotError/Code/cannotHold`` for a key that would not come back as it is.
    func values(of key: RowKey, day: String) throws -> [DatabaseValue] {
        var values: [DatabaseValue] = []
        var failure: SnapshotError?
        key.forEachValue { bytes in
            guard values.count < rollup.dimensions.count, failure == nil else { return }
            do throws(SnapshotError) {
                values.append(try value(bytes, ofDimension: values.count))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard values.count == rollup.dimensions.count else {
            throw SnapshotError(
                .cannotHold, "A key of \(rollup.name) does not have the rollup's dimensions. Report this.")
        }
        return values + [day.databaseValue]
    }

    /// The values of the measures' columns.
    /// - Throws: ``SnapshotError/Code/cannotHold`` for a number beyond 64 bits.
    func values(of row: RollupRow) throws -> [DatabaseValue] {
        guard row.sums.count == sumCount, row.labelCounts.count == labelCount,
            row.extremes.count == rollup.extremes.count, row.distincts.count == rollup.distincts.count
        else {
            throw SnapshotError(
                .cannotHold, "A row of \(rollup.name) does not have the rollup's measures. Report this.")
        }
        var sums = row.sums.makeIterator()
        var breakdowns = row.labelCounts.indices.makeIterator()
        var extremes = row.extremes.makeIterator()
        var sets = row.distincts.makeIterator()
        var values: [DatabaseValue] = []
        for measure in rollup.measures {
            switch measure.kind {
            case .count: values.append(try value(row.count, of: measure))
            case .sum: values.append(try value(sums.next() ?? 0, of: measure))
            case .decimalSum(let format): values.append(format.text(ofUnits: sums.next() ?? 0).databaseValue)
            case .min(let type), .max(let type):
                values.append(SnapshotValue.value((extremes.next() ?? nil).map(\.rank), of: type))
            case .first, .last:
                let extreme = extremes.next() ?? nil
                values.append(
                    try extreme.map { try $0.text.withUnsafeBytes { try text($0, of: measure.name) } }?.databaseValue
                        ?? .null)
                values.append(extreme?.rank.databaseValue ?? .null)
            case .distinct:
                let set = sets.next() ?? .empty
                values += [set.count.databaseValue, Data(set.sketch).databaseValue]
            case .countBy(let label):
                let index = breakdowns.next() ?? 0
                for case let bytes? in row.labelCounts[index].keys.map(\.bytes) {
                    _ = try bytes.withUnsafeBytes { try text($0, of: measure.name) }
                }
                let ranking = row.ranking(of: index).filter { $0.count != 0 }
                values.append(Breakdown.json(ranking, label: label).databaseValue)
            }
        }
        return values
    }

    /// Reads ``selectAll``'s columns.
    /// - Throws: ``SnapshotRefusal/Reason/altered(_:)``.
    func decode(_ row: Row, day: String) throws(SnapshotRefusal.Reason) -> (key: RowKey, row: RollupRow) {
        let dimensions = areIntegers.count
        var key: [String?] = []
        key.reserveCapacity(dimensions)
        for index in 0..<dimensions {
            switch (row[index] as DatabaseValue).storage {
            case .null where areNullable[index]: key.append(nil)
            case .int64(let number) where areIntegers[index]: key.append(String(number))
            case .string(let text) where !areIntegers[index]: key.append(text)
            default: throw .altered("a dimension holds a value that is not of its type")
            }
        }
        guard case .string(day) = (row[dimensions] as DatabaseValue).storage else {
            throw .altered("a row is of another day")
        }
        return (RowKey(key), try measures(row, from: dimensions + 1))
    }

    private func measures(_ row: Row, from first: Int) throws(SnapshotRefusal.Reason) -> RollupRow {
        var count: Int128?
        var sums: [Int128] = []
        var labelCounts: [[Label: Int128]] = []
        var extremes: [RankedValue?] = []
        var distincts: [DistinctSet] = []
        sums.reserveCapacity(sumCount)
        var column = first
        for shape in shapes {
            let value = (row[column] as DatabaseValue).storage
            let second = shape.types.count == 2 ? (row[column + 1] as DatabaseValue).storage : nil
            column += shape.types.count
            switch (shape, value) {
            case (.count, .int64(let number)):
                guard count ?? Int128(number) == Int128(number) else { throw .altered("the counts of a row differ") }
                count = Int128(number)
            case (.sum, .int64(let number)): sums.append(Int128(number))
            case (.decimal(let format), .string(let text)):
                guard let units = format.units(inText: text) else { throw .altered("a sum cannot be read") }
                sums.append(units)
            case (.countBy, .string(let json)):
                let label = rollup.labels[labelCounts.count]
                guard let counts = Breakdown.counts(json: json, label: label) else {
                    throw .altered("a breakdown cannot be read")
                }
                labelCounts.append(counts)
            case (.extreme(let type), _):
                guard let rank = SnapshotValue.rank(of: value, as: type) else {
                    throw .altered("an extreme cannot be read")
                }
                extremes.append(rank.map { RankedValue(rank: $0) })
            case (.dated, .null) where second == .null: extremes.append(nil)
            case (.dated, .string(let text)):
                guard case .int64(let rank) = second else { throw .altered("a value has no time") }
                extremes.append(RankedValue(rank: rank, text: Array(text.utf8)))
            case (.distinct, .int64(let number)):
                guard case .blob(let bytes) = second, let set = DistinctSet(sketch: bytes), set.count == number else {
                    throw .altered("a set cannot be read")
                }
                distincts.append(set)
            default: throw .altered("a measure holds a value that is not of its type")
            }
        }
        return RollupRow(
            count: count ?? 0, sums: sums, labelCounts: labelCounts, extremes: extremes, distincts: distincts)
    }

    private func value(
        _ bytes: UnsafeRawBufferPointer?, ofDimension index: Int
    ) throws(SnapshotError) -> DatabaseValue {
        let dimension = rollup.dimensions[index]
        guard let bytes else {
            guard dimension.isNullable else {
                throw SnapshotError(.cannotHold, "A key of \(rollup.name) is null in \(dimension.name). Report this.")
            }
            return .null
        }
        let text = try text(bytes, of: dimension.name)
        guard areIntegers[index] else { return text.databaseValue }
        guard let number = Int64(text), String(number).utf8.elementsEqual(bytes) else {
            throw SnapshotError(
                .cannotHold, "A key of \(rollup.name) is no \(dimension.type) in \(dimension.name). Report this."
            )
        }
        return number.databaseValue
    }

    private func value(_ number: Int128, of measure: Rollup.Measure) throws(SnapshotError) -> DatabaseValue {
        guard let stored = Int64(exactly: number) else {
            throw SnapshotError(
                .cannotHold,
                "A row of \(rollup.name) is beyond 64 bits in \(measure.name): its key belongs to the parked."
            )
        }
        return stored.databaseValue
    }

    /// SQLite's texts end at a NUL, and come back as UTF-8. Postgres has neither in its texts.
    private func text(_ bytes: UnsafeRawBufferPointer, of column: String) throws(SnapshotError) -> String {
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw SnapshotError(
                .cannotHold, "A text of \(rollup.name) in \(column) is not UTF-8 without NUL, as Postgres sends it."
            )
        }
        return text
    }
}
