import ArgumentParser
import Foundation
import Testing

@testable import DaybookCommand

/// What the README's part on packages promises.
struct PackagingTests {
    @Test func theVersionNamesTheCommit() {
        #expect(
            DaybookCommand.configuration.version.wholeMatch(of: /\d+\.\d+\.\d+ \(([0-9a-f]{12}\+?|unknown)\)/) != nil)
    }

    @Test(arguments: [CompletionShell.bash, .zsh, .fish])
    func completionsKnowEveryCommand(in shell: CompletionShell) {
        let script = DaybookCommand.completionScript(for: shell)
        for name in Self.commandNames { #expect(script.contains(name), "\(shell.rawValue): \(name)") }
    }

    @Test func theCommandsTableNamesEveryCommand() throws {
        let readme = try Self.readme
        for name in Self.commandNames { #expect(readme.contains("| `daybook \(name)"), "\(name)") }
    }

    @Test func theUnitStartsTheDaemon() throws {
        let line = try #require(try Self.readme.firstMatch(of: /\nExecStart=\/usr\/local\/bin\/daybook (.*)\n/))
        let command = try DaybookCommand.parseAsRoot(line.1.split(separator: " ").map(String.init))
        let run = try #require(command as? Run)
        #expect(run.options.eventsDirectory == "/etc/daybook/Events")
        #expect(run.options.snapshotsDirectory == "/var/lib/daybook")
    }

    @Test func theContainerStartsTheDaemon() throws {
        let line = try #require(try Self.readme.firstMatch(of: /\nCMD (\[.*\])\n/))
        let arguments = try JSONDecoder().decode([String].self, from: Data(line.1.utf8))
        #expect(try DaybookCommand.parseAsRoot(arguments) is Run)
    }

    private static let commandNames = DaybookCommand.configuration.subcommands.map {
        $0.configuration.commandName ?? $0._commandName
    }

    static var readme: String {
        get throws {
            try String(
                contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                    .deletingLastPathComponent().appending(path: "README.md"), encoding: .utf8
            )
        }
    }
}
