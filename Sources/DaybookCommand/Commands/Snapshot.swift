import ArgumentParser
import Daybook
import PostgresClient

struct Snapshot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the day files, and put a sealed day back from its archive.",
        subcommands: [List.self, Show.self, Restore.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the files of the snapshot folder.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            try await CommandFailure.reporting {
                let entries = try SnapshotListing(directory: options.snapshotsDirectory).entries
                if entries.isEmpty { return print("No snapshot files in \(options.snapshotsDirectory).") }
                var table = TextTable(["file", "kind", "day", "rows", "bytes"])
                for entry in entries {
                    table.add(
                        [entry.path, entry.kind, entry.day ?? "", entry.rows.map(\.grouped) ?? "", entry.bytes.grouped]
                    )
                }
                print(table.text)
                for entry in entries { if let problem = entry.problem { print(problem) } }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a file's rows as CSV, after checking it.",
            discussion: "The rollup it belongs to is found by its definition in the events folder and the database."
        )

        @OptionGroup var options: CommonOptions

        @Argument(help: "The file.")
        var file: String

        func run() async throws {
            try await CommandFailure.reporting {
                let definitions = try DefinitionLoader.load(directory: options.eventsDirectory)
                let rollups = try await PostgresConnection.withConnection(options.database) { connection in
                    try await connection.requirePrimary()
                    return try await DefinitionCatalog.resolve(definitions, on: connection)
                }
                for line in try SnapshotRows.csv(ofFile: file, as: rollups) { print(line) }
            }
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a sealed day back into the rollup tables, even when its sources are gone.",
            discussion: """
                The day is from then on one that cannot be verified: its archive is what is known of it. A running daemon
                does the work, from its own snapshot folder; without one this command does it.
                """
        )

        @OptionGroup var options: CommonOptions

        @Argument(help: "The day, YYYY-MM-DD.", transform: DayRangeOptions.day)
        var day: PostgresDate

        func run() async throws {
            try await CommandFailure.reporting {
                let runner = RequestRunner(options.engineSettings, logger: options.logger(quiet: true))
                _ = try await runner.perform(.restore, in: day...day) { _ in }
                print("\(day) is restored from its archive.")
            }
        }
    }
}
