public import PostgresClient

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Looks for every hole through which changes of the sources could bypass capture, and for what keeps the feed, an
/// audit or a repair from doing their work; before `install` and after.
public enum Doctor {
    /// Examines the database that the connection leads to.
    ///
    /// Changes nothing: it works in transactions that are read-only or rolled back, and waits at most two seconds
    /// for any lock. What the role may not see is itself a finding. A server in recovery or older than 15 gets no
    /// further look.
    ///
    /// - Parameter clock: this machine's wall clock.
    /// - Precondition: no transaction is open on the connection.
    /// - Returns: the findings, the worst first.
    /// - Throws: `PostgresError` when the database could not be asked.
    public static func examine(
        _ definitions: LoadedDefinitions, on connection: PostgresConnection,
        now clock: @Sendable () -> PostgresTimestamp = Doctor.systemClock
    ) async throws -> [DoctorFinding] {
        try await examine(definitions, on: connection, limits: DoctorLimits(), now: clock)
    }

    package static func examine(
        _ definitions: LoadedDefinitions, on connection: PostgresConnection, limits: DoctorLimits,
        now clock: @Sendable () -> PostgresTimestamp = Doctor.systemClock
    ) async throws -> [DoctorFinding] {
        let server = try await ServerExamination.look(through: connection, limits: limits, clock: clock)
        guard server.isPlaceToWork else { return server.findings }
        let (rollups, problems) = try await DefinitionExamination.resolve(definitions, on: connection)
        var doctor = DoctorRun(connection: connection, definitions: definitions, rollups: rollups, limits: limits)
        try await doctor.lookReadOnly()
        try await doctor.lookAtFunctions()
        let found = server.findings + doctor.findings
        return (found + problems.filter { !$0.isCovered(by: found) })
            .enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }.map(\.element)
    }

    /// The wall clock of this machine.
    public static func systemClock() -> PostgresTimestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let secondsFrom1970To2000: Int64 = 946_684_800
        return PostgresTimestamp(
            microsecondsSince2000: (Int64(time.tv_sec) - secondsFrom1970To2000) * 1_000_000 + Int64(time.tv_nsec) / 1000
        )
    }
}
