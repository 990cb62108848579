import Foundation
import PostgresClient
import Testing

@Suite struct ListenTests {
    @Test func notificationsCrossConnections() async throws {
        let channel = uniqueName("Bell \"quoted\"").prefix(60).description
        try await withTestConnection { ringer in
            try await withTestConnection { connection in
                try await connection.listen(to: [channel, channel + "2"]) { notifications in
                    #expect(try await notifications.next(timeout: .zero) == nil)
                    for number in 0..<10 { try await ringer.query("select pg_notify($1, $2)", [channel, "\(number)"]) }
                    for number in 0..<10 {
                        let notification = try await notifications.next(timeout: .seconds(30))
                        #expect(notification?.payload == "\(number)")
                        #expect(notification?.channel == channel)
                        #expect(notification?.processID == ringer.backendProcessID)
                    }
                    try await ringer.query("select pg_notify($1, 'x'), pg_notify($1, 'y')", [channel])
                    try await connection.query("select 1")
                    let first = try await notifications.next(timeout: .seconds(30))
                    #expect(first?.payload == "x")
                    #expect(try await notifications.drain().map(\.payload) == ["y"])
                }
                let left = try await connection.query("select count(*) from pg_listening_channels()")
                #expect(try left[0].decode(Int.self) == 0)
            }
        }
    }

    @Test func aWaitingListenerWakesOnCancellation() async throws {
        try await withTestConnection { connection in
            let (began, beginning) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await connection.listen(to: ["nobody"]) { notifications in
                    beginning.finish()
                    return try await notifications.next(timeout: .seconds(3600))
                }
            }
            for await _ in began {}
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await expectInStep(connection)
        }
    }

    @Test func theSequenceEndsWithTheLink() async throws {
        try await withTestConnection { ringer in
            try await withTestConnection { connection in
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.listen(to: ["bell"], heartbeat: .seconds(60)) { notifications in
                        try await ringer.execute("notify bell, 'last'")
                        for try await notification in notifications {
                            #expect(notification.payload == "last")
                            try await ringer.query(
                                "select pg_terminate_backend($1, 60000)", [connection.backendProcessID])
                        }
                    }
                }
                #expect(error?.code == .connectionLost)
                #expect(error?.sqlState == "57P01")
                #expect(await !connection.isUsable)
            }
        }
    }

    @Test func aSilentServerIsFoundByTheHeartbeat() async throws {
        try await withTestConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.listen(to: ["bell"], heartbeat: .milliseconds(100)) { notifications in
                    kill(connection.backendProcessID, SIGSTOP)
                    for try await _ in notifications {}
                }
            }
            kill(connection.backendProcessID, SIGCONT)
            #expect(error?.code == .connectionLost)
            #expect(await !connection.isUsable)
        }
    }
}
