/// What one subscriber is owed: a pure value between the changes that come in and the batches that go out.
///
/// The latest row of a key takes the place of an earlier one, so a slow reader gets fewer messages and not older ones. Beyond
/// ``keyLimit`` keys everything owed is dropped, and the subscriber is told to begin anew.
struct Subscription: Sendable {
    /// What goes out at once.
    struct Batch: Sendable {
        /// Come first.
        var resets: [StreamReset] = []
        var rows: [StreamRow] = []
        /// A client that has this batch is at this position.
        var position: UInt64
        var isHeartbeat: Bool { resets.isEmpty && rows.isEmpty }
    }

    static let keyLimit = 2_000
    /// Scopes that are kept apart; beyond, everything is void.
    static let resetLimit = 100

    let filter: StreamFilter
    private let keyLimit: Int
    private var rows: [StreamIntake.Place: StreamRow] = [:]
    private var resets: [StreamReset] = []
    private var position: UInt64
    private var owesHeartbeat = false

    /// - Parameter position: up to where the client has everything.
    init(_ filter: StreamFilter, at position: UInt64, keyLimit: Int = Self.keyLimit) {
        self.filter = filter
        self.position = position
        self.keyLimit = keyLimit
    }

    /// Takes in what has happened up to a position.
    /// - Returns: whether there is something to send now.
    mutating func offer(_ events: some Sequence<StreamEvent>, at position: UInt64) -> Bool {
        self.position = position
        for event in events {
            switch event {
            case .row(let row): if filter.accepts(row.place) { add(row) }
            case .reset(let reset): if filter.accepts(reset) { add(reset) }
            }
        }
        return hasNews
    }

    /// Lets the client know that the connection lives, and its position.
    mutating func beat() {
        owesHeartbeat = true
    }

    /// What is owed, all of it; nil for nothing.
    mutating func take() -> Batch? {
        guard hasNews || owesHeartbeat else { return nil }
        let batch = Batch(resets: resets, rows: Array(rows.values), position: position)
        rows = [:]
        resets = []
        owesHeartbeat = false
        return batch
    }

    /// Keys that wait.
    var keyCount: Int { rows.count }

    private var hasNews: Bool { !rows.isEmpty || !resets.isEmpty }

    private mutating func add(_ row: StreamRow) {
        rows[row.place] = row
        if rows.count > keyLimit { add(StreamReset(reason: .tooSlow)) }
    }

    private mutating func add(_ reset: StreamReset) {
        guard let scope = reset.scope else {
            rows = [:]
            resets = [reset]
            return
        }
        rows = rows.filter { !scope.contains($0.key) }
        if resets.contains(where: { $0.scope == nil || $0 == reset }) { return }
        if resets.count == Self.resetLimit { return add(StreamReset(reason: reset.reason)) }
        resets.append(reset)
    }
}
