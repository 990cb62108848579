/// Something that is wrong now.
package struct AlertFinding: Sendable, Hashable {
    /// What it is about, unique within a rule.
    package var subject: String
    /// One line for people.
    package var detail: String
    /// Whether it happened at once and cannot be taken back: it is told once, and never resolved.
    package var isEvent: Bool

    package init(_ subject: String, _ detail: String, isEvent: Bool = false) {
        self.subject = subject
        self.detail = detail
        self.isEvent = isEvent
    }
}
