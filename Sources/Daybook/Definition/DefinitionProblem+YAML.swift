import Yams

extension DefinitionProblem {
    /// What the YAML parser refuses, as a problem of its file.
    init(yaml error: YamlError, file: String) {
        self.init(file: file, key: "", message: "the file is not valid YAML", remedy: "Correct the YAML there.")
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            line = mark.line
            message += ": " + [context?.text, problem].compactMap { $0 }.joined(separator: ", ")
            remedy =
                "Correct the YAML there; a value that contains \": \" or \" #\", or begins with a quote or "
                + "one of {}[]&*!|>%@, "
                + "stands in double quotes."
        case .reader(let problem, _, _, _):
            message += ": \(problem)"
            remedy = "Remove the character, or save the file as UTF-8."
        case .duplicatedKeysInMapping(let keys, let context):
            line = context.mark.line
            message = "the key \(keys.map { "\"\($0)\"" }.joined(separator: ", ")) is written more than once"
            remedy = "Write every key once."
        default:
            break
        }
    }
}
