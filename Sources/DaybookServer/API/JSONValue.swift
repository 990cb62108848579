import Daybook
import PostgresClient

/// JSON to be sent: members keep their order, and what Postgres has already written as JSON goes in as it is.
indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number of seconds, to the thousandth.
    case seconds(Double)
    case string(String)
    case array([JSONValue])
    case object([(String, JSONValue)])
    /// Valid JSON text.
    case raw(String)

    static func string(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func integer(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }
    static func day(_ day: PostgresDate?) -> JSONValue { day.map { .string("\($0)") } ?? .null }
    static func time(_ time: PostgresTimestamp?) -> JSONValue { time.map { .string($0.iso8601) } ?? .null }

    var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .seconds(let value): text += value.isFinite ? "\((value * 1000).rounded() / 1000)" : "null"
        case .string(let value): text += Breakdown.quoted(value)
        case .raw(let value): text += value
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                text += Breakdown.quoted(member.0)
                text += ":"
                member.1.write(to: &text)
            }
            text += "}"
        }
    }
}

extension PostgresTimestamp {
    /// `2026-11-23T17:00:00.123Z`, cut to the millisecond.
    var iso8601: String {
        guard isFinite else { return description }
        let cut = microsecondsSince2000 - ((microsecondsSince2000 % 1000) + 1000) % 1000
        let (day, clock) = PostgresTimestamp(microsecondsSince2000: cut).parts
        return "\(day)T\(clock)Z"
    }

    private var parts: (day: String, clock: String) {
        let words = description.split(separator: " ")
        let time = words[1].split(separator: "+")[0].split(separator: ".")
        let fraction = time.count > 1 ? String(time[1]) : ""
        return (String(words[0]), "\(time[0]).\(fraction)\(String(repeating: "0", count: max(0, 3 - fraction.count)))")
    }
}
