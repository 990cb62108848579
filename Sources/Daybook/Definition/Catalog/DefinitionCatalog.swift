public import PostgresClient

/// Compares definitions with a live database.
public enum DefinitionCatalog {
    /// Checks everything that definitions say against the catalog: names, expressions, types, rights, and the rollup
    /// tables that exist already.
    ///
    /// Works in a transaction that is always rolled back, and creates nothing but temporary objects in it. Takes no
    /// lock on a source; waits at most two seconds for any other. Existing rollup tables without a fitting unique key
    /// are read once, to look for duplicate keys.
    ///
    /// Names without a schema are looked up along the session's own `search_path`; expressions are evaluated with
    /// `pg_catalog, pg_temp` alone.
    ///
    /// - Parameter place: where rollups are to have their tables.
    /// - Precondition: no transaction is open on the connection.
    /// - Parameter permissions: not nil where the definitions are to be installed: then what is installed may differ from
    ///   them by what `install` can change in the rollup tables.
    /// - Returns: the rollups in the order of the definitions.
    /// - Throws: ``DefinitionError`` with all problems of all files; `PostgresError` when the database could not be
    ///   asked.
    public static func resolve(
        _ definitions: LoadedDefinitions, on connection: PostgresConnection, place: TablePlace = .asInstalled,
        changing permissions: DefinitionPermissions? = nil
    ) async throws -> [Rollup] {
        do {
            return try await connection.withTransaction { connection in
                let session = CatalogSession(connection: connection)
                var resolution = CatalogResolution(
                    definitions, session: session, database: try await CatalogDatabase.load(session), place: place)
                if let permissions { try await resolution.findInstalled(permissions) }
                throw RollBack(rollups: try await resolution.rollups())
            }
        } catch let rollBack as RollBack {
            return rollBack.rollups
        }
    }

    /// The way out of a transaction that must not be committed.
    private struct RollBack: Error {
        var rollups: [Rollup]
    }
}
