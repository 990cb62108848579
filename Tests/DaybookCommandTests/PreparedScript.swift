@testable import DaybookCommand

extension SampleWorkload.Statement {
    /// The statement as a script for `psql` that prepares and executes it, so that Postgres infers the parameters' types
    /// as it does for a client that sends them as text.
    var script: String {
        let values = parameters.map { $0.map { "'\($0.replacing("'", with: "''"))'" } ?? "NULL" }
        let arguments = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
        return "PREPARE s AS \(sql);\nEXECUTE s\(arguments);\nDEALLOCATE s;\n"
    }
}

extension SampleWorkload.Transaction {
    var script: String {
        "BEGIN;\n\(statements.map(\.script).joined())\(rollsBack ? "ROLLBACK" : "COMMIT");\n"
    }
}
