import Testing

@testable import PostgresClient

@Suite struct NotificationInboxTests {
    private func notification(_ number: Int) -> PostgresNotification {
        PostgresNotification(channel: "c", payload: "\(number)", processID: 1)
    }

    @Test func firstInFirstOut() {
        var inbox = NotificationInbox()
        for number in 0..<500 {
            inbox.append(notification(number))
            if number.isMultiple(of: 2) { #expect(inbox.removeFirst()?.payload == "\(number / 2)") }
        }
        #expect(inbox.removeAll().map(\.payload) == (250..<500).map { "\($0)" })
        #expect(inbox.removeFirst() == nil)
    }

    @Test func theOldestAreDroppedBeyondTheLimit() {
        var inbox = NotificationInbox()
        for number in 0..<NotificationInbox.limit + 3 { inbox.append(notification(number)) }
        #expect(inbox.droppedCount == 3)
        #expect(inbox.removeFirst()?.payload == "3")
        #expect(inbox.removeAll().count == NotificationInbox.limit - 1)
    }
}
