package import PostgresClient

/// The alerts' memory in the database, which outlives the process and its lead.
package struct AlertLedger: Sendable {
    let connection: PostgresConnection

    package init(connection: PostgresConnection) {
        self.connection = connection
    }

    /// False for an installation from before there were alerts.
    package func isInstalled() async throws -> Bool {
        try await connection.query("SELECT to_regclass('daybook.alert_marks') IS NOT NULL")[0].decode(Bool.self)
    }

    package func load() async throws -> AlertBook {
        var entries: [AlertBook.Key: AlertBook.Entry] = [:]
        let rows = try await connection.query(
            "SELECT rule, subject, phase, since, sent_at, is_event, detail FROM daybook.alerts")
        for row in rows {
            let (rule, subject, phase) = try row.decode(String.self, String.self, String.self)
            let machine = AlertStateMachine(
                phase: AlertStateMachine.Phase(rawValue: phase) ?? .quiet,
                since: try row.decode(PostgresTimestamp.self, at: 3),
                sentAt: try row.decode(PostgresTimestamp?.self, at: 4))
            entries[.init(rule: rule, subject: subject)] = AlertBook.Entry(
                machine: machine, isEvent: try row.decode(Bool.self, at: 5), detail: try row.decode(String.self, at: 6))
        }
        return AlertBook(entries)
    }

    /// Writes what has changed between two states, and marks, in one transaction.
    package func store(_ book: AlertBook, over old: AlertBook, marks: [String: String]) async throws {
        let gone = old.entries.keys.filter { book.entries[$0] == nil }
        let changed = book.entries.filter { old.entries[$0.key] != $0.value }
        guard !gone.isEmpty || !changed.isEmpty || !marks.isEmpty else { return }
        try await connection.withTransaction { connection in
            for key in gone {
                try await connection.query(
                    "DELETE FROM daybook.alerts WHERE rule = $1::text AND subject = $2::text", [key.rule, key.subject],
                    cached: true)
            }
            for (key, entry) in changed {
                try await connection.query(
                    """
                    INSERT INTO daybook.alerts (rule, subject, phase, since, sent_at, is_event, detail)
                    VALUES ($1::text, $2::text, $3::text, $4::timestamptz, $5::timestamptz, $6::boolean, $7::text)
                    ON CONFLICT (rule, subject) DO UPDATE SET phase = EXCLUDED.phase, since = EXCLUDED.since,
                        sent_at = EXCLUDED.sent_at, is_event = EXCLUDED.is_event, detail = EXCLUDED.detail
                    """,
                    [
                        key.rule, key.subject, entry.machine.phase.rawValue, entry.machine.since, entry.machine.sentAt,
                        entry.isEvent, entry.detail,
                    ], cached: true)
            }
            for (name, mark) in marks {
                try await connection.query(
                    """
                    INSERT INTO daybook.alert_marks (name, mark) VALUES ($1::text, $2::text)
                    ON CONFLICT (name) DO UPDATE SET mark = EXCLUDED.mark
                    """, [name, mark], cached: true)
            }
        }
    }

    package func mark(_ name: String) async throws -> String? {
        try await connection.query("SELECT mark FROM daybook.alert_marks WHERE name = $1::text", [name]).first?
            .decode(String.self)
    }
}
