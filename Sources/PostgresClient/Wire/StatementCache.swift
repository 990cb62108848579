/// The named prepared statements of one session, least recently used first out; a pure value.
struct StatementCache: Sendable {
    struct Key: Hashable, Sendable {
        var sql: String
        var types: [UInt32]
    }

    private var names: [Key: (name: String, used: UInt64)] = [:]
    private var clock: UInt64 = 0
    private var serial: UInt64 = 0
    let limit: Int

    init(limit: Int = 128) {
        precondition(limit > 0, "a cache of statements holds at least one")
        self.limit = limit
    }

    var count: Int { names.count }

    /// The name of a prepared statement, which counts as a use of it.
    mutating func name(of key: Key) -> String? {
        guard let name = names[key]?.name else { return nil }
        clock += 1
        names[key]?.used = clock
        return name
    }

    mutating func newName() -> String {
        serial += 1
        return "s\(serial)"
    }

    /// What must be deallocated before `additions` more fit; `keeping` stays in any case.
    func victims(forAdditions additions: Int, keeping: Set<Key> = []) -> [(key: Key, name: String)] {
        let excess = names.count + additions - limit
        guard excess > 0 else { return [] }
        return names.filter { !keeping.contains($0.key) }
            .sorted { $0.value.used < $1.value.used }
            .prefix(excess)
            .map { ($0.key, $0.value.name) }
    }

    mutating func insert(_ key: Key, name: String) {
        clock += 1
        names[key] = (name, clock)
    }

    mutating func remove(_ key: Key) {
        names[key] = nil
    }

    mutating func removeAll() {
        names = [:]
    }
}
