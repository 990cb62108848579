/// Everything that a seed decides: what the writers do, what befalls the daemons and the server, and when.
///
/// Time is counted in steps: one step is one transaction of any writer. So the same seed has the same schedule on every
/// machine; how the processes interleave between two steps is theirs.
struct ModelPlan: Sendable, Hashable {
    /// What occurs in a run.
    struct Features: Sendable, Hashable {
        /// `max_prepared_transactions` is above zero: the daemon never sleeps, and writers prepare.
        var preparesTransactions: Bool
        var truncates: Bool
        /// Rows that no rollup row can hold: keys too long, nulls where none may be, sums beyond 64 bits.
        var writesUnstorable: Bool
    }

    struct Disruption: Sendable, Hashable {
        /// The step before which it happens, counted over all writers from 0.
        var step: Int
        var action: Action

        /// How many transactions may have been done before it is over: enough for it to strike in the midst of some.
        func limit(writers: Int) -> Int { step + 3 * writers }
    }

    /// What happens to a daemon, by its number, or to the server.
    enum Action: Sendable, Hashable {
        case install
        case start(Int)
        /// Waits until it leads or stands by. Writers go on meanwhile, for a while.
        case await(Int)
        /// SIGTERM, and waits for the end.
        case stop(Int)
        /// SIGKILL.
        case kill(Int)
        /// SIGSTOP: it holds its connections and does nothing.
        case freeze(Int)
        case thaw(Int)
        /// The server ends sessions of daemons.
        case disconnect(Session)
        /// All of the server's processes end at once, and it recovers.
        case crash
        /// A fast shutdown and a start.
        case restart
        /// Compares in the midst of it all, at one snapshot.
        case audit
        /// Asks the daemon for a repair of everything, or for a back-fill of the last days.
        case request(Job)
    }

    enum Job: String, Sendable, Hashable, CaseIterable {
        case repair, backfill
    }

    enum Session: String, Sendable, Hashable, CaseIterable {
        /// The one with the leader's lock and the bell.
        case bell = "daybook bell"
        /// The one that counts.
        case work = "daybook"
        case both = "daybook%"
    }

    let seed: UInt64
    /// Transactions of each writer.
    let steps: Int
    let writers: Int
    let features: Features
    /// The daemons that there are; those beyond the first stand by.
    let daemons: Int
    let flushEveryMilliseconds: Int
    /// In the order of their steps.
    let disruptions: [Disruption]

    init(seed: UInt64, steps: Int) {
        var random = ModelRandom(seed: seed)
        self.seed = seed
        self.steps = steps
        writers = random.number(2...5)
        features = Features(
            preparesTransactions: random.once(in: 3), truncates: random.once(in: 2),
            writesUnstorable: random.once(in: 3)
        )
        daemons = random.once(in: 3) ? 2 : 1
        flushEveryMilliseconds = random.pick([5, 50, 200, 1_000])
        disruptions = Self.disruptions(total: writers * steps, daemons: daemons, random: &random)
    }

    func script(of writer: Int) -> WriterScript {
        WriterScript(seed: seed, writer: writer, features: features)
    }
}

extension ModelPlan: CustomStringConvertible {
    var description: String {
        let traits = [
            features.preparesTransactions ? "prepared transactions" : nil, features.truncates ? "truncates" : nil,
            features.writesUnstorable ? "unstorable rows" : nil, daemons > 1 ? "standby" : nil,
        ].compactMap(\.self)
        let events = disruptions.map { "\($0.step) \($0.action)" }.joined(separator: ", ")
        return """
            seed \(seed): \(writers) writers of \(steps) transactions, flush every \(flushEveryMilliseconds) ms\
            \(traits.isEmpty ? "" : ", ")\(traits.joined(separator: ", ")); at \(events)
            """
    }
}

extension ModelPlan.Action: CustomStringConvertible {
    var description: String {
        switch self {
        case .install: "install"
        case .start(let daemon): "start daemon \(daemon)"
        case .await(let daemon): "await daemon \(daemon)"
        case .stop(let daemon): "stop daemon \(daemon)"
        case .kill(let daemon): "kill daemon \(daemon)"
        case .freeze(let daemon): "freeze daemon \(daemon)"
        case .thaw(let daemon): "thaw daemon \(daemon)"
        case .disconnect(let session): "disconnect \(session)"
        case .crash: "crash the server"
        case .restart: "restart the server"
        case .audit: "audit"
        case .request(let job): "request a \(job)"
        }
    }
}
