import Testing

@testable import PrivatePostgres

@Suite("States, settings, connection strings")
struct PureValueTests {
    @Test("What each request does in each state")
    func steps() throws {
        let table: [(ClusterState, ClusterState.Request, [ClusterState.Step]?)] = [
            (.new, .boot, [.initialize, .start]), (.new, .stop, [.remove]), (.new, .restart, nil),
            (.new, .crash, nil), (.new, .startAgain, nil),
            (.running, .boot, []), (.running, .stop, [.stopFast, .remove]), (.running, .restart, [.stopFast, .start]),
            (.running, .crash, [.stopImmediately]), (.running, .startAgain, []),
            (.down, .boot, [.start]), (.down, .stop, [.remove]), (.down, .restart, [.start]), (.down, .crash, nil),
            (.down, .startAgain, [.start]),
            (.removed, .boot, nil), (.removed, .stop, []), (.removed, .restart, nil), (.removed, .crash, nil),
            (.removed, .startAgain, nil),
        ]
        #expect(table.count == 4 * ClusterState.Request.allCases.count)
        for (state, request, steps) in table {
            #expect((try? state.steps(for: request)) == steps, "\(state) \(request)")
        }
    }

    @Test("Each step leads to a state")
    func transitions() {
        var state = ClusterState.new
        state.serverEnded()
        #expect(state == .new)
        for (step, next) in [
            (.initialize, .down), (.start, .running), (.stopImmediately, .down), (.start, .running),
            (.stopFast, .down), (.remove, .removed),
        ] as [(ClusterState.Step, ClusterState)] {
            state.did(step)
            #expect(state == next)
        }
        state = .running
        state.serverEnded()
        #expect(state == .down)
    }

    @Test("postmaster.pid, complete, half written, and not one")
    func pidFile() {
        let whole = "4711\n/tmp/x/data\n1700000000\n5432\n/tmp/x/socket\n\n  1 2\n"
        #expect(PidFile(whole + "ready   \n")?.isReady == true)
        #expect(PidFile(whole + "standby \n")?.isReady == true)
        #expect(PidFile(whole + "starting\n")?.isReady == false)
        #expect(PidFile(whole)?.pid == 4711)
        #expect(PidFile("4711")?.isReady == false)
        #expect(PidFile("") == nil)
        #expect(PidFile("-1\n") == nil)
    }

    @Test("Values are quoted as libpq and as postgresql.conf want it")
    func quoting() {
        #expect(ConnectionString.text([("host", "/tmp/a b"), ("port", "5432")]) == "host='/tmp/a b' port=5432")
        #expect(ConnectionString.quoted("") == "''")
        #expect(ConnectionString.quoted(#"it's \"#) == #"'it\'s \\'"#)
        #expect(ServerSettings.quoted(#"it's \"#) == #"'it''s \\'"#)
    }

    @Test("The connection string names socket, user and database")
    func connectionString() {
        let cluster = PrivatePostgres()
        let socket = cluster.socketDirectory
        #expect(cluster.connectionString == "host=\(socket) port=5432 user=postgres dbname=postgres")
        #expect(cluster.connectionString(database: "a b").hasSuffix("dbname='a b'"))
    }

    @Test("Settings: what is asked for wins, where it listens is fixed")
    func settings() {
        let settings = ServerSettings(
            ["fsync": "on", "port": "1"], folder: ClusterFolder(path: "/tmp/x"), port: 5432)
        #expect(settings.text.contains("fsync = 'on'\n"))
        #expect(settings.text.contains("port = '5432'\n"))
        #expect(settings.text.contains("unix_socket_directories = '/tmp/x/socket'\n"))
    }

    @Test("A user that does not exist is a clear error for root")
    func noAccount() {
        let error = #expect(throws: PrivatePostgresError.self) {
            try ServerAccount.forRoot(user: "nobody-of-that-name")
        }
        #expect(error?.code == .noServerAccount)
    }
}
