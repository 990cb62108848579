import Testing

@testable import PostgresClient

@Suite struct CancellationTests {
    private let start = ContinuousClock.now

    @Test func untouchedItDoesNothing() {
        var cancellation = Cancellation()
        #expect(cancellation.tick(at: start) == .none)
        cancellation.requestReturned(at: start)
        cancellation.answered()
        #expect(!cancellation.isRequested && !cancellation.isUnderWay && cancellation.wakeAt == nil)
    }

    @Test func sendsOnceAndAgainOnlyAfterTheFirstHasReturned() {
        var cancellation = Cancellation()
        #expect(cancellation.requested(at: start) == .sendRequest)
        #expect(cancellation.requested(at: start) == .none)
        #expect(cancellation.tick(at: start + .seconds(1)) == .none)
        cancellation.requestReturned(at: start + .seconds(1))
        #expect(cancellation.tick(at: start + .seconds(1)) == .none)
        #expect(cancellation.wakeAt == start + .milliseconds(1250))
        #expect(cancellation.tick(at: start + .milliseconds(1250)) == .sendRequest)
        #expect(cancellation.isUnderWay)
    }

    @Test func endsOnlyWhenTheRequestHasReturned() {
        var cancellation = Cancellation()
        _ = cancellation.requested(at: start)
        cancellation.answered()
        #expect(cancellation.isUnderWay)
        cancellation.requestReturned(at: start)
        #expect(!cancellation.isUnderWay)
        #expect(cancellation.tick(at: start + .seconds(1)) == .none, "no request after the answer")
    }

    @Test(arguments: [true, false]) func givesUpInTime(isAnswered: Bool) {
        var cancellation = Cancellation()
        _ = cancellation.requested(at: start)
        if isAnswered { cancellation.answered() }
        #expect(cancellation.wakeAt == start + Cancellation.patience)
        #expect(cancellation.tick(at: start + Cancellation.patience) == .giveUp)
    }
}
