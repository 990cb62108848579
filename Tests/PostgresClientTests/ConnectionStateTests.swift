import Testing

@testable import PostgresClient

@Suite struct ConnectionStateTests {
    @Test func closedConnectionsRefuseEveryUse() {
        for closing in [ConnectionState.Closing.byOwner, .lost] {
            var state = ConnectionState()
            state.close(closing)
            state.close(.byOwner)
            let error = #expect(throws: PostgresError.self) { try state.begin(.call) }
            #expect(error?.code == (closing == .lost ? .connectionLost : .closed))
            state.end()
            #expect(!state.isOpen, "a late end opens nothing")
        }
    }

    @Test func useEndsAndBeginsAgain() throws {
        var state = ConnectionState()
        try state.begin(.stream)
        try state.resume(.stream)
        state.end()
        try state.begin(.call)
    }

    @Test func nestedTransactionIsATrap() async {
        await #expect(processExitsWith: .failure) {
            var state = ConnectionState()
            state.beginTransaction()
            state.beginTransaction()
        }
    }

    @Test func callDuringAStreamIsATrap() async {
        await #expect(processExitsWith: .failure) {
            var state = ConnectionState()
            try state.begin(.stream)
            try state.begin(.call)
        }
    }

    @Test func listeningInATransactionIsATrap() async {
        await #expect(processExitsWith: .failure) {
            var state = ConnectionState()
            state.beginTransaction()
            state.beginListening()
        }
    }
}
