import PostgresClient

/// The functions that install created, as they stand, against what their recorded statements create.
///
/// The statements are run again for temporary functions, so that both sides have been through the same parser.
struct FunctionComparison {
    static let check = "function-altered"

    private let statements: [(name: String, create: String)]

    /// - Parameter objects: the statements by name, as in `daybook.objects`.
    init(_ objects: [String: String]) {
        statements = objects.filter { !$0.key.hasPrefix("trigger ") }.sorted { $0.key < $1.key }
            .map { ($0.key, TemporaryFunction.statement(from: $0.value, name: $0.key)) }
    }

    private static let sql = """
        SELECT wanted.proname::text, ours.oid IS NULL,
            (ours.prosrc, pg_get_function_sqlbody(ours.oid), ours.prosecdef, ours.proconfig, ours.provolatile,
             ours.proparallel, ours.proisstrict, ours.prolang)
            IS DISTINCT FROM
            (wanted.prosrc, pg_get_function_sqlbody(wanted.oid), wanted.prosecdef, wanted.proconfig, wanted.provolatile,
             wanted.proparallel, wanted.proisstrict, wanted.prolang)
        FROM pg_proc AS wanted
        LEFT JOIN pg_proc AS ours
            ON ours.proname = wanted.proname AND ours.proargtypes = wanted.proargtypes
            AND ours.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'daybook')
        WHERE wanted.pronamespace = pg_my_temp_schema() AND wanted.proname = ANY ($1::text[])
        ORDER BY 1
        """

    func look(on connection: PostgresConnection, _ findings: inout DoctorFindings) async throws {
        for statement in statements { try await connection.execute(statement.create) }
        for row in try await connection.query(Self.sql, [statements.map(\.name)]) {
            let (name, isMissing, differs) = try row.decode(String.self, Bool.self, Bool.self)
            if isMissing {
                findings.add(
                    .error, "daybook.\(name)", "The function is gone, and with it what its triggers would capture.",
                    remedy: "Run `daybook install`, and then `daybook verify`.", as: "function-missing")
            } else if differs {
                findings.add(
                    .error, "daybook.\(name)", "The function is not the one that install created.",
                    remedy:
                        "Run the statement that SELECT definition FROM daybook.objects WHERE name = '\(name)' shows, "
                        + "and "
                        + "then `daybook verify`.")
            }
        }
    }
}

/// A function of ours under another schema.
enum TemporaryFunction {
    static func statement(from create: String, name: String) -> String {
        guard let range = create.firstRange(of: "FUNCTION daybook.\(name)(") else { return create }
        return create.replacingCharacters(in: range, with: "FUNCTION pg_temp.\(name)(")
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
