internal import CLibPQ
internal import Dispatch

/// The order to the server to cancel what the session runs, sent from a thread of its own over a connection of its own.
///
/// `PQcancel` returns when the server has closed that connection, which it does after the signal has been delivered.
struct CancelRequest: @unchecked Sendable {
    private let handle: OpaquePointer

    /// On the connection's own thread; the copy that it makes is free of the connection from then on.
    init?(of connection: OpaquePointer) {
        guard let handle = PQgetCancel(connection) else { return nil }
        self.handle = handle
    }

    /// Sends it and tells the interrupt when it has returned, whether it reached the server or not.
    func send(reporting interrupt: Interrupt) {
        // A queue of its own has a thread of its own: a request that hangs holds up no other.
        DispatchQueue(label: "postgres-cancel").async {
            var message = [CChar](repeating: 0, count: 256)
            _ = PQcancel(handle, &message, Int32(message.count))
            PQfreeCancel(handle)
            interrupt.requestReturned()
        }
    }
}
