import Foundation
import PrivatePostgres

/// Sixteen clients, each inserting single rows in transactions of their own, by pgbench's simple protocol.
struct PgBench {
    static let clients = 16
    static let threads = 2

    private let program: String
    private let script: String

    /// - Parameter folder: where the script is put.
    init(scriptIn folder: String) throws {
        program = try ServerBinaries.find().directory + "/pgbench"
        script = folder + "/insert.sql"
        try Self.insert.write(toFile: script, atomically: true, encoding: .utf8)
    }

    /// - Returns: transactions a second.
    func run(on database: BenchmarkDatabase, seconds: Int) async throws -> Double {
        let text = try await ProgramRun.output(
            of: program,
            [
                "--no-vacuum", "--client=\(Self.clients)", "--jobs=\(Self.threads)", "--time=\(seconds)",
                "--file=\(script)",
                database.connectionString,
            ]
        )
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let rate = Double(line.dropFirst(6).prefix { $0 != " " })
        else { throw BenchmarkError("pgbench printed no rate: \(text)") }
        return rate
    }

    private static let insert = """
        \\set user random(1, 1000)
        \\set post random(1, 1000000000)
        \\set subreddit random(1, 50)
        \\set views random(0, 100000)
        INSERT INTO reddit_post_outcomes (user_id, scheduled_post_id, reddit_post_id, subreddit, title, success, views, upvotes, \
        comment_count) VALUES (:user, :post, 't3_:post', 'subreddit:subreddit', 'What we learned in week :subreddit', true, \
        :views, :views / 20, :views / 200);

        """
}
