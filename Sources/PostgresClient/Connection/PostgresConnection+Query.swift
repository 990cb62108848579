internal import CLibPQ

extension PostgresConnection {
    /// Runs one statement by the extended protocol and returns its rows in binary form.
    ///
    /// - Parameter parameters: `$1` and on; nil is NULL.
    /// - Parameter cached: keeps the statement prepared in this session under its text; the 128 last used are kept.
    /// - Throws: ``PostgresError``, `CancellationError`.
    @discardableResult
    public func query(
        _ sql: String,
        _ parameters: [(any PostgresEncodable)?] = [],
        cached: Bool = false
    ) async throws -> PostgresResult {
        try requireNoZeroByte(sql)
        let parameters = try Parameters(parameters)
        return try await exchange { connection in
            if cached {
                try queryPrepared(connection, sql, parameters)
            } else {
                try run(connection, sql, parameters)
            }
        }
    }

    /// Runs several statements separated by semicolons by the simple protocol, as one transaction unless they or an
    /// open transaction say otherwise; their rows are dropped.
    public func execute(_ script: String) async throws {
        try await executeScript(script)
    }

    @discardableResult
    func executeScript(
        _ script: String,
        isShielded: Bool = false,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> PostgresResult {
        try requireNoZeroByte(script)
        return try await exchange(isShielded: isShielded, deadline: deadline) { connection in
            try sent(PQsendQuery(connection, script))
            PQsetSingleRowMode(connection)
            return try collectResult()
        }
    }

    /// The same, and tells how many rows the last statement says it has changed or returned.
    public func executeCounting(_ script: String) async throws -> Int {
        try await executeScript(script).affectedRows
    }

    /// Names and types of the columns that a statement would return, without running it; empty where it returns none.
    public func describe(_ sql: String) async throws -> [PostgresColumn] {
        try requireNoZeroByte(sql)
        return try await exchange { connection in
            try sent(PQsendPrepare(connection, "", sql, 0, nil))
            _ = try collectResult()
            try sent(PQsendDescribePrepared(connection, ""))
            return try collectResult().columns
        }
    }

    /// Refuses a server that is no place for session state and snapshots.
    ///
    /// - Throws: ``PostgresError/Code/serverTooOld``, ``PostgresError/Code/notPrimary`` for a server in recovery,
    ///   ``PostgresError/Code/notDirect`` behind a transaction pooler.
    public func requirePrimary(minimumVersion: Int = 150_000) async throws {
        guard serverVersion >= minimumVersion else {
            throw PostgresError(
                .serverTooOld,
                "The server's version is \(serverVersion), but \(minimumVersion) or later is needed. Upgrade the server."
            )
        }
        let rows = try await query("select pg_is_in_recovery(), pg_backend_pid()")
        guard let (isInRecovery, processID) = try rows.first?.decode(Bool.self, Int32.self) else {
            throw PostgresError(.protocolViolation, "The server did not tell its state.")
        }
        guard !isInRecovery else {
            throw PostgresError(
                .notPrimary,
                "The server is a standby in recovery. Connect to the primary (target_session_attrs=read-write finds it)."
            )
        }
        guard processID == backendProcessID else {
            throw PostgresError(
                .notDirect,
                "The connection goes through a pooler that shares sessions. Connect to the Postgres server itself, "
                    + "or to a pooler in session mode."
            )
        }
    }

    func run(_ connection: OpaquePointer, _ sql: String, _ parameters: Parameters) throws -> PostgresResult {
        try send(connection, sql, parameters)
        return try collectResult()
    }

    func send(_ connection: OpaquePointer, _ sql: String, _ parameters: Parameters) throws {
        try sent(
            parameters.withArrays { count, values, lengths, formats in
                PQsendQueryParams(connection, sql, count, parameters.types, values, lengths, formats, 1)
            }
        )
    }

    func sendPrepared(_ connection: OpaquePointer, _ name: String, _ parameters: Parameters) throws {
        try sent(
            parameters.withArrays { count, values, lengths, formats in
                PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
            }
        )
    }

    func sendPrepare(_ connection: OpaquePointer, _ name: String, _ key: StatementCache.Key) throws {
        try sent(PQsendPrepare(connection, name, key.sql, Int32(key.types.count), key.types))
    }

    /// libpq would end the statement there.
    func requireNoZeroByte(_ sql: String) throws {
        guard sql.utf8.contains(0) else { return }
        throw PostgresError(.encoding, "A statement holds a zero byte, which SQL cannot; remove it.")
    }

    /// libpq refuses to send on a dead link only; a wrong call would be a bug of ours.
    func sent(_ result: Int32) throws {
        if result != 1 { throw link.lossError }
    }
}
