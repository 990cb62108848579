import PostgresClient

/// A trigger of ours as it should be, or as it is.
struct CaptureTriggerState: Sendable, Hashable {
    var name: String
    var function: String
    /// As `pg_trigger.tgenabled` has it.
    var enabled: String
    /// As `pg_trigger.tgtype` has it.
    var type: Int
    var oldTable: String?
    var newTable: String?
    /// WHEN, a list of columns, or DEFERRABLE.
    var hasConditions: Bool

    /// What fires it, in words.
    var operations: String {
        let names = [(4, "INSERT"), (16, "UPDATE"), (8, "DELETE"), (32, "TRUNCATE")].filter { type & $0.0 != 0 }
        return names.map(\.1).joined(separator: " or ")
    }

    /// On a table that a lookup joins to its source.
    static func wantedLookup(_ operation: CaptureFunction.Operation, table: UInt32) -> CaptureTriggerState {
        var state = wanted(operation, source: table)
        state.name = "daybook_lookup_\(operation.rawValue)"
        state.function = "lookup_\(table)_\(operation.rawValue)"
        return state
    }

    /// On either table of a lookup: before each INSERT, UPDATE and DELETE.
    static func wantedBracket(_ side: StatementBracket.Side) -> CaptureTriggerState {
        CaptureTriggerState(
            name: StatementBracket.triggerName(side), function: StatementBracket.beginName, enabled: "A",
            type: 2 + 4 + 8 + 16, oldTable: nil, newTable: nil, hasConditions: false
        )
    }

    static func wanted(_ operation: CaptureFunction.Operation, source: UInt32) -> CaptureTriggerState {
        // After each statement, and the bit of the operation.
        let type =
            switch operation {
            case .insert: 4
            case .delete: 8
            case .update: 16
            case .truncate: 32
            }
        return CaptureTriggerState(
            name: "daybook_\(operation.rawValue)", function: "capture_\(source)_\(operation.rawValue)", enabled: "A",
            type: type, oldTable: operation == .update || operation == .delete ? "deleted" : nil,
            newTable: operation == .update || operation == .insert ? "inserted" : nil, hasConditions: false
        )
    }

    /// Those on the tables, by the table's oid.
    static func read(
        on tables: [UInt32], through connection: PostgresConnection
    ) async throws -> [UInt32: [CaptureTriggerState]] {
        var states: [UInt32: [CaptureTriggerState]] = [:]
        let rows = try await connection.query(
            """
            SELECT t.tgrelid, t.tgname::text, p.proname::text, t.tgenabled::text, t.tgtype::integer,
                t.tgoldtable::text, t.tgnewtable::text, t.tgqual IS NOT NULL OR t.tgattr::text <> '' OR t.tgdeferrable
            FROM pg_trigger AS t
            JOIN pg_proc AS p ON p.oid = t.tgfoid
            WHERE t.tgrelid = ANY ($1::oid[]) AND NOT t.tgisinternal
              AND p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'daybook')
            """, [tables])
        for row in rows {
            let (table, name, function, enabled, type, oldTable, newTable, hasConditions) = try row.decode(
                UInt32.self, String.self, String.self, String.self, Int.self, String?.self, String?.self, Bool.self)
            states[table, default: []].append(
                CaptureTriggerState(
                    name: name, function: function, enabled: enabled, type: type, oldTable: oldTable,
                    newTable: newTable, hasConditions: hasConditions
                )
            )
        }
        return states
    }

    func judge(against wanted: CaptureTriggerState, on table: QualifiedName, _ findings: inout DoctorFindings) {
        let remedy = "Run `daybook install`; what was missed meanwhile is then compared with the source."
        switch enabled {
        case "A": break
        case "D":
            findings.add(
                .error, table.description, "Its trigger \(name) is disabled: what it stands for is not captured.",
                remedy: remedy, as: "trigger-disabled")
        case "R":
            findings.add(
                .error, table.description, "Its trigger \(name) fires for replicated changes only.", remedy: remedy,
                as: "trigger-disabled")
        default:
            findings.add(
                .warning, table.description,
                "Its trigger \(name) does not fire in sessions whose session_replication_role is replica; install "
                    + "made it "
                    + "ALWAYS, and ENABLE TRIGGER USER makes it so.", remedy: remedy, as: "trigger-altered")
        }
        var shape = self
        shape.enabled = wanted.enabled
        if shape != wanted {
            findings.add(
                .error, table.description, "Its trigger \(name) is not the one that install created.",
                remedy:
                    "Drop it (DROP TRIGGER \(name) ON \(table.sql)), run `daybook install`, and then `daybook verify`.",
                as: "trigger-altered")
        }
    }
}
