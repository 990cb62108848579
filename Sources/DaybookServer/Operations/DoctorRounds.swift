import Daybook
import PostgresClient
import Synchronization

/// doctor's findings for whoever watches the operations, as of a few minutes ago at most.
///
/// An examination costs the database something, so it takes place only when somebody looks and the last one is older than
/// ``period``. Nobody waits for it: whoever looks gets the latest report.
final class DoctorRounds: Sendable {
    struct Report: Sendable {
        /// The worst first; nil before the first examination that has come to its end.
        var findings: [DoctorFinding]?
        /// When the findings were found, by this machine's clock.
        var examinedAt: PostgresTimestamp?
        /// Why the latest examination has not come to its end.
        var failure: String?
    }

    private struct State {
        var report = Report()
        var begun: ContinuousClock.Instant?
    }

    static let period = Duration.seconds(300)
    /// The longest that one examination may take.
    static let patience = Duration.seconds(30)

    private let examine: @Sendable () async throws -> [DoctorFinding]
    private let patience: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())
    private let looks: AsyncStream<Void>
    private let look: AsyncStream<Void>.Continuation

    /// - Parameter now: the clock by which examinations are apart.
    init(
        patience: Duration = DoctorRounds.patience,
        now: @Sendable @escaping () -> ContinuousClock.Instant = { .now },
        examine: @Sendable @escaping () async throws -> [DoctorFinding]
    ) {
        self.examine = examine
        self.patience = patience
        self.now = now
        (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Over a connection of its own for each examination.
    convenience init(database: PostgresConfiguration, eventsDirectory: String) {
        let database = database.with("application_name", "daybook doctor")
        self.init {
            let definitions = try DefinitionLoader.load(directory: eventsDirectory)
            return try await PostgresConnection.withConnection(database) { connection in
                try await connection.query("SELECT set_config('statement_timeout', '10s', false)")
                return try await Doctor.examine(definitions, on: connection)
            }
        }
    }

    /// The latest report; has a new one made if it is old.
    var report: Report {
        look.yield()
        return state.withLock(\.report)
    }

    /// Examines when somebody has looked, until ``close()`` or cancellation.
    func run() async {
        for await _ in looks where isDue() {
            do {
                let findings = try await boundedExamination()
                state.withLock {
                    $0.report = Report(findings: findings, examinedAt: Doctor.systemClock(), failure: nil)
                }
            } catch {
                let reason = "\(error)"
                state.withLock { $0.report.failure = reason }
            }
        }
    }

    func close() { look.finish() }

    private func isDue() -> Bool {
        let now = now()
        return state.withLock { state in
            if let begun = state.begun, begun.duration(to: now) < Self.period { return false }
            state.begun = now
            return true
        }
    }

    private func boundedExamination() async throws -> [DoctorFinding] {
        try await withThrowingTaskGroup(of: [DoctorFinding].self) { group in
            let (examine, patience) = (examine, patience)
            group.addTask { try await examine() }
            group.addTask {
                try await Task.sleep(for: patience)
                throw TookTooLong(limit: patience)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    struct TookTooLong: Error, CustomStringConvertible {
        let limit: Duration
        var description: String {
            "The examination took longer than \(limit.components.seconds) s. Run `daybook doctor`, which takes the time it needs."
        }
    }
}

extension DoctorRounds.Report {
    /// The members that `/api/ops` has of it.
    var json: [(String, JSONValue)] {
        [
            ("doctor", .object([("examined_at", .time(examinedAt)), ("failure", .string(failure))])),
            ("findings", findings.map { .array($0.map(\.json)) } ?? .null),
        ]
    }
}

extension DoctorFinding {
    fileprivate var json: JSONValue {
        .object([
            ("check", .string(check)), ("severity", .string(severity.rawValue)), ("subject", .string(subject)),
            ("evidence", .string(evidence)), ("remedy", .string(remedy)),
        ])
    }
}
