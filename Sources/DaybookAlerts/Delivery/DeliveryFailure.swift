/// Why a message did not arrive. Never holds an address or another secret.
package struct DeliveryFailure: Error, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether trying again may help.
    package let isPassing: Bool
    /// How long the receiver asks to be left alone.
    package var retryAfter: Duration?

    package init(_ description: String, isPassing: Bool, retryAfter: Duration? = nil) {
        self.description = description
        self.isPassing = isPassing
        self.retryAfter = retryAfter
    }
}
