import Foundation
import Yams

/// `alerts.yml` in the folder of definitions.
package enum AlertFile {
    /// The file of a folder, read when it changes. Secrets are those of the environment at that time.
    package static func watched(
        in directory: String, environment: @escaping @Sendable (String) -> String?
    ) -> WatchedFile<AlertDefinitions> {
        WatchedFile("alerts.yml", in: directory) { path throws(DefinitionError) in
            try read(path, environment: environment)
        }
    }

    /// Reads a file of alerts; one that is not there has none.
    package static func read(
        _ path: String, environment: (String) -> String?
    ) throws(DefinitionError) -> AlertDefinitions {
        guard FileManager.default.fileExists(atPath: path) else { return AlertDefinitions() }
        let text: String
        do throws(DefinitionProblem.Unreadable) {
            text = try DefinitionLoader.text(of: path)
        } catch {
            throw DefinitionError(problems: [error.problem])
        }
        return try parse(text, file: path, environment: environment)
    }

    /// - Throws: ``DefinitionError`` with all problems, none of which holds a secret.
    package static func parse(
        _ text: String, file: String, environment: (String) -> String?
    ) throws(DefinitionError) -> AlertDefinitions {
        let yaml = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        var reader = DefinitionReader(file: file, problems: ProblemList())
        var alerts = AlertDefinitions()
        do {
            if let root = try Yams.compose(yaml: yaml, .default, .default, .utf8) {
                alerts = reader.alerts(from: root, environment: environment)
            } else {
                reader.refuse([], "the file is empty", remedy: "Write \"channels:\" and \"rules:\", or remove it.")
            }
        } catch let error as YamlError {
            reader.problems.add(DefinitionProblem(yaml: error, file: file))
        } catch {
            reader.refuse([], "the file is not YAML", remedy: "Correct it.")
        }
        try reader.problems.throwIfAny()
        return alerts
    }
}
