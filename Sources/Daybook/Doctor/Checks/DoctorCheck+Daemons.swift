import PostgresClient

extension DoctorCheck {
    /// Whether anybody counts what is captured.
    static let daemons = DoctorCheck("no-leader", needs: .feed) { examination, findings in
        let connection = examination.connection
        guard try await InstallationStatus.hasLeader(on: connection) else {
            let feed = try await InstallationStatus.feed(on: connection)
            findings.add(
                .warning, "daemon", "No daemon leads: \(feed.lagEvents) events are logged and wait.",
                remedy: "Start one: `daybook run`. Events are kept for \(FeedSchema.retentionDays) days."
            )
            return
        }
        let standbys = try await InstallationStatus.daemons(on: connection).filter { $0.role == "standby" }
        if standbys.isEmpty {
            findings.add(
                .info, "daemon", "One daemon leads, and none stands by.",
                remedy: "Run a second one elsewhere if the dashboards should outlive this one's machine.",
                as: "no-standby")
        }
    }

    static let feedLag = DoctorCheck("feed-lag", needs: .feed) { examination, findings in
        let connection = examination.connection
        guard try await InstallationStatus.hasLeader(on: connection) else { return }
        let feed = try await InstallationStatus.feed(on: connection)
        guard .seconds(feed.lagSeconds) > examination.limits.lag else { return }
        findings.add(
            .warning, "daemon",
            "A daemon leads, but \(feed.lagEvents) events wait, the oldest for \(Int(feed.lagSeconds)) s.",
            remedy: "Look at the daemon's log and `daybook status`; a long transaction or a build may hold it up."
        )
    }
}
