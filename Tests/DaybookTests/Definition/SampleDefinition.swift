@testable import Daybook

/// A small correct definition, of which tests break one part at a time.
enum SampleDefinition {
    static let yaml = """
        rollup: visits_daily
        dimensions:
          site: text
        measures:
          visits: count
          bytes: sum
          browsers: count by browser
        derived:
          bytes_each: bytes / nullif(visits, 0)
        events:
          visit:
            source: visits
            at: seen_at
            where: not is_robot
            values:
              site: site
              bytes: size
              browser: agent
        """

    /// The sample with pieces of its text replaced by others; the pieces must be there.
    static func replacing(_ changes: (piece: String, replacement: String)...) -> String {
        changes.reduce(into: yaml) { yaml, change in
            guard let range = yaml.firstRange(of: change.piece) else {
                preconditionFailure("the sample has no \(change.piece)")
            }
            yaml.replaceSubrange(range, with: change.replacement)
        }
    }

    /// What the loader says of a text: one description a problem, empty when it is correct.
    static func problems(in yaml: String) -> [String] {
        do throws(DefinitionError) {
            _ = try DefinitionLoader.parse(yaml, file: "x.yml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }
}
