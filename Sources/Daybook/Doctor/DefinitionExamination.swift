import PostgresClient

/// The definitions against the catalog: what `install` would refuse is a finding here.
enum DefinitionExamination {
    /// - Returns: the rollups, nil when there are problems.
    static func resolve(
        _ definitions: LoadedDefinitions, on connection: PostgresConnection
    ) async throws -> (rollups: [Rollup]?, problems: [DoctorFinding]) {
        do {
            return (try await DefinitionCatalog.resolve(definitions, on: connection), [])
        } catch let error as DefinitionError {
            return (nil, error.problems.map(DoctorFinding.init))
        } catch let error as PostgresError where error.code == .server {
            let finding = DoctorFinding(
                check: "definition", severity: .warning, subject: "the definitions",
                evidence: "They could not be compared with the database: \(error)",
                remedy: "Remove what the message names, and ask again."
            )
            return (nil, [finding])
        }
    }
}

extension DoctorFinding {
    init(_ problem: DefinitionProblem) {
        let place = problem.line.map { "\(problem.file):\($0)" } ?? problem.file
        let concernsDatabase = problem.file.hasPrefix("database ")
        self.init(
            check: concernsDatabase ? problem.key : Self.check(of: problem), severity: .error,
            subject: concernsDatabase || problem.key.isEmpty ? place : "\(place) \(problem.key)",
            evidence: Self.sentence(problem.message), remedy: problem.remedy
        )
    }

    /// A clause with a capital letter and a full stop.
    static func sentence(_ clause: String) -> String {
        clause.prefix(1).uppercased() + clause.dropFirst() + "."
    }

    /// Whether one of the findings says the same under a name of its own.
    func isCovered(by findings: [DoctorFinding]) -> Bool {
        check == "definition" && findings.contains { $0.evidence.hasPrefix(evidence.dropLast()) }
    }

    private static func check(of problem: DefinitionProblem) -> String {
        problem.message.hasPrefix("the expression is not immutable") ? "volatile-expression" : "definition"
    }
}
