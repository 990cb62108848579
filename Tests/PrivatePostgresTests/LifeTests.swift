import PrivatePostgres
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

@Suite("The life of a cluster", .timeLimit(.minutes(5)))
struct LifeTests {
    @Test("It starts, answers on its socket only, stops, and leaves nothing behind")
    func startAndStop() async throws {
        let cluster = try await PrivatePostgres.start()
        #expect(try await cluster.psql("SELECT current_user, inet_server_addr() IS NULL") == "postgres|t\n")
        #expect(try await cluster.psql("SHOW listen_addresses") == "\n")
        #expect(try await cluster.psql("SHOW server_encoding") == "UTF8\n")
        #expect(access(cluster.socketDirectory + "/.s.PGSQL.\(cluster.port)", F_OK) == 0)
        #expect(cluster.socketDirectory.utf8.count < 90)
        try await cluster.stop()
        #expect(access(cluster.directory, F_OK) == -1)
        try await cluster.stop()
    }

    @Test("Settings win over the defaults, but not over where the server listens")
    func settings() async throws {
        let settings = ["fsync": "on", "application_name": #"it's a \ "#, "listen_addresses": "*", "port": "9"]
        try await PrivatePostgres.withCluster(settings: settings) { cluster async throws in
            #expect(try await cluster.psql("SHOW fsync") == "on\n")
            #expect(try await cluster.psql("SHOW full_page_writes") == "off\n")
            #expect(try await cluster.psql("SHOW port") == "\(cluster.port)\n")
            let name = "SELECT reset_val FROM pg_settings WHERE name = 'listen_addresses'"
            #expect(try await cluster.psql(name) == "\n")
        }
    }

    @Test("Two clusters live side by side, and are two")
    func twoAtOnce() async throws {
        let query = "SELECT system_identifier FROM pg_control_system()"
        async let first = PrivatePostgres.withCluster { try await ($0.directory, $0.psql(query)) }
        async let second = PrivatePostgres.withCluster { try await ($0.directory, $0.psql(query)) }
        let (one, other) = try await (first, second)
        #expect(one.0 != other.0)
        #expect(one.1 != other.1)
    }

    @Test("A restart keeps the data and the address, and ends every session")
    func restart() async throws {
        try await PrivatePostgres.withCluster { cluster async throws in
            _ = try await cluster.psql("CREATE TABLE t AS SELECT 7 AS x")
            let before = try await cluster.psql("SELECT pg_postmaster_start_time()")
            try await cluster.restart()
            #expect(try await cluster.psql("SELECT x FROM t") == "7\n")
            #expect(try await cluster.psql("SELECT pg_postmaster_start_time()") != before)
        }
    }

    @Test("After a crash it is down, recovers when started again, and has what was committed")
    func crash() async throws {
        try await PrivatePostgres.withCluster { cluster async throws in
            _ = try await cluster.psql("CREATE TABLE t (x int)")
            _ = try await cluster.psql("INSERT INTO t SELECT generate_series(1, 1000)")
            try await cluster.crash()
            await #expect(throws: PrivatePostgresError.self) { try await cluster.psql("SELECT 1") }
            await #expect(throws: PrivatePostgresError.self) { try await cluster.crash() }
            try await cluster.startAgain()
            try await cluster.startAgain()
            #expect(try await cluster.psql("SELECT count(*) FROM t") == "1000\n")
            let log = try #require(text(of: cluster.logFile))
            #expect(log.contains("database system was not properly shut down"))
        }
    }

    @Test("A server that was killed by somebody else can be started again")
    func killed() async throws {
        try await PrivatePostgres.withCluster { cluster async throws in
            let file = try #require(text(of: cluster.directory + "/data/postmaster.pid"))
            let pid = try #require(pid_t(file.prefix { $0 != "\n" }))
            kill(pid, SIGQUIT)
            try await cluster.restart()
            #expect(try await cluster.psql("SELECT 1") == "1\n")
        }
    }

    @Test("A password is asked for where one is set")
    func password() async throws {
        try await PrivatePostgres.withCluster(authentication: .password(#"it's \ secret"#)) { cluster async throws in
            #expect(try await cluster.psql("SELECT 1") == "1\n")
            #expect(
                try await cluster.psql("SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'trust'") == "0\n")
        }
    }

    @Test("A server that refuses its settings is an error that says so, and leaves nothing behind")
    func badSettings() async throws {
        let cluster = PrivatePostgres(settings: ["shared_buffers": "many"])
        let error = await #expect(throws: PrivatePostgresError.self) { try await cluster.boot() }
        #expect(error?.code == .startFailed)
        #expect(error?.description.contains("shared_buffers") == true)
        #expect(access(cluster.directory, F_OK) == -1)
        await #expect(throws: PrivatePostgresError.self) { try await cluster.boot() }
        try await cluster.stop()
    }

    @Test("A cancelled start leaves nothing behind")
    func cancelled() async throws {
        let cluster = PrivatePostgres()
        let start = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await cluster.boot()
        }
        await #expect(throws: CancellationError.self) { try await start.value }
        #expect(access(cluster.directory, F_OK) == -1)
    }

    @Test("A cluster that is just forgotten ends as well")
    func forgotten() async throws {
        let directory = try await PrivatePostgres.start().directory
        try await waitUntilReleased(directory)
        #expect(access(directory, F_OK) == -1)
    }
}
