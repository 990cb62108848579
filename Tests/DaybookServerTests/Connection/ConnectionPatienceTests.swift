import Testing

@testable import DaybookServer

struct ConnectionPatienceTests {
    private let start = ContinuousClock.now

    private func patience() -> ConnectionPatience {
        var limits = RequestLimits()
        (limits.idleSeconds, limits.headerSeconds, limits.writeStallSeconds) = (60, 10, 15)
        limits.bodyBytes = 100
        return ConnectionPatience(limits, now: start)
    }

    /// Seconds until the connection is to be looked at again; nil when it is to be closed.
    private func rest(_ patience: inout ConnectionPatience, at seconds: Double, unsent: Int? = nil) -> Double? {
        let now = start + .seconds(seconds)
        switch patience.verdict(now: now, unsentBytes: unsent) {
        case .close: return nil
        case .wait(let until): return now.duration(to: until) / .seconds(1)
        }
    }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test("A connection may idle for a while, before a request and between two")
    func idle() {
        var patience = patience()
        #expect(rest(&patience, at: 1) == 59)
        patience.bytesCame(now: at(2))
        patience.requestBegan()
        patience.requestEnded(now: at(2))
        #expect(rest(&patience, at: 1_000) == 10, "an answer takes what it takes")
        patience.answered(now: at(1_000))
        #expect(rest(&patience, at: 1_001) == 59)
        #expect(rest(&patience, at: 1_060) == nil)
    }

    @Test("Headers have their time from the first byte on, however many follow")
    func headers() {
        var patience = patience()
        for second in 0..<9 { patience.bytesCame(now: at(Double(second))) }
        #expect(rest(&patience, at: 9) == 1)
        #expect(rest(&patience, at: 10) == nil)
    }

    @Test("The rest of a request that is answered already has as long")
    func body() {
        var patience = patience()
        patience.bytesCame(now: at(0))
        patience.requestBegan()
        let (some, more) = (patience.bodyCame(60), patience.bodyCame(60))
        #expect(some && !more)
        patience.answered(now: at(5))
        #expect(rest(&patience, at: 14) == 1)
        #expect(rest(&patience, at: 15) == nil)
        patience.requestEnded(now: at(14))
        #expect(rest(&patience, at: 15) == 59)
    }

    @Test("Requests that come before the answer to the last one leave the connection busy")
    func pipelined() {
        var patience = patience()
        patience.requestBegan()
        patience.requestEnded(now: at(0))
        patience.requestBegan()
        patience.requestEnded(now: at(0))
        patience.answered(now: at(1))
        #expect(patience.isAnswering)
        #expect(rest(&patience, at: 500) == 10)
        patience.answered(now: at(500))
        #expect(!patience.isAnswering)
        #expect(rest(&patience, at: 500) == 60)
    }

    @Test("A client has to take something of what is written to it, be it little")
    func stalls() {
        var patience = patience()
        patience.requestBegan()
        patience.writing(now: at(0))
        #expect(rest(&patience, at: 5, unsent: 1_000) == 10)
        patience.writing(now: at(6))
        #expect(rest(&patience, at: 14, unsent: 900) == 15, "a hundred bytes since the last look")
        #expect(rest(&patience, at: 20, unsent: 900) == 9)
        patience.wrote(now: at(25))
        #expect(rest(&patience, at: 30) == 10, "the second part is still on its way")
        patience.wrote(now: at(31))
        #expect(rest(&patience, at: 1_000) == 10, "nothing is on its way")
        patience.writing(now: at(1_000))
        #expect(rest(&patience, at: 1_016) == nil)
    }
}
