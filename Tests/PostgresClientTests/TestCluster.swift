import Foundation
import PostgresClient

/// A throw-away Postgres for this test process, on a Unix socket; it goes when the process does, however it ends.
final class TestCluster: Sendable {
    static let shared = Task { try TestCluster() }

    let directory: String
    private let watchdog: Process
    private let lifeline: Pipe

    private init() throws {
        directory = "/tmp/pgclient-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        watchdog = Process()
        lifeline = Pipe()
        let ready = Pipe()
        watchdog.executableURL = URL(fileURLWithPath: "/bin/sh")
        watchdog.arguments = ["-c", Self.script, "sh", directory]
        watchdog.standardInput = lifeline
        watchdog.standardOutput = ready
        try watchdog.run()
        try ready.fileHandleForWriting.close()
        let answer = String(decoding: ready.fileHandleForReading.availableData, as: UTF8.self)
        guard answer == "ready\n" else { throw TestClusterError(what: "the cluster did not start: \(answer)") }
    }

    /// Starts the server, says so, and stops it at the end of its input, which comes with the end of this process.
    private static let script = """
        D=$1; B=/usr/lib/postgresql/15/bin; mkdir -p $D; chmod 755 $D
        AS=; if [ "$(id -u)" = 0 ]; then chown postgres $D; AS="runuser -u postgres --"; fi
        cd $D
        printf 'secret' > $D/password; chmod 644 $D/password
        $AS $B/initdb -D $D/data --no-sync --auth=trust --encoding=UTF8 --locale=C.UTF-8 -U postgres \
            --pwfile=$D/password >$D/initdb.log 2>&1 </dev/null
        $AS sh -c "printf 'local all locked scram-sha-256\\nlocal all all trust\\n' > $D/data/pg_hba.conf"
        $AS $B/pg_ctl -D $D/data -w -l $D/server.log start -o "-k $D -p 5432 -c listen_addresses='' -c fsync=off \
            -c max_connections=300 -c unix_socket_permissions=0777" >$D/start.log 2>&1 </dev/null && echo ready
        exec >&-
        cat >/dev/null
        $AS $B/pg_ctl -D $D/data -m immediate stop >/dev/null 2>&1; rm -rf $D
        """

    func configuration(database: String = "postgres") -> PostgresConfiguration {
        PostgresConfiguration(
            "",
            parameters: ["host": directory, "port": "5432", "user": "postgres", "dbname": database]
        )
    }
}

struct TestClusterError: Error {
    let what: String
}

/// Runs a test with a connection to the test cluster's database.
func withTestConnection<R: Sendable>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
    try await PostgresConnection.withConnection(TestCluster.shared.value.configuration(), body)
}

/// A name that no other test uses.
func uniqueName(_ hint: String) -> String {
    "\(hint)_\(UInt64.random(in: 0...UInt64.max))"
}

/// The connection's next answer is to its next question.
func expectInStep(_ connection: PostgresConnection) async throws {
    let question = Int.random(in: 0 ... .max)
    let answer = try await connection.query("select $1", [question])[0].decode(Int.self)
    guard answer == question else { throw TestClusterError(what: "the connection gives answers to other questions") }
}
