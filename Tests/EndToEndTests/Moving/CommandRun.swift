import Foundation

/// One run of the `daybook` executable, from its start to its end.
struct CommandRun: Sendable {
    let code: Int32
    let output: String
    let errors: String

    /// - Parameter folder: where its output is kept meanwhile.
    static func run(_ arguments: [String], in folder: URL) async throws -> CommandRun {
        let (out, err) = (folder.appending(path: "\(UUID()).out"), folder.appending(path: "\(UUID()).err"))
        for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        let process = Process()
        process.executableURL = try DaybookExecutable.find()
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: err)
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        for await _ in ended {}
        return CommandRun(
            code: process.terminationStatus, output: try String(contentsOf: out, encoding: .utf8),
            errors: try String(contentsOf: err, encoding: .utf8))
    }

    /// As JSON, of a command that prints it.
    var json: [String: Any] {
        get throws { try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:] }
    }
}
