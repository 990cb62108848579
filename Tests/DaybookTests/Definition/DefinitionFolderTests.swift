import Foundation
import Testing

@testable import Daybook

/// Which files of a folder are read.
struct DefinitionFolderTests {
    /// Runs with a folder that holds the files given, and removes it.
    private func withFolder(_ files: [String: Data], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "daybook-events-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, content) in files { try content.write(to: folder.appendingPathComponent(name)) }
        try body(folder.path)
    }

    private func sample(_ table: String) -> Data {
        Data(SampleDefinition.replacing(("visits_daily", table)).utf8)
    }

    private func problems(in folder: String) -> [DefinitionProblem] {
        do throws(DefinitionError) {
            _ = try DefinitionLoader.load(directory: folder)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func filesByNameOthersLeftAlone() throws {
        let files = [
            "b.yml": sample("b"), "a.yaml": sample("a"), ".hidden.yml": Data("?".utf8), "jobs.yml": Data("- a".utf8),
            "notes.txt": Data("?".utf8), "b.yml~": Data("?".utf8),
        ]
        try withFolder(files) { folder in
            try FileManager.default.createDirectory(atPath: folder + "/old.yml", withIntermediateDirectories: true)
            #expect(try DefinitionLoader.load(directory: folder).rollups.map(\.table.name) == ["a", "b"])
            #expect(try DefinitionLoader.load(directory: folder + "/").rollups.map(\.file).first == folder + "/a.yaml")
        }
    }

    @Test func missingAndEmptyFolder() throws {
        let missing = problems(in: "/nowhere/at/all")
        #expect(missing.count == 1)
        #expect(missing[0].description.hasPrefix("/nowhere/at/all: the folder of definitions cannot be read"))
        try withFolder(["jobs.yml": Data()]) { folder in
            #expect(problems(in: folder).map(\.message) == ["the folder holds no definition"])
        }
    }

    @Test func everyFileIsHeard() throws {
        let files = [
            "a.yml": Data("rollup: [".utf8), "b.yml": Data([0xFF, 0xFE, 0x41]), "c.yml": Data(count: 300_000),
            "d.yml": Data(),
            "e.yml": sample("e"),
        ]
        try withFolder(files) { folder in
            let problems = problems(in: folder)
            #expect(problems.map { $0.file.suffix(5) } == ["a.yml", "b.yml", "c.yml", "d.yml"])
            #expect(problems[0].line != nil)
        }
    }

    @Test func twoFilesOfOneTable() throws {
        try withFolder(["a.yml": sample("t"), "b.yml": sample("t"), "c.yml": sample("T")]) { folder in
            let problems = problems(in: folder)
            #expect(problems.count == 1)
            #expect(
                problems[0].description.hasPrefix("\(folder)/b.yml:1: rollup: the rollup \"t\" is already defined by"))
        }
    }
}
