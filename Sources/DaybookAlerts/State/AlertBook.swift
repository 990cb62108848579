package import Daybook
package import PostgresClient

/// The state of every subject of every rule, and what follows from a look at one.
package struct AlertBook: Sendable {
    package struct Key: Sendable, Hashable {
        package var rule: String
        package var subject: String

        package init(rule: String, subject: String) {
            self.rule = rule
            self.subject = subject
        }
    }

    package struct Entry: Sendable, Hashable {
        package var machine: AlertStateMachine
        package var isEvent: Bool
        package var detail: String

        package init(machine: AlertStateMachine, isEvent: Bool, detail: String) {
            self.machine = machine
            self.isEvent = isEvent
            self.detail = detail
        }
    }

    package private(set) var entries: [Key: Entry]
    /// Subjects kept for one rule; beyond, new ones are told of as one.
    static let subjectLimit = 200
    /// The subject of a rule that could not be looked at.
    static let blindSubject = "this rule"

    package init(_ entries: [Key: Entry] = [:]) {
        self.entries = entries
    }

    /// A look at a rule that worked.
    /// - Returns: one message for all that began, one for all that goes on, one for all that ended; none for nothing new.
    package mutating func observe(
        _ findings: [AlertFinding], of rule: AlertRule, at now: PostgresTimestamp
    ) -> [AlertMessage] {
        var present: [String: AlertFinding] = [:]
        let known = Set(entries.keys.lazy.filter { $0.rule == rule.name }.map(\.subject))
        for finding in findings where present[finding.subject] == nil {
            if known.contains(finding.subject) || present.count < Self.subjectLimit {
                present[finding.subject] = finding
            }
        }
        return update(known.union(present.keys), present, of: rule, at: now)
    }

    /// A look at a rule that failed: what it last found stays as it is, and the failure itself is told.
    package mutating func observe(
        failure: String, of rule: AlertRule, at now: PostgresTimestamp
    ) -> [AlertMessage] {
        let finding = AlertFinding(Self.blindSubject, "It cannot be looked at: \(failure)")
        return update([finding.subject], [finding.subject: finding], of: rule, at: now)
    }

    /// Forgets rules that are no longer declared.
    package mutating func retain(_ rules: [AlertRule]) {
        let names = Set(rules.map(\.name))
        entries = entries.filter { names.contains($0.key.rule) }
    }

    private mutating func update(
        _ subjects: Set<String>, _ present: [String: AlertFinding], of rule: AlertRule, at now: PostgresTimestamp
    ) -> [AlertMessage] {
        var told: [AlertStateMachine.Action: [AlertMessage.Line]] = [:]
        for subject in subjects.sorted() {
            let key = Key(rule: rule.name, subject: subject)
            let finding = present[subject]
            var entry =
                entries[key]
                ?? Entry(machine: AlertStateMachine(since: now), isEvent: finding?.isEvent ?? false, detail: "")
            if let finding {
                entry.isEvent = finding.isEvent
                entry.detail = finding.detail
            }
            let action = entry.machine.observe(isWrong: finding != nil, isEvent: entry.isEvent, at: now, by: rule)
            if let action { told[action, default: []].append(.init(subject: subject, detail: entry.detail)) }
            entries[key] = entry.machine.isForgettable(at: now, by: rule) ? nil : entry
        }
        return [AlertStateMachine.Action.fire, .remind, .resolve].compactMap { action in
            told[action].map { AlertMessage(action, rule: rule.name, lines: $0, at: now) }
        }
    }
}
