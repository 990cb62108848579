import Testing

@testable import Daybook

/// Every interleaving of the real state machine with writers.
///
///     writer                                daemon
///     log the event (invisible)             read
///     try the lock shared: granted, or      nothing for a while: try the lock exclusively
///       refused: will ring                  granted: read once more
///     commit: the event is visible          still nothing: wait for the bell
///     the bell rings, if it is to           rung: give the lock back, read
///     the lock goes
struct BellModelTests {
    private struct Exploration {
        var worlds = 0
        var slept = 0
        /// What went wrong first, or nil.
        var failure: String?
    }

    /// Visits every world that can be reached.
    private func explore(_ scripts: [BellModel.Script], _ mutation: BellModel.Mutation) -> Exploration {
        let model = BellModel(mutation: mutation)
        let first = model.start(scripts)
        var seen: Set = [first]
        var queue = [first]
        var exploration = Exploration()
        while let world = queue.popLast(), exploration.failure == nil {
            exploration.worlds += 1
            if world.isDaemonStuck { exploration.slept += 1 }
            exploration.failure = fault(of: world, model)
            for next in model.next(world) where seen.insert(next).inserted { queue.append(next) }
        }
        return exploration
    }

    private func fault(of world: BellModel.World, _ model: BellModel) -> String? {
        if world.rangInVain { return "a writer had to ring while the daemon was awake" }
        if world.isLocked, !world.machine.holdsLock { return "the lock is held by a daemon that is awake" }
        if world.isDaemonStuck, !world.unread.isEmpty,
            !world.writers.contains(where: { $0.phase == .visible && $0.rings })
        {
            return "the daemon sleeps, an event is visible, and no bell is on its way"
        }
        guard world.haveWritersEnded else { return nil }
        // From here on only the daemon moves. It must come to read everything.
        var seen: Set<BellModel.World> = []
        var last = world
        while seen.insert(last).inserted, let next = model.daemonStep(last) { last = next }
        return last.unread.isEmpty ? nil : "an event stays unread"
    }

    private static let pairs: [[BellModel.Script]] = BellModel.Script.allCases.flatMap { first in
        BellModel.Script.allCases.map { [first, $0] }
    }

    @Test(arguments: pairs)
    func twoWriters(_ scripts: [BellModel.Script]) {
        let exploration = explore(scripts, .none)
        #expect(exploration.failure == nil)
        #expect(exploration.worlds > 50)
        // The daemon gets to sleep in some of them, or nothing would have been proved.
        #expect(exploration.slept > 0)
    }

    @Test(
        arguments: [
            [.commits, .commits, .commits], [.commits, .commits, .neverEnds],
            [.commits, .rollsBack, .commitsTwoStatements],
            [.commitsAfterSavepoint, .commitsTwoStatements, .commits],
        ] as [[BellModel.Script]]
    )
    func threeWriters(_ scripts: [BellModel.Script]) {
        let exploration = explore(scripts, .none)
        #expect(exploration.failure == nil)
        #expect(exploration.worlds > 500)
    }

    @Test(arguments: BellModel.Mutation.allCases.filter { $0 != .none })
    func brokenProtocolsAreCaught(_ mutation: BellModel.Mutation) {
        #expect(explore([.commits, .commits], mutation).failure != nil, "the model does not notice \(mutation)")
    }
}
