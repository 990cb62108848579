import PrivatePostgres
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// What is left when the process that owns a cluster ends in a bad way. Each test runs in a process of its own, which
/// prints where its cluster was.
@Suite("The death of the owner", .timeLimit(.minutes(5)))
struct DeathTests {
    @Test("Killed by SIGKILL: the server ends, the folder goes")
    func killed() async throws {
        let result = try await #require(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let cluster = try await PrivatePostgres.start()
            printPlace(cluster.directory)
            kill(getpid(), SIGKILL)
        }
        try await expectNothingLeft(result)
    }

    @Test("Killed while the server was down after a crash: the folder goes")
    func killedAfterCrash() async throws {
        let result = try await #require(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let cluster = try await PrivatePostgres.start()
            try await cluster.crash()
            printPlace(cluster.directory)
            kill(getpid(), SIGKILL)
        }
        try await expectNothingLeft(result)
    }

    @Test("Killed while initdb was at work: it may finish, then all goes")
    func killedEarly() async throws {
        let result = try await #require(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let cluster = PrivatePostgres()
            printPlace(cluster.directory)
            async let boot: Void = cluster.boot()
            while access(cluster.directory + "/data/PG_VERSION", F_OK) != 0 { await Task.yield() }
            kill(getpid(), SIGKILL)
            try await boot
        }
        try await expectNothingLeft(result)
    }

    @Test("An ordinary exit without a stop")
    func exits() async throws {
        let result = try await #require(processExitsWith: .exitCode(3), observing: [\.standardOutputContent]) {
            let cluster = try await PrivatePostgres.start()
            printPlace(cluster.directory)
            exit(3)
        }
        try await expectNothingLeft(result)
    }

    private func expectNothingLeft(_ result: ExitTest.Result) async throws {
        let output = String(decoding: result.standardOutputContent, as: UTF8.self)
        let line = try #require(output.split(separator: "\n").last { $0.hasPrefix("cluster: ") })
        let directory = String(line.dropFirst("cluster: ".count))
        let pid = text(of: directory + "/data/postmaster.pid").flatMap { pid_t($0.prefix { $0 != "\n" }) }
        try await waitUntilReleased(directory)
        #expect(access(directory, F_OK) == -1)
        if let pid { #expect(!isRunning(pid)) }
    }
}

private func printPlace(_ directory: String) {
    print("cluster: \(directory)")
    fflush(nil)
}

/// Whether a process is there and is not just waiting for its parent to take note of its end.
private func isRunning(_ pid: pid_t) -> Bool {
    guard kill(pid, 0) == 0 else { return false }
    #if os(Linux)
    let state = text(of: "/proc/\(pid)/stat")?.split(separator: ") ").last?.first
    return state.map { !"ZX".contains($0) } ?? false
    #else
    return true
    #endif
}
