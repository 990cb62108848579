import Daybook
package import Logging
import PostgresClient
import Synchronization

/// The messages that wait for one channel, in order. A channel that is down holds up no other.
package final class ChannelQueue: Sendable {
    private let name: String
    private let settings: DeliverySettings
    private let logger: Logger
    private let send: @Sendable (AlertMessage) async throws -> Void
    private let messages: AsyncStream<AlertMessage>
    private let intake: AsyncStream<AlertMessage>.Continuation
    private let budget: Mutex<MessageBudget>

    package init(
        _ name: String, settings: DeliverySettings, logger: Logger,
        send: @escaping @Sendable (AlertMessage) async throws -> Void
    ) {
        self.name = name
        self.settings = settings
        self.logger = logger
        self.send = send
        budget = Mutex(MessageBudget(perHour: settings.messagesPerHour))
        (messages, intake) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(settings.queueLength))
    }

    /// Hands over and returns. What does not fit is lost, and logged.
    package func put(_ message: AlertMessage) {
        guard budget.withLock({ $0.take(at: .now) }) else {
            return lose(message, because: "the channel has had \(settings.messagesPerHour) messages within an hour")
        }
        if case .dropped = intake.yield(message) {
            lose(message, because: "\(settings.queueLength) messages wait for this channel already")
        }
    }

    /// No more messages; ``run()`` ends after those that wait.
    package func close() { intake.finish() }

    /// Delivers until closed or cancelled.
    package func run() async {
        for await message in messages { await deliver(message) }
    }

    private func deliver(_ message: AlertMessage) async {
        var backoff = PostgresBackoff(
            initial: settings.firstPause, maximum: max(settings.firstPause, settings.longestPause))
        var generator = SystemRandomNumberGenerator()
        for attempt in 1...max(1, settings.attempts) {
            do {
                try await send(message)
                return logger.debug("alert sent", metadata: ["channel": "\(name)", "rule": "\(message.rule)"])
            } catch {
                let failure = error as? DeliveryFailure
                if Task.isCancelled { return lose(message, because: "the daemon stops") }
                guard failure?.isPassing ?? true, attempt < settings.attempts else {
                    return lose(message, because: "\(failure?.description ?? "\(type(of: error))")")
                }
                let pause = max(backoff.next(using: &generator), failure?.retryAfter ?? .zero)
                do { try await Task.sleep(for: pause) } catch { return lose(message, because: "the daemon stops") }
            }
        }
    }

    private func lose(_ message: AlertMessage, because reason: String) {
        logger.error(
            "alert lost",
            metadata: [
                "channel": "\(name)", "rule": "\(message.rule)", "kind": "\(message.kind.rawValue)",
                "because": "\(reason)",
            ])
    }
}
