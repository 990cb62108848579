extension ModelPlan {
    /// A sequence in which every action makes sense: nothing is stopped that does not run, and at the end all is as it
    /// may be; the run itself thaws and starts what is missing.
    static func disruptions(total: Int, daemons: Int, random: inout ModelRandom) -> [Disruption] {
        var disruptions: [Disruption] = []
        // Sometimes the feed is installed under a database in use, with history.
        let installed = random.once(in: 2) ? 0 : random.number(0...total / 4)
        disruptions.append(Disruption(step: installed, action: .install))
        var states = Array(repeating: DaemonState.stopped, count: daemons)
        for daemon in 0..<daemons {
            for action in starting(daemon, random: &random) {
                disruptions.append(Disruption(step: installed, action: action))
            }
            states[daemon] = .running
        }
        let count = random.number(4...12)
        let steps = (0..<count).map { _ in random.number(installed...max(installed, total - 1)) }.sorted()
        for step in steps {
            for action in actions(states: &states, random: &random) {
                disruptions.append(Disruption(step: step, action: action))
            }
        }
        return disruptions
    }

    private enum DaemonState { case running, frozen, stopped }

    /// One action, or a few at the same step.
    private static func actions(states: inout [DaemonState], random: inout ModelRandom) -> [Action] {
        switch random.number(0...13) {
        case 0...1: return [.audit]
        case 2: return [.crash]
        case 3: return [.restart]
        case 4: return [.disconnect(random.pick(Session.allCases))]
        case 5: return [.request(random.pick(Job.allCases))]
        default: break
        }
        let daemon = random.number(0...states.count - 1)
        switch states[daemon] {
        case .stopped:
            states[daemon] = .running
            return starting(daemon, random: &random)
        case .frozen:
            if random.once(in: 3) {
                states[daemon] = .stopped
                return [.kill(daemon)]
            }
            states[daemon] = .running
            // It wakes up as a leader that may have lost its sessions without noticing.
            return random.once(in: 2) ? [.disconnect(random.pick(Session.allCases)), .thaw(daemon)] : [.thaw(daemon)]
        case .running: return running(daemon, states: &states, random: &random)
        }
    }

    private static func starting(_ daemon: Int, random: inout ModelRandom) -> [Action] {
        random.once(in: 5) ? [.start(daemon)] : [.start(daemon), .await(daemon)]
    }

    private static func running(
        _ daemon: Int, states: inout [DaemonState], random: inout ModelRandom
    ) -> [Action] {
        switch random.number(0...9) {
        case 0:
            states[daemon] = .stopped
            return [.stop(daemon)]
        case 1:
            states[daemon] = .stopped
            return [.kill(daemon)]
        case 2...3: return [.stop(daemon)] + starting(daemon, random: &random)
        case 4...6: return [.kill(daemon)] + starting(daemon, random: &random)
        case 7:
            states[daemon] = .stopped
            return [.kill(daemon), .crash]
        default:
            states[daemon] = .frozen
            return [.freeze(daemon)]
        }
    }
}
