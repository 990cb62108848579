import PostgresClient

/// Which expressions call functions whose results are up to the locale of the database, and so to the version of the
/// library behind it. Read off the parsed form of the event functions, not off the text.
struct LocaleDependence {
    static let check = "locale-dependent"

    private let events: [(subject: String, function: EventFunction)]

    init(_ rollups: [Rollup]) {
        events = rollups.enumerated().flatMap { index, rollup in
            rollup.events.indices.map { event in
                // An id that no installed rollup has.
                let id = Int32.max - Int32(index)
                return (
                    "\(rollup.name) \(rollup.events[event].name)",
                    EventFunction(rollup: rollup, rollupID: id, eventIndex: event)
                )
            }
        }
    }

    func look(on connection: PostgresConnection, _ findings: inout DoctorFindings) async throws {
        for (subject, function) in events {
            let name = String(function.name.dropFirst("daybook.".count))
            try await connection.execute(TemporaryFunction.statement(from: function.createStatement, name: name))
            let tree = try await connection.query(
                "SELECT prosqlbody::text FROM pg_proc WHERE pronamespace = pg_my_temp_schema() AND proname = $1", [name]
            )[0].decode(String.self)
            let calls = CollatedCall.all(in: tree)
            let used = try await connection.query(Self.sql, [calls.map(\.function), calls.map(\.collation)]).map {
                try $0.decode(String.self)
            }
            guard !used.isEmpty else { continue }
            findings.add(
                .info, subject,
                "Its expressions use \(used.commaSeparated), whose results may change with an upgrade of the server's "
                    + "locale "
                    + "library (glibc or ICU).",
                remedy: "Write COLLATE \"C\" at their arguments, or run `daybook verify` after such an upgrade."
            )
        }
    }

    /// The functions out of `$1` that depend on the collation beside them in `$2`, unless that one never changes.
    private static let sql = """
        SELECT DISTINCT p.oid::regprocedure::text
        FROM unnest($1::oid[], $2::oid[]) AS call (function, locale)
        JOIN pg_proc AS p ON p.oid = call.function
        LEFT JOIN pg_collation AS l ON l.oid = call.locale
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ \(dependent.quotedLiteral)
          AND call.locale <> 0 AND coalesce(l.collcollate, '') NOT IN ('C', 'POSIX')
          AND NOT (l.collname = 'default' AND EXISTS (
                SELECT FROM pg_database WHERE datname = current_database()
                  AND (datcollate IN ('C', 'POSIX') AND datctype IN ('C', 'POSIX') AND datlocprovider = 'c'
                       OR datlocprovider = 'b')
              ))
        ORDER BY 1
        """

    private static let dependent =
        "^(lower|upper|initcap|casefold|to_char|(text|bpchar)_?(lt|le|gt|ge|larger|smaller|cmp)"
        + "|(text|name|bpchar)ic(n?like|regexeq|regexne)|bt(text|bpchar)cmp)$"
}

/// A function that an expression calls, by whatever syntax, and the collation that it works under (0 for none).
struct CollatedCall: Sendable, Hashable {
    var function: UInt32
    var collation: UInt32

    private static let textLarger: UInt32 = 458

    /// - Parameter tree: the text of a `pg_node_tree`.
    static func all(in tree: String) -> [CollatedCall] {
        tree.split(separator: "{").compactMap { node in
            let words = node.split(separator: " ")
            func number(after label: Substring) -> UInt32? {
                words.firstIndex(of: label).flatMap { $0 + 1 < words.count ? UInt32(words[$0 + 1]) : nil }
            }
            // GREATEST and LEAST name no function; they compare as text_larger does.
            let comparison = words.first == "MINMAXEXPR" ? textLarger : nil
            guard let function = number(after: ":funcid") ?? number(after: ":opfuncid") ?? comparison,
                let collation = number(after: ":inputcollid")
            else { return nil }
            return CollatedCall(function: function, collation: collation)
        }
    }
}
