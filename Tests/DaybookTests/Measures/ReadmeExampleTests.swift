import Foundation
import Testing

@testable import Daybook

/// The README's example of orders is the one that these tests run.
struct ReadmeExampleTests {
    @Test func theExampleIsWhatIsTested() throws {
        let folder = URL(fileURLWithPath: ShippedDefinitionsTests.directory).deletingLastPathComponent()
        let readme = try String(contentsOf: folder.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(readme.contains("```yaml\n\(Orders.yaml)\n```"))
    }
}
