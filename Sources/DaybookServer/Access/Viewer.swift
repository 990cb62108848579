/// Who asks, as far as this server may tell: decided once per request and passed to whatever answers it.
public enum Viewer: Sendable, Hashable {
    /// Sees the rows whose dimension `user_id` is this subject, and nothing else. The subject is never empty.
    case user(String)
    /// Sees every row, the operations page and the metrics.
    case `operator`

    private var subjectBytes: String.UTF8View? {
        if case .user(let subject) = self { subject.utf8 } else { nil }
    }

    /// By bytes, as Postgres compares texts. Swift's String takes two spellings of one character for the same, and so would show one
    /// user what was kept for another.
    public static func == (left: Viewer, right: Viewer) -> Bool {
        switch (left.subjectBytes, right.subjectBytes) {
        case (nil, nil): true
        case (let left?, let right?): left.elementsEqual(right)
        case (nil, _?), (_?, nil): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        guard let subjectBytes else { return hasher.combine(-1) }
        hasher.combine(subjectBytes.count)
        for byte in subjectBytes { hasher.combine(byte) }
    }
}
