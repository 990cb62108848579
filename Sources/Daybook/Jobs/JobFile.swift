import Foundation
import Yams

/// `jobs.yml` in the folder of definitions, as it was last read.
package struct JobFile: Sendable {
    private let file: WatchedFile<[JobDefinition]>

    package init(directory: String) {
        file = WatchedFile("jobs.yml", in: directory) { path throws(DefinitionError) in try Self.read(path) }
    }

    package var path: String { file.path }
    package var problem: String? { file.problem }

    /// As ``WatchedFile/load()``.
    package func load() throws(DefinitionError) -> [JobDefinition] { try file.load() }

    /// As ``WatchedFile/refresh()``.
    package func refresh() -> (jobs: [JobDefinition], problem: String?)? {
        file.refresh().map { ($0.content ?? [], $0.problem) }
    }

    /// Reads a file of jobs; one that is not there has none.
    package static func read(_ path: String) throws(DefinitionError) -> [JobDefinition] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let text: String
        do throws(DefinitionProblem.Unreadable) {
            text = try DefinitionLoader.text(of: path)
        } catch {
            throw DefinitionError(problems: [error.problem])
        }
        return try parse(text, file: path)
    }

    /// - Throws: ``DefinitionError`` with all problems.
    package static func parse(_ text: String, file: String) throws(DefinitionError) -> [JobDefinition] {
        let yaml = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        var reader = DefinitionReader(file: file, problems: ProblemList())
        var jobs: [JobDefinition] = []
        do {
            if let root = try Yams.compose(yaml: yaml, .default, .default, .utf8) {
                jobs = reader.jobs(from: root)
            } else {
                reader.refuse([], "the file is empty", remedy: "Write \"jobs:\" and the jobs into it, or remove it.")
            }
        } catch let error as YamlError {
            reader.problems.add(DefinitionProblem(yaml: error, file: file))
        } catch {
            reader.refuse([], "the file is not YAML", remedy: "Correct it.")
        }
        try reader.problems.throwIfAny()
        return jobs
    }
}
