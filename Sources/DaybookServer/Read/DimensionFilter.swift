import Daybook

/// Rows of one value of one dimension.
struct DimensionFilter: Sendable {
    let dimension: Rollup.Dimension
    /// In the text form that Postgres gives the dimension's values; nil selects null.
    let value: String?

    /// Whether a row of the given key passes; equality is that of bytes, as everywhere with keys.
    func accepts(_ key: RowKey, of rollup: Rollup) -> Bool {
        guard let wanted = rollup.dimensions.firstIndex(where: { $0.name == dimension.name }) else { return false }
        var index = 0
        var accepted = false
        key.forEachValue { bytes in
            if index == wanted {
                switch (bytes, value) {
                case (nil, nil): accepted = true
                case (let bytes?, let value?): accepted = bytes.elementsEqual(value.utf8)
                default: accepted = false
                }
            }
            index += 1
        }
        return accepted
    }
}

extension DimensionFilter: Hashable {
    static func == (left: DimensionFilter, right: DimensionFilter) -> Bool {
        left.dimension == right.dimension && left.value.map { Array($0.utf8) } == right.value.map { Array($0.utf8) }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(dimension)
        hasher.combine(value.map { Array($0.utf8) })
    }
}

extension Rollup.Dimension {
    /// The type that a filter's value is compared in: without a length, which would cut the value short.
    var comparisonType: String { isText ? "text" : type }

    /// Whether values are text to a spreadsheet, which may take some of it for a formula.
    var isText: Bool { type == "text" || type.hasPrefix("character") || type == "name" || type == "\"char\"" }

    /// Whether JSON shows values as numbers.
    var integerRange: ClosedRange<Int64>? {
        switch type {
        case "smallint": Int64(Int16.min)...Int64(Int16.max)
        case "integer": Int64(Int32.min)...Int64(Int32.max)
        case "bigint": Int64.min...Int64.max
        default: nil
        }
    }
}
