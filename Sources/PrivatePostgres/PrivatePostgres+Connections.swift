extension PrivatePostgres {
    /// A libpq keyword/value string for the database `postgres`, as its superuser. With password authentication it
    /// contains the password.
    public nonisolated var connectionString: String { connectionString(database: "postgres") }

    /// As `connectionString`, for another database.
    public nonisolated func connectionString(database: String) -> String {
        var pairs = [
            (keyword: "host", value: socketDirectory),
            (keyword: "port", value: "\(port)"),
            (keyword: "user", value: "postgres"),
            (keyword: "dbname", value: database),
        ]
        if case .password(let password) = authentication {
            pairs.append((keyword: "password", value: password))
        }
        return ConnectionString.text(pairs)
    }
}
