/// One way in which capture can be bypassed, has been bypassed, or cannot be mended, on the database that was examined.
public struct DoctorFinding: Sendable, Hashable, Codable {
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
        /// Something is missed, or nothing can be counted, now or with the next write.
        case error
        /// Something will be missed or go wrong under circumstances that this database has.
        case warning
        /// Worth knowing; nothing has to be done.
        case info
    }

    /// A stable name in kebab case, for example `partition-not-captured`.
    public var check: String
    public var severity: Severity
    /// What it concerns: a table, a role, a rollup, a setting.
    public var subject: String
    /// What was seen, as whole sentences. Holds no value of a row.
    public var evidence: String
    /// What to do, as whole sentences.
    public var remedy: String

    public init(check: String, severity: Severity, subject: String, evidence: String, remedy: String) {
        self.check = check
        self.severity = severity
        self.subject = subject
        self.evidence = evidence
        self.remedy = remedy
    }
}

extension DoctorFinding.Severity: Comparable {
    /// The worst comes first.
    public static func < (left: Self, right: Self) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .error: 0
        case .warning: 1
        case .info: 2
        }
    }
}

extension Sequence<DoctorFinding> {
    /// Whether nothing was found that someone should act on.
    public var isHealthy: Bool {
        allSatisfy { $0.severity == .info }
    }
}
