import Testing

@testable import Daybook

/// Each transition on its own.
struct BellStateMachineTests {
    private static let settings = BellStateMachine.Settings(
        pollInterval: .milliseconds(5), slowestPollInterval: .milliseconds(40), quietPolls: 3, heartbeat: .seconds(9)
    )

    /// A machine that has begun and has seen so many quiet polls.
    private static func machine(quietPolls: Int = 0, maySleep: Bool = true) -> BellStateMachine {
        var settings = settings
        settings.maySleep = maySleep
        var machine = BellStateMachine(settings)
        _ = machine.start()
        for _ in 0..<quietPolls {
            _ = machine.polled(foundEvents: false)
            _ = machine.paused()
        }
        return machine
    }

    /// A machine that holds the lock and is about to read for the last time.
    private static func machineBeforeLastRead() -> BellStateMachine {
        var machine = machine(quietPolls: 2)
        #expect(machine.polled(foundEvents: false) == .tryLock)
        #expect(machine.lockTried(acquired: true) == .poll)
        return machine
    }

    private static func machineAsleep() -> BellStateMachine {
        var machine = machineBeforeLastRead()
        #expect(machine.polled(foundEvents: false) == .listen(.seconds(9)))
        return machine
    }

    @Test func beginsWithARead() {
        var machine = BellStateMachine(Self.settings)
        #expect(machine.start() == .poll)
        #expect(!machine.holdsLock && !machine.isAsleep)
    }

    @Test func staysAwakeWhileEventsComeIn() {
        var machine = Self.machine()
        for _ in 0..<10 {
            #expect(machine.polled(foundEvents: true) == .pause(.milliseconds(5)))
            #expect(machine.paused() == .poll)
        }
        #expect(!machine.holdsLock)
    }

    @Test func aLongTurnIsFollowedByALongerPauseWithinBounds() {
        var machine = Self.machine()
        let pauses: [(turn: Duration, pause: Duration)] = [
            (.microseconds(100), .milliseconds(5)), (.milliseconds(2), .milliseconds(12)),
            (.seconds(1), .milliseconds(30)),
        ]
        for (turn, pause) in pauses {
            #expect(machine.polled(foundEvents: true, duration: turn) == .pause(pause))
            #expect(machine.paused() == .poll)
        }
        // Where nothing comes in, the look decides alone.
        #expect(machine.polled(foundEvents: false, duration: .seconds(1)) == .pause(.milliseconds(5)))
    }

    @Test func anEventStartsTheQuietAnew() {
        var machine = Self.machine(quietPolls: 2)
        #expect(machine.polled(foundEvents: true) == .pause(.milliseconds(5)))
        for _ in 0..<2 {
            #expect(machine.paused() == .poll)
            #expect(machine.polled(foundEvents: false) == .pause(.milliseconds(5)))
        }
        #expect(machine.paused() == .poll)
        #expect(machine.polled(foundEvents: false) == .tryLock)
    }

    @Test func readsOnceMoreWithTheLock() {
        let machine = Self.machineBeforeLastRead()
        #expect(machine.holdsLock && !machine.isAsleep)
    }

    @Test func sleepsWhenTheLastReadFindsNothing() {
        let machine = Self.machineAsleep()
        #expect(machine.holdsLock && machine.isAsleep)
    }

    @Test func givesTheLockBackWhenTheLastReadFindsEvents() {
        var machine = Self.machineBeforeLastRead()
        #expect(machine.polled(foundEvents: true) == .unlock)
        #expect(machine.holdsLock)
        #expect(machine.unlocked() == .poll)
        #expect(!machine.holdsLock)
    }

    @Test func theBellWakesIt() {
        var machine = Self.machineAsleep()
        #expect(machine.woken(byBell: true) == .unlock)
        #expect(machine.unlocked() == .poll)
        #expect(machine.polled(foundEvents: false) == .pause(.milliseconds(5)))
    }

    @Test func theHeartbeatOnlyLooks() {
        var machine = Self.machineAsleep()
        #expect(machine.woken(byBell: false) == .poll)
        #expect(machine.holdsLock)
        #expect(machine.polled(foundEvents: false) == .listen(.seconds(9)))
    }

    @Test func theHeartbeatFindsWhatTheBellLost() {
        var machine = Self.machineAsleep()
        #expect(machine.woken(byBell: false) == .poll)
        #expect(machine.polled(foundEvents: true) == .unlock)
    }

    @Test func backsOffWhileTheLockCannotBeHad() {
        var machine = Self.machine(quietPolls: 2)
        var intervals: [BellStateMachine.Action] = []
        for _ in 0..<6 {
            #expect(machine.polled(foundEvents: false) == .tryLock)
            intervals.append(machine.lockTried(acquired: false))
            #expect(machine.paused() == .poll)
            #expect(!machine.holdsLock)
        }
        #expect(intervals == [5, 10, 20, 40, 40, 40].map { .pause(.milliseconds($0)) })
    }

    @Test func neverSleepsWhereTransactionsArePrepared() {
        var machine = Self.machine(maySleep: false)
        var last = BellStateMachine.Action.poll
        for _ in 0..<100 {
            last = machine.polled(foundEvents: false)
            #expect(machine.paused() == .poll)
            #expect(!machine.holdsLock)
        }
        #expect(last == .pause(.milliseconds(40)))
    }

    @Test func theDefaultsAreTheDesigns() {
        let settings = BellStateMachine.Settings()
        #expect(settings.slowestPollInterval == .milliseconds(100))
        #expect(settings.heartbeat <= .seconds(5))
        #expect(settings.maySleep)
    }
}
