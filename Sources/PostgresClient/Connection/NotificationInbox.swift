/// The notifications that have arrived and not been read; a pure value.
///
/// It holds a limited number. Beyond it the oldest are dropped and counted: a notification is a hint, and a reader who
/// is so far behind has to look at the tables anyhow.
struct NotificationInbox: Sendable {
    static let limit = 10_000

    private var waiting: [PostgresNotification] = []
    private var readCount = 0
    private(set) var droppedCount = 0

    var isEmpty: Bool { readCount == waiting.count }

    mutating func append(_ notification: PostgresNotification) {
        if waiting.count - readCount == Self.limit {
            readCount += 1
            droppedCount += 1
        }
        compact()
        waiting.append(notification)
    }

    mutating func removeFirst() -> PostgresNotification? {
        guard !isEmpty else { return nil }
        readCount += 1
        return waiting[readCount - 1]
    }

    mutating func removeAll() -> [PostgresNotification] {
        defer {
            waiting = []
            readCount = 0
        }
        return Array(waiting[readCount...])
    }

    private mutating func compact() {
        guard readCount > 64, readCount * 2 > waiting.count else { return }
        waiting.removeFirst(readCount)
        readCount = 0
    }
}
