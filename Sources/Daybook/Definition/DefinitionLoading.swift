import Yams

/// Collects the rollups and the problems of several files.
struct DefinitionLoading {
    private var problems = ProblemList()
    private var rollups: [RollupDefinition] = []

    mutating func read(_ text: String, file: String) {
        let yaml = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        do {
            guard let root = try Yams.compose(yaml: yaml, .default, .default, .utf8) else {
                problems.add(file, [], "the file is empty", remedy: "Write a definition into it, or remove it.")
                return
            }
            var reader = DefinitionReader(file: file, problems: problems)
            let rollup = reader.rollup(from: root)
            problems = reader.problems
            if let rollup { rollups.append(rollup) }
        } catch let error as YamlError {
            problems.add(DefinitionProblem(yaml: error, file: file))
        } catch {
            problems.add(file, [], "the file is not YAML", remedy: "Correct it.")
        }
    }

    mutating func refuse(_ problem: DefinitionProblem) {
        problems.add(problem)
    }

    mutating func finish() throws(DefinitionError) -> LoadedDefinitions {
        checkTables()
        try problems.throwIfAny()
        return LoadedDefinitions(rollups: rollups, lines: problems.lines)
    }

    /// Two rollups cannot write one table. Whether two spellings mean one table only the database knows.
    private mutating func checkTables() {
        var firstFile: [QualifiedName: String] = [:]
        for rollup in rollups {
            if let other = firstFile[rollup.table] {
                problems.add(
                    rollup.file, ["rollup"], "the rollup \"\(rollup.table)\" is already defined by \(other)",
                    remedy: "Give it a table of its own, or remove one of the two files.")
            } else {
                firstFile[rollup.table] = rollup.file
            }
        }
    }
}
