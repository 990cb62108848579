import Foundation
import Testing

@testable import Daybook

/// What the file of jobs may say.
struct JobFileTests {
    private static let yaml = """
        jobs:
          sweep:
            schedule: "*/5 * * * *"
            timeout: 5m
            enabled: no
            batches: 3
            sql: |
              SET LOCAL x.y = on; -- a comment; with a semicolon
              DELETE FROM t WHERE note = 'a;b'
          tidy:
            schedule: "@daily"
            built_in: vacuum-rollups
        """

    static func problems(in yaml: String) -> [String] {
        do throws(DefinitionError) {
            _ = try JobFile.parse(yaml, file: "jobs.yml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func everyKey() throws {
        let jobs = try JobFile.parse(Self.yaml, file: "jobs.yml")
        #expect(jobs.map(\.name) == ["sweep", "tidy"])
        #expect(jobs[0].schedule.text == "*/5 * * * *")
        #expect(jobs[0].timeout == .seconds(300))
        #expect(!jobs[0].isEnabled)
        guard case .sql(let script, 3) = jobs[0].work else {
            Issue.record("\(jobs[0].work)")
            return
        }
        #expect(script.hasPrefix("SET LOCAL") && script.hasSuffix("'a;b'"))
        #expect(jobs[1].work == .builtIn(.vacuumRollups))
        #expect(jobs[1].isEnabled && jobs[1].timeout == .seconds(60))
    }

    @Test func theShippedFile() throws {
        let jobs = try JobFile.read(ShippedDefinitionsTests.directory + "/jobs.yml")
        #expect(jobs.map(\.name) == ["process-scheduled-posts", "check-stuck-jobs", "cleanup-old-posts"])
        #expect(jobs.map(\.schedule.text) == ["* * * * *", "*/5 * * * *", "0 3 * * *"])
        #expect(jobs.allSatisfy { $0.isEnabled })
    }

    @Test func noFileHasNoJobs() throws {
        #expect(try JobFile.read("/nowhere/jobs.yml").isEmpty)
    }

    struct Mistake: CustomTestStringConvertible {
        var piece: String
        var replacement: String
        var problem: String
        var testDescription: String { "\(piece) -> \(replacement)" }

        init(_ piece: String, _ replacement: String, _ problem: String) {
            self.piece = piece
            self.replacement = replacement
            self.problem = problem
        }
    }

    @Test(arguments: [
        Mistake("jobs:", "job:", "jobs.yml:1: job: the key \"job\" is not known. Did you mean \"jobs\"?"),
        Mistake("timeout:", "time_out:", "jobs.yml:4: jobs.sweep.time_out: the key \"time_out\" is not known. Did you"),
        Mistake("\"*/5 * * * *\"", "0 0 31 2 *", "jobs.yml:3: jobs.sweep.schedule: \"0 0 31 2 *\" names no day that"),
        Mistake("\"*/5 * * * *\"", "often", "jobs.yml:3: jobs.sweep.schedule: a schedule has five fields, not 1"),
        Mistake("    schedule: \"*/5 * * * *\"\n", "", "jobs.yml:2: jobs.sweep: the key \"schedule\" is missing"),
        Mistake("5m", "5 minutes", "jobs.yml:4: jobs.sweep.timeout: \"5 minutes\" is not a timeout"),
        Mistake("5m", "0s", "jobs.sweep.timeout: \"0s\" is not a timeout"),
        Mistake("5m", "25h", "jobs.sweep.timeout: \"25h\" is not a timeout"),
        Mistake("no\n", "maybe\n", "jobs.yml:5: jobs.sweep.enabled: \"maybe\" is neither true nor false"),
        Mistake("batches: 3", "batches: 0", "jobs.yml:6: jobs.sweep.batches: \"0\" is not a number of batches"),
        Mistake("'a;b'", "'a;b", "jobs.yml:7: jobs.sweep.sql: the SQL has a string that is not closed"),
        Mistake("DELETE", "COMMIT; DELETE", "jobs.yml:7: jobs.sweep.sql: COMMIT cannot be a statement of a job"),
        Mistake("SET", "/* x */ begin; SET", "jobs.sweep.sql: BEGIN cannot be a statement of a job"),
        Mistake("built_in: vacuum-rollups", "built_in: vacuum", "jobs.tidy.built_in: \"vacuum\" is not a built-in job"),
        Mistake("    built_in: vacuum-rollups", "", "jobs.tidy: the job does nothing"),
        Mistake("built_in: vacuum-rollups", "built_in: vacuum-rollups\n    sql: x", "has both SQL and a built-in"),
        Mistake("built_in: vacuum-rollups", "built_in: vacuum-rollups\n    batches: 2", "has no batches"),
        Mistake("tidy:", "Tidy Up:", "jobs.Tidy Up: \"Tidy Up\" is no name for a job"),
        Mistake("tidy:", "aggregate-daily-analytics:", "is what the daemon does by itself"),
        Mistake("tidy:", "sweep:", "written more than once"),
        Mistake("jobs:", "jobs: [", "jobs.yml:"),
    ])
    func refused(_ mistake: Mistake) {
        let yaml = Self.yaml.replacing(mistake.piece, with: mistake.replacement, maxReplacements: 1)
        #expect(yaml != Self.yaml)
        let problems = Self.problems(in: yaml)
        #expect(problems.contains { $0.contains(mistake.problem) }, "\(problems)")
    }

    @Test func allProblemsAtOnce() {
        let yaml = Self.yaml.replacing("5m", with: "x").replacing("@daily", with: "@never").replacing(
            "no\n", with: "x\n")
        #expect(Self.problems(in: yaml).count == 3)
        #expect(Self.problems(in: "").count == 1)
    }

    @Test func aNewerFileIsNoticedAndABadOneIsNotInForce() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("daybook-jobs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path + "/jobs.yml"
        func write(_ text: String) throws { try text.write(toFile: path, atomically: true, encoding: .utf8) }

        let file = JobFile(directory: folder.path)
        #expect(try file.load().isEmpty)
        #expect(file.refresh() == nil)
        try write(Self.yaml)
        #expect(file.refresh()?.jobs.count == 2)
        #expect(file.refresh() == nil)
        try write("jobs: none")
        let bad = try #require(file.refresh())
        #expect(bad.jobs.count == 2)
        #expect(bad.problem?.contains("jobs.yml:1: jobs: a mapping is expected here") == true)
        #expect(file.refresh() == nil)
        #expect(try file.load().count == 2)
        try write(Self.yaml + " ")
        #expect(file.refresh()?.problem == nil)
        #expect(file.problem == nil)
        try FileManager.default.removeItem(atPath: path)
        #expect(file.refresh()?.jobs.isEmpty == true)
    }

    @Test func aBadFileAtTheStartIsAnError() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("daybook-jobs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try "jobs: 1".write(toFile: folder.path + "/jobs.yml", atomically: true, encoding: .utf8)
        #expect(throws: DefinitionError.self) { try JobFile(directory: folder.path).load() }
    }
}
