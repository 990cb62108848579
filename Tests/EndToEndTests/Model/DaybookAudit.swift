import Daybook
import PostgresClient

/// Daybook's own comparison, of all its rollups, at one snapshot.
struct DaybookAudit: Sendable {
    let definitions: LoadedDefinitions

    enum Outcome: Sendable, Hashable {
        case equal(keys: Int)
        /// Rollups are being built, or gaps are known and not yet repaired: nothing is promised.
        case unsettled
        /// A source stayed locked.
        case locked
        /// By rollup and day.
        case different([String])
    }

    /// In one transaction that keeps TRUNCATE out, as that is no respecter of snapshots.
    func run(on connection: PostgresConnection) async throws -> Outcome {
        let matches = try await InstalledRollup.match(definitions, on: connection)
        return try await connection.withTransaction(.repeatableRead) { connection in
            // LOCK takes no snapshot: what it waited for is seen.
            // A prepared TRUNCATE may stand in the way for as long as writers wait for us.
            try await connection.execute("SET LOCAL lock_timeout = '500ms'")
            try await connection.execute(
                """
                LOCK TABLE reddit_post_outcomes, scheduled_posts, caption_variants, content_generations, campaign_clicks,
                    readings IN ACCESS SHARE MODE
                """
            )
            let settled = try await connection.query(
                """
                SELECT NOT EXISTS (SELECT FROM daybook.gaps WHERE state <> 'repaired')
                   AND NOT EXISTS (SELECT FROM daybook.rollups WHERE state <> 'built')
                """
            )
            guard try settled[0].decode(Bool.self) else { return .unsettled }
            for (name, value) in FeedSchema.fixedSettings {
                try await connection.query("SELECT set_config($1::text, $2::text, true)", [name, value])
            }
            let cursor = try await Cursor.read(on: connection)
            var keys = 0
            var differences: [String] = []
            for (rollup, installed) in matches {
                let days = try await connection.query(AuditDays.query(SourceQuery(rollup, id: installed.id)))
                    .map { try $0.decode(PostgresDate.self, at: 0) }
                let comparison = Comparison(rollup, id: installed.id, from: cursor)
                for (day, count) in try await comparison.counts(of: days, on: connection) {
                    keys += count.keys
                    if count.different > 0 {
                        differences.append("\(rollup.name) \(day): \(count.different) of \(count.keys) keys")
                    }
                }
            }
            return differences.isEmpty ? .equal(keys: keys) : .different(differences)
        }
    }
}
