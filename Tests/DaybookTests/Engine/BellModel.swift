@testable import Daybook

/// The bell's protocol with everything that happens beside the machine: the lock, the writers, the notifications.
///
/// One world is one instant. ``next(_:)`` gives every world that one step of one party leads to; no step takes time, and
/// there are no timeouts, so that the heartbeat cannot hide what the bell loses.
struct BellModel: Sendable {
    /// What a writer does after it has logged its first event.
    enum Script: Sendable, Hashable, CaseIterable {
        case commits
        /// Logs and looks at the lock a second time, then commits.
        case commitsTwoStatements
        /// Goes back to before its first event, logs another, then commits.
        case commitsAfterSavepoint
        case rollsBack
        /// Keeps its transaction, and with it the lock where it has it, open for good.
        case neverEnds
    }

    /// A protocol broken on purpose. Each must be caught, or the model proves nothing.
    enum Mutation: Sendable, Hashable, CaseIterable {
        case none
        case sleepsWithoutLastRead
        case sleepsWithoutLock
        case releasesBeforeLastRead
        case ignoresTheBell
        case keepsTheLockWhenAwake
        case writerLooksBeforeItLogs
        case writerUnlocksBeforeItIsVisible
    }

    struct Writer: Sendable, Hashable {
        enum Phase: Sendable, Hashable {
            case waiting, logged, looked, again, loggedAgain, readyToEnd, visible, ended
        }

        let script: Script
        var phase = Phase.waiting
        /// Holds the bell's lock shared.
        var holdsLock = false
        /// Will ring when it commits.
        var rings = false
    }

    struct World: Sendable, Hashable {
        var machine: BellStateMachine
        var action: BellStateMachine.Action
        /// The daemon has the bell's lock.
        var isLocked = false
        var writers: [Writer]
        /// Delivered, not yet taken.
        var notifications = 0
        /// Writers whose events are visible and not yet read.
        var unread: Set<Int> = []
        /// Some writer was made to ring while the daemon held no lock.
        var rangInVain = false

        /// The daemon waits, and nothing has come.
        var isDaemonStuck: Bool {
            if case .listen = action { notifications == 0 } else { false }
        }

        var haveWritersEnded: Bool {
            writers.allSatisfy { $0.phase == .ended || $0.script == .neverEnds && $0.phase == .readyToEnd }
        }
    }

    let mutation: Mutation

    func start(_ scripts: [Script]) -> World {
        var machine = BellStateMachine(
            .init(pollInterval: .milliseconds(1), slowestPollInterval: .milliseconds(2), quietPolls: 1)
        )
        let action = machine.start()
        return World(machine: machine, action: action, writers: scripts.map { Writer(script: $0) })
    }

    func next(_ world: World) -> [World] {
        world.writers.indices.flatMap { writerSteps(world, $0) } + (daemonStep(world).map { [$0] } ?? [])
    }

    /// The daemon does what its machine asked for, and tells it what came of that; nil while it waits in vain.
    func daemonStep(_ world: World) -> World? {
        var world = world
        switch world.action {
        case .poll:
            if mutation == .sleepsWithoutLastRead, world.isLocked {
                world.action = world.machine.polled(foundEvents: false)
                return world
            }
            let found = !world.unread.isEmpty
            world.unread = []
            world.action = world.machine.polled(foundEvents: found)
        case .pause:
            world.action = world.machine.paused()
        case .tryLock:
            let isFree = !world.writers.contains(where: \.holdsLock)
            let acquired = mutation == .sleepsWithoutLock || isFree
            world.isLocked = acquired && mutation != .sleepsWithoutLock
            world.action = world.machine.lockTried(acquired: acquired)
            if mutation == .releasesBeforeLastRead { world.isLocked = false }
        case .listen:
            guard world.notifications > 0 else { return nil }
            world.notifications -= 1
            if mutation == .ignoresTheBell { return world }
            world.action = world.machine.woken(byBell: true)
        case .unlock:
            world.isLocked = mutation == .keepsTheLockWhenAwake && world.isLocked
            world.action = world.machine.unlocked()
        }
        return world
    }

    /// Every next step of one writer.
    private func writerSteps(_ world: World, _ index: Int) -> [World] {
        let writer = world.writers[index]
        switch writer.phase {
        case .waiting:
            let first: Writer.Phase = mutation == .writerLooksBeforeItLogs ? .readyToEnd : .logged
            return [changed(world, index) { $0.writers[index].phase = first }]
                .map { mutation == .writerLooksBeforeItLogs ? looked($0, index) : $0 }
        case .logged:
            return [changed(looked(world, index), index) { $0.writers[index].phase = .looked }]
        case .looked:
            return [changed(world, index) { afterLooking(&$0.writers[index]) }]
        case .again:
            return [changed(world, index) { $0.writers[index].phase = .loggedAgain }]
        case .loggedAgain:
            return [changed(looked(world, index), index) { $0.writers[index].phase = .readyToEnd }]
        case .readyToEnd:
            return end(world, index)
        case .visible:
            return afterCommit(world, index)
        case .ended:
            return []
        }
    }

    private func changed(_ world: World, _ index: Int, _ change: (inout World) -> Void) -> World {
        var world = world
        change(&world)
        return world
    }

    /// `pg_try_advisory_xact_lock_shared`: granted unless the daemon has the lock.
    private func looked(_ world: World, _ index: Int) -> World {
        changed(world, index) { world in
            if world.isLocked {
                world.writers[index].rings = true
                world.rangInVain = world.rangInVain || !world.machine.holdsLock
            } else {
                world.writers[index].holdsLock = mutation != .writerLooksBeforeItLogs
            }
        }
    }

    private func afterLooking(_ writer: inout Writer) {
        switch writer.script {
        case .commits, .rollsBack, .neverEnds: writer.phase = .readyToEnd
        case .commitsTwoStatements: writer.phase = .again
        case .commitsAfterSavepoint:
            // What was locked and rung since the savepoint goes with the event.
            (writer.holdsLock, writer.rings) = (false, false)
            writer.phase = .again
        }
    }

    private func end(_ world: World, _ index: Int) -> [World] {
        switch world.writers[index].script {
        case .neverEnds: return []
        case .rollsBack:
            return [
                changed(world, index) { world in
                    world.writers[index] = Writer(script: .rollsBack, phase: .ended)
                }
            ]
        case .commits, .commitsTwoStatements, .commitsAfterSavepoint:
            let visible = changed(world, index) { world in
                world.unread.insert(index)
                world.writers[index].phase = .visible
            }
            guard mutation == .writerUnlocksBeforeItIsVisible, world.writers[index].holdsLock else { return [visible] }
            return [changed(world, index) { $0.writers[index].holdsLock = false }]
        }
    }

    /// The lock goes and the notification comes after the transaction is visible, in either order.
    private func afterCommit(_ world: World, _ index: Int) -> [World] {
        let writer = world.writers[index]
        guard writer.holdsLock || writer.rings else {
            return [changed(world, index) { $0.writers[index].phase = .ended }]
        }
        var worlds: [World] = []
        if writer.holdsLock { worlds.append(changed(world, index) { $0.writers[index].holdsLock = false }) }
        if writer.rings {
            worlds.append(
                changed(world, index) { world in
                    world.notifications += 1
                    world.writers[index].rings = false
                }
            )
        }
        return worlds
    }
}
