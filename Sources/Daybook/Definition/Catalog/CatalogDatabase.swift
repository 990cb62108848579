import PostgresClient

/// What a database and the role that asks are like.
struct CatalogDatabase: Sendable {
    var name: String
    var encoding: String
    var role: String
    var mayCreateSchemas: Bool
    var mayCreateTemporaryTables: Bool
    /// Transactions of this session cannot write unless they say so.
    var isReadOnly: Bool
    /// The first existing schema of the session's search path, where tables named without a schema are created.
    var currentSchema: String?
    /// Nil where the schema `daybook` does not exist yet.
    var daybookOwner: String?
    var ownsDaybook: Bool

    private static let sql = """
        SELECT
            current_database()::text,
            current_setting('server_encoding'),
            current_user::text,
            has_database_privilege(current_database(), 'CREATE'),
            has_database_privilege(current_database(), 'TEMPORARY'),
            current_setting('transaction_read_only') = 'on',
            current_schema()::text,
            pg_get_userbyid(daybook.nspowner)::text,
            coalesce(pg_has_role(daybook.nspowner, 'USAGE'), true)
        FROM (VALUES (1)) AS one
        LEFT JOIN pg_namespace AS daybook ON daybook.nspname = 'daybook'
        """

    static func load(_ session: CatalogSession) async throws -> CatalogDatabase {
        let row = try await session.connection.query(sql)[0].decode(
            String.self, String.self, String.self, Bool.self, Bool.self, Bool.self, String?.self, String?.self,
            Bool.self)
        return CatalogDatabase(
            name: row.0, encoding: row.1, role: row.2, mayCreateSchemas: row.3, mayCreateTemporaryTables: row.4,
            isReadOnly: row.5, currentSchema: row.6, daybookOwner: row.7, ownsDaybook: row.8)
    }

    /// Whether expressions can be checked.
    var canProbe: Bool { mayCreateTemporaryTables && !isReadOnly }

    /// What stands in the way of any definition. They concern no file.
    var problems: [DefinitionProblem] {
        var problems: [DefinitionProblem] = []
        func add(_ key: String, _ message: String, _ remedy: String) {
            problems.append(DefinitionProblem(file: "database \(name)", key: key, message: message, remedy: remedy))
        }
        if encoding != "UTF8" {
            add(
                "encoding", "the database's encoding is \(encoding)",
                "Daybook needs UTF8: dump the database and restore it into one created with ENCODING 'UTF8'.")
        }
        if isReadOnly {
            add(
                "rights", "the transactions of the role \"\(role)\" are read-only",
                "Let them write: ALTER ROLE \(role.quotedIdentifier) SET default_transaction_read_only = off;")
        }
        if !mayCreateTemporaryTables {
            add(
                "rights", "the role \"\(role)\" may not create temporary tables, in which expressions are checked",
                "As the database's owner: GRANT TEMPORARY ON DATABASE \(name.quotedIdentifier) TO "
                    + "\(role.quotedIdentifier);"
            )
        }
        if let daybookOwner, !ownsDaybook {
            add(
                "rights", "the schema \"daybook\" belongs to \"\(daybookOwner)\", not to \"\(role)\"",
                "Connect as that role, or: GRANT \(daybookOwner.quotedIdentifier) TO \(role.quotedIdentifier);")
        }
        if daybookOwner == nil, !mayCreateSchemas {
            add(
                "rights", "the role \"\(role)\" may not create the schema \"daybook\"",
                "As the database's owner: GRANT CREATE ON DATABASE \(name.quotedIdentifier) TO "
                    + "\(role.quotedIdentifier);"
            )
        }
        return problems
    }
}
