/// How hard delivery tries.
package struct DeliverySettings: Sendable {
    /// Attempts for one message; then it is lost.
    package var attempts = 8
    /// Between attempts: from the first to the second, growing, with jitter.
    package var firstPause = Duration.seconds(1)
    package var longestPause = Duration.seconds(60)
    /// Messages that wait for one channel; more are lost.
    package var queueLength = 100
    /// Messages that one channel takes in an hour; more are lost.
    package var messagesPerHour = 60
    /// How long a shutdown waits for messages that are on their way.
    package var drain = Duration.seconds(5)

    package init() {}
}
