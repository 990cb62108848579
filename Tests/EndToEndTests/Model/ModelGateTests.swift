import Testing

struct ModelGateTests {
    @Test(.timeLimit(.minutes(1)))
    func writersThatAllHoldDoNotStandStill() async {
        let gate = ModelGate(writers: 3)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<20 {
                        await gate.hold(for: 1_000)
                        await gate.advance()
                    }
                    await gate.leave()
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aStepIsReachedWhenItHasComeOrNoneWill() async {
        let gate = ModelGate(writers: 1)
        await gate.reach(0)
        async let second: Void = gate.reach(2)
        async let never: Void = gate.reach(1_000)
        await gate.advance()
        await gate.advance()
        await second
        await gate.leave()
        await never
        await gate.reach(1_000)
    }
}
