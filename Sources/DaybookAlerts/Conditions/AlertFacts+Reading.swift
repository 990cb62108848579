package import Daybook
import Foundation
package import PostgresClient

extension AlertFacts {
    /// Reads what the database says and adds what only this process knows.
    package static func read(
        on connection: PostgresConnection, status: EngineStatus, snapshots: String?, previousLeader: String?
    ) async throws -> AlertFacts {
        let row = try await connection.query("SELECT clock_timestamp(), pg_notification_queue_usage()")[0]
        let (now, queue) = try row.decode(PostgresTimestamp.self, Double.self)
        let installation = try await InstallationStatus.read(on: connection)
        var facts = AlertFacts(now: now)
        facts.gaps = installation.gaps
        facts.lagSeconds = installation.feed.lagSeconds
        facts.lastTurnAt = status.lastTurnAt
        facts.jobs = installation.jobs
        facts.jobsProblem = installation.jobsProblem
        facts.sealFailure = status.sealFailure
        facts.leader =
            installation.daemons.first { $0.role == "leader" }.map { "\($0.host), process \($0.pid)" } ?? ""
        facts.previousLeader = facts.leader.isEmpty ? nil : previousLeader
        facts.notificationQueue = queue
        if let snapshots { facts.diskFree = await FileLane().run { freeShare(of: snapshots) } }
        return facts
    }

    /// Of the file system of a folder, from 0 to 1.
    private static func freeShare(of folder: String) -> Double? {
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        guard let free = (facts?[.systemFreeSize] as? NSNumber)?.doubleValue,
            let size = (facts?[.systemSize] as? NSNumber)?.doubleValue, size > 0
        else { return nil }
        return free / size
    }
}
