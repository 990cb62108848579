/// One of the five fields of a cron schedule: which values it allows.
struct CronField: Sendable, Hashable {
    /// Which values are allowed, as bits.
    private(set) var values: UInt64 = 0
    /// Whether it begins with a star: then a day must also satisfy the other field of days (`cron(5)` of Vixie).
    private(set) var isStarred = false

    enum Kind: String, CaseIterable, Sendable {
        case minute, hour
        case dayOfMonth = "day of month"
        case month
        case dayOfWeek = "day of week"

        /// What may be written; Sunday is 0 and 7.
        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .dayOfMonth: 1...31
            case .month: 1...12
            case .dayOfWeek: 0...7
            }
        }

        /// Names of values, from the smallest value on.
        var names: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            default: []
            }
        }
    }

    /// Reads stars, numbers, names, ranges, steps and lists of them.
    init(_ text: Substring, _ kind: Kind) throws(CronSchedule.ParsingError) {
        isStarred = text.hasPrefix("*")
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            let isRange = pieces[0] == "*" || pieces[0].contains("-")
            let range = try Self.range(pieces[0], kind)
            guard pieces.count > 1 else {
                for value in range { insert(value, kind) }
                continue
            }
            guard pieces.count == 2, let step = Self.number(pieces[1]), step > 0 else {
                throw .init("\"\(part)\" has no step above 0 (\(kind.rawValue))", "Write it as */5 or 10-50/5.")
            }
            guard isRange else {
                throw .init(
                    "the step of \"\(part)\" stands behind a single value (\(kind.rawValue))",
                    "Write a range: \(pieces[0])-\(kind.range.upperBound)/\(step).")
            }
            for value in stride(from: range.lowerBound, through: range.upperBound, by: step) { insert(value, kind) }
        }
    }

    func allows(_ value: Int) -> Bool { values & (1 << UInt64(value)) != 0 }

    private mutating func insert(_ value: Int, _ kind: Kind) {
        values |= 1 << UInt64(kind == .dayOfWeek ? value % 7 : value)
    }

    private static func range(
        _ text: Substring, _ kind: Kind
    ) throws(CronSchedule.ParsingError) -> ClosedRange<Int> {
        if text == "*" { return kind == .dayOfWeek ? 0...6 : kind.range }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else {
            throw .init("\"\(text)\" is not a range (\(kind.rawValue))", "Write it as 1-5.")
        }
        let first = try value(ends[0], kind)
        guard ends.count == 2 else { return first...first }
        var last = try value(ends[1], kind)
        // A week that ends on Sunday.
        if kind == .dayOfWeek, last == 0, first > 0 { last = 7 }
        guard first <= last else {
            throw .init(
                "the range \"\(text)\" ends before it begins (\(kind.rawValue))",
                "Write two ranges, the later values first: 22-23,0-5.")
        }
        return first...last
    }

    private static func value(_ text: Substring, _ kind: Kind) throws(CronSchedule.ParsingError) -> Int {
        if let index = kind.names.firstIndex(of: text.lowercased()) { return kind.range.lowerBound + index }
        let names = kind.names.isEmpty ? "" : ", or a name from \(kind.names.first!) to \(kind.names.last!)"
        let remedy =
            "The \(kind.rawValue) is a number from \(kind.range.lowerBound) to \(kind.range.upperBound)\(names)."
        guard let number = number(text) else {
            throw .init(
                text.isEmpty
                    ? "a value is missing (\(kind.rawValue))" : "\"\(text)\" is no value of the \(kind.rawValue)",
                remedy)
        }
        guard kind.range.contains(number) else {
            throw .init("\(number) is out of range (\(kind.rawValue))", remedy)
        }
        return number
    }

    /// Digits only, and not many.
    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
