/// What a rule looks at.
package enum AlertCondition: Sendable, Hashable {
    /// A gap that waits for a decision, or has been open for ten minutes.
    case unrepairedGap
    /// A seal has found rows that differed from their sources.
    case sealDrift
    /// The oldest event that is not in the tables is older than this.
    case lag(Duration)
    /// The engine's last turn is longer ago than this: nobody knows how far the numbers are behind.
    case freshness(Duration)
    /// A job's last run, or the last attempt to seal, did not do its work.
    case jobFailed
    /// Another process leads than before.
    case leaderChange
    /// The server's NOTIFY queue is fuller than this, from 0 to 1.
    case notificationQueue(Double)
    /// The file system of the snapshots has less than this left, from 0 to 1.
    case diskFree(Double)
    /// A query: each of its rows is something that is wrong, its first column says what.
    case sql(String, timeout: Duration)

    package static let names = [
        "unrepaired-gap", "seal-drift", "lag", "freshness", "job-failed", "leader-change", "notification-queue",
        "disk-free",
    ]

    /// Why a text is no condition, and what to write.
    package struct ParsingError: Error {
        package let message: String
        package let remedy: String
    }

    /// Reads a name, and for some a comparison: `lag > 30s`, `disk-free < 10%`.
    package init(_ text: String) throws(ParsingError) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        let name = words.first ?? ""
        func plain(_ condition: Self) throws(ParsingError) -> Self {
            guard words.count == 1 else {
                throw ParsingError(
                    message: "\"\(name)\" is compared with nothing", remedy: "Write \"\(name)\" alone.")
            }
            return condition
        }
        switch name {
        case "unrepaired-gap": self = try plain(.unrepairedGap)
        case "seal-drift": self = try plain(.sealDrift)
        case "job-failed": self = try plain(.jobFailed)
        case "leader-change": self = try plain(.leaderChange)
        case "lag": self = .lag(try Self.time(words, example: "30s"))
        case "freshness": self = .freshness(try Self.time(words, example: "1m"))
        case "notification-queue": self = .notificationQueue(try Self.share(words, ">", example: "50%"))
        case "disk-free": self = .diskFree(try Self.share(words, "<", example: "10%"))
        default:
            let meant = NearestName.nearest(to: name, among: Self.names).map { "Did you mean \"\($0)\"? " } ?? ""
            throw ParsingError(
                message: "\"\(name)\" is not a condition",
                remedy: "\(meant)The conditions are \(Self.names.commaSeparated); anything else is a query: \"sql:\".")
        }
    }

    private static func time(_ words: [String], example: String) throws(ParsingError) -> Duration {
        guard words.count == 3, words[1] == ">", let time = DefinitionReader.duration(words[2]), time > .zero else {
            throw ParsingError(
                message: "\"\(words.joined(separator: " "))\" does not say how long is too long",
                remedy: "Write \"\(words[0]) > \(example)\".")
        }
        return time
    }

    private static func share(
        _ words: [String], _ sign: String, example: String
    ) throws(ParsingError) -> Double {
        guard words.count == 3, words[1] == sign, words[2].hasSuffix("%"),
            let percent = Double(words[2].dropLast()), percent > 0, percent < 100
        else {
            throw ParsingError(
                message: "\"\(words.joined(separator: " "))\" does not say how much is too much",
                remedy: "Write \"\(words[0]) \(sign) \(example)\".")
        }
        return percent / 100
    }
}
