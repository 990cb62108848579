import PostgresClient

extension DoctorCheck {
    /// What is installed against what the files say.
    static let installation = DoctorCheck("not-installed") { examination, findings in
        guard let feed = examination.feed else {
            let schema = try await examination.connection.query("SELECT FROM pg_namespace WHERE nspname = 'daybook'")
            if schema.isEmpty {
                findings.add(
                    .info, "database", "Daybook is not installed: nothing is captured yet.",
                    remedy: "Run `daybook install`.")
            } else {
                findings.add(
                    .error, "schema daybook", "The schema is there, but not what belongs in it, or it may not be read.",
                    remedy: "Run `daybook install` as the schema's owner."
                )
            }
            return
        }
        if let version = feed.version, version != FeedSchema.version {
            findings.add(
                .error, "schema daybook",
                "The feed has version \(version), and this program knows \(FeedSchema.version).",
                remedy: version > FeedSchema.version ? "Use the newer program." : "Run `daybook install`.",
                as: "feed-version"
            )
        }
        guard let rollups = examination.rollups else { return }
        for installed in feed.rollups where !rollups.contains(where: { $0.name == installed.name }) {
            findings.add(
                .error, installed.name, "It is installed, but no file declares it; the daemon does not start.",
                remedy: FeedError.definitionMissing([installed.name]).remedy, as: "rollup-without-file")
        }
        for rollup in rollups {
            guard let installed = feed.rollups.first(where: { $0.name == rollup.name }) else {
                findings.add(
                    .error, rollup.name, "\(rollup.definition.file) declares it, but it is not installed.",
                    remedy: "Run `daybook install`.", as: "definition-not-installed")
                continue
            }
            if installed.definition != rollup.signature {
                findings.add(
                    .error, rollup.name, "\(rollup.definition.file) says something else than what is installed.",
                    remedy: FeedError.definitionChanged([rollup.name]).remedy, as: "definition-changed")
            }
        }
    }

    /// Transaction ids mean nothing in another database's history.
    static let lineage = DoctorCheck("another-history", needs: .feed) { examination, findings in
        let cursor = try await Cursor.read(on: examination.connection)
        let here = try await Lineage.read(on: examination.connection)
        let next = try await examination.connection.query("SELECT pg_snapshot_xmax(pg_current_snapshot())")[0]
            .decode(PostgresTransactionID.self)
        guard let strangeness = cursor.strangeness(to: here, nextTransaction: next) else { return }
        findings.add(
            .warning, "the cursor",
            "It belongs to \(strangeness): what was counted there does not tell what to count here.",
            remedy:
                "Start the daemon (`daybook run`): it begins a new history and builds every rollup from its sources."
        )
    }
}

extension FeedError {
    /// The description without its first sentence, which names what is wrong.
    fileprivate var remedy: String {
        description.split(separator: ". ", maxSplits: 1).last.map(String.init) ?? description
    }
}
