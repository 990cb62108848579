extension PrivatePostgres {
    static let statementLimit = Duration.seconds(120)

    /// Runs `body` with a new database of its own and drops the database afterwards, whoever is still connected to it.
    ///
    /// - Parameters:
    ///   - hint: becomes part of the database's name, for whoever looks at the server's log.
    ///   - body: gets the database's connection string.
    package nonisolated func withDatabase<Result: Sendable>(
        _ hint: String = "test",
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        let name = try await createDatabase(hint)
        let result: Result
        do {
            result = try await body(connectionString(database: name))
        } catch {
            try? await dropDatabase(name)
            throw error
        }
        try await dropDatabase(name)
        return result
    }

    /// Makes a database with a name that no other has had, and returns the name.
    package func createDatabase(_ hint: String = "test") async throws -> String {
        let name = Self.databaseName(hint: hint, number: clientRuns)
        try run("CREATE DATABASE \(name)")
        return name
    }

    /// Drops a database and disconnects whoever uses it. Fine if it is gone already.
    package func dropDatabase(_ name: String) async throws {
        try run("DROP DATABASE IF EXISTS \"\(name.replacing("\"", with: "\"\""))\" WITH (FORCE)")
    }

    /// Runs SQL through `psql`, as superuser, and returns what it prints: a line for each row, `|` between the columns.
    /// Several statements are several transactions; the first that fails is the last.
    ///
    /// - Throws: `PrivatePostgresError` with code `statementFailed` and what `psql` said.
    package func psql(_ sql: String, database: String = "postgres") async throws -> String {
        try run(sql, database: database)
    }

    /// A plain identifier: the hint's letters and digits, then the number.
    static func databaseName(hint: String, number: Int) -> String {
        let plain = hint.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return "t_\(String(plain.prefix(40)))_\(number)"
    }

    @discardableResult
    private func run(_ sql: String, database: String = "postgres") throws -> String {
        clientRuns += 1
        // Through a file, as an argument has a limit of 128 KiB.
        let input = "\(directory)/psql-\(clientRuns).sql"
        let output = "\(directory)/psql-\(clientRuns).out"
        defer {
            FileText.remove(input)
            FileText.remove(output)
        }
        try FileText.append(sql, to: input, owner: nil)
        let client = try ChildProcess.start(
            Command(
                try ServerBinaries.find().psql,
                ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", connectionString(database: database), "-f", input]
            ),
            files: ChildProcess.Files(output: output),
            group: nil
        )
        let exitCode = client.waitForExit(within: Self.statementLimit)
        if exitCode == nil { client.signal(9) }
        let text = FileText.tail(of: output, limit: 1 << 20) ?? ""
        guard exitCode == 0 else {
            throw PrivatePostgresError(
                .statementFailed,
                exitCode == nil ? "psql did not end within \(Self.statementLimit)." : "psql failed: \(text)",
                remedy: "Check the statement, and that the cluster is running."
            )
        }
        return text
    }
}
