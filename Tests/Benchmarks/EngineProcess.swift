import ArgumentParser
import Daybook
import Dispatch
import Foundation
import PostgresClient
import ServiceLifecycle

/// The daemon in a process of its own, until its standard input ends, which it does when whoever started it dies.
struct EngineProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "engine", shouldDisplay: false)

    @Option var database: String

    func run() async throws {
        let engine = Engine(
            EngineSettings(
                database: PostgresConfiguration(database), eventsDirectory: BenchmarkDatabase.eventsDirectory
            ),
            logger: RunningEngine.quietLogger,
            // As the server does, so that what is published takes its memory.
            announce: { _ in }
        )
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: engine)], logger: RunningEngine.quietLogger)
        )
        // No task: a thread that only waits.
        DispatchQueue(label: "end of input").async {
            _ = try? FileHandle.standardInput.readToEnd()
            // The unstructured task is the only way from a thread into the group's actor.
            Task { await group.triggerGracefulShutdown() }
        }
        try await group.run()
    }
}

/// An ``EngineProcess`` that this process started.
final class ChildEngine {
    private let process = Process()
    private let input = Pipe()

    init(on database: BenchmarkDatabase) throws {
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        process.arguments = ["engine", "--database", database.connectionString]
        process.standardInput = input
        try process.run()
    }

    /// The most memory that the process has had resident so far, in MB of 1,000,000 bytes.
    func peakMegabytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = Double(line.split(whereSeparator: \.isWhitespace)[1])
        else { throw BenchmarkError("The engine's process tells no peak of its memory; this needs Linux.") }
        return kibibytes * 1024 / 1_000_000
    }

    var isRunning: Bool { process.isRunning }

    /// Lets it flush and end.
    func stop() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
