import Foundation
import PostgresClient
import Testing

@Suite struct ConnectionTests {
    @Test func connectsAndAnswers() async throws {
        try await withTestConnection { connection in
            let rows = try await connection.query("select $1::int4 + 1, $2, null::text", [Int32(41), "h\u{e9}"])
            let (number, text, null) = try #require(rows.first).decode(Int32.self, String.self, String?.self)
            #expect(number == 42)
            #expect(text == "h\u{e9}")
            #expect(null == nil)
            #expect(connection.serverVersion >= 150_000)
            try await connection.requirePrimary()
            let error = await #expect(throws: PostgresError.self) {
                try await connection.requirePrimary(minimumVersion: 990_000)
            }
            #expect(error?.code == .serverTooOld)
        }
    }

    @Test func closedIsClosed() async throws {
        let connection = try await PostgresConnection.connect(TestCluster.shared.value.configuration())
        await connection.close()
        await connection.close()
        #expect(await !connection.isUsable)
        let error = await #expect(throws: PostgresError.self) { try await connection.query("select 1") }
        #expect(error?.code == .closed)
    }

    @Test func theLastReferenceClosesTheSession() async throws {
        try await withTestConnection { watcher in
            var connection: PostgresConnection? = try await .connect(TestCluster.shared.value.configuration())
            let processID = connection!.backendProcessID
            connection = nil
            for _ in 0..<100_000 {
                if try await watcher.query("select from pg_stat_activity where pid = $1", [processID]).isEmpty {
                    return
                }
            }
            Issue.record("the session lives on")
        }
    }

    @Test func aTerminatedSessionIsLost() async throws {
        try await withTestConnection { holder in
            let key = Int64.random(in: 0 ... .max)
            try await holder.query("select pg_advisory_lock($1)", [key])
            try await withTestConnection { connection in
                let task = Task { try await connection.query("select pg_advisory_lock($1)", [key]) }
                try await waitUntilBlocked(connection.backendProcessID, holder)
                try await holder.query("select pg_terminate_backend($1, 60000)", [connection.backendProcessID])
                let error = await #expect(throws: PostgresError.self) { try await task.value }
                #expect(error?.code == .connectionLost && error?.sqlState == "57P01")
                #expect(await !connection.isUsable)
            }
        }
    }

    @Test func aWrongPasswordIsNamedAndNotShown() async throws {
        let cluster = try await TestCluster.shared.value
        let role = "locked"
        try await withTestConnection { connection in
            _ = try? await connection.execute("create role \(role) login password 'richtig'")
        }
        for password in ["falsch", nil] {
            var configuration = cluster.configuration().with("user", role)
            configuration.parameters["password"] = password
            let error = await #expect(throws: PostgresError.self) {
                _ = try await PostgresConnection.connect(configuration)
            }
            #expect(error?.code == .connectionFailed)
            #expect(error?.description.contains("password") == true)
            #expect(error?.description.contains("falsch") == false)
            #expect((error?.hint == nil) == (password != nil))
        }
        let right = cluster.configuration().with("user", role).with("password", "richtig")
        try await PostgresConnection.withConnection(right) { _ = try await $0.query("select 1") }
    }

    @Test func noServerIsNamed() async throws {
        let configuration = PostgresConfiguration("host=/tmp/no-such-folder port=5999")
        let error = await #expect(throws: PostgresError.self) {
            _ = try await PostgresConnection.connect(configuration)
        }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("/tmp/no-such-folder") == true)
    }

    @Test func theSecondHostIsTriedAfterTheFirst() async throws {
        let cluster = try await TestCluster.shared.value
        let configuration = cluster.configuration().with("host", "/tmp/no-such-folder,\(cluster.directory)")
        try await PostgresConnection.withConnection(configuration) { _ = try await $0.query("select 1") }
    }

    @Test func anAttemptThatGetsNoAnswerTimesOutOrIsCancelled() async throws {
        try await withSilentServer { directory in
            let configuration = PostgresConfiguration("host=\(directory) port=5432 connect_timeout=2")
            let error = await #expect(throws: PostgresError.self) {
                _ = try await PostgresConnection.connect(configuration)
            }
            #expect(error?.code == .connectionFailed)

            let task = Task { _ = try await PostgresConnection.connect(configuration.with("connect_timeout", "3600")) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    /// A socket that takes connections and says nothing.
    private func withSilentServer(_ body: (String) async throws -> Void) async throws {
        let directory = "/tmp/\(uniqueName("silent"))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(server)
            try? FileManager.default.removeItem(atPath: directory)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(directory)/.s.PGSQL.5432\0".utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        try #require(listen(server, 5) == 0)
        try await body(directory)
    }
}
