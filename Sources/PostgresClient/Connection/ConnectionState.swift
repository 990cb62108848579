/// What a connection is doing, as a pure value.
///
/// Misuse by the owner (two uses at once, a transaction within a transaction) is a trap; everything that the world can
/// cause (a lost link, a late close) is legal in every state.
struct ConnectionState: Sendable {
    enum Use: Sendable, Equatable {
        case call
        case stream
        case copy
    }

    enum Closing: Sendable, Equatable {
        case byOwner
        case lost
    }

    private enum State: Sendable, Equatable {
        case idle
        case inUse(Use)
        case closed(Closing)
    }

    private var state = State.idle
    private(set) var isInTransaction = false
    private(set) var isListening = false

    var isOpen: Bool {
        if case .closed = state { false } else { true }
    }

    /// - Throws: ``PostgresError/Code/closed`` or, when the link was lost before, ``PostgresError/Code/connectionLost``.
    func requireOpen() throws {
        guard case .closed(let closing) = state else { return }
        throw switch closing {
        case .byOwner: PostgresError(.closed, "The connection has been closed; open a new one.")
        case .lost: PostgresError(.connectionLost, "The connection was lost earlier; open a new one.")
        }
    }

    /// Begins a use; throws as ``requireOpen()`` does.
    mutating func begin(_ use: Use) throws {
        try requireOpen()
        switch state {
        case .idle: state = .inUse(use)
        case .inUse(.stream):
            preconditionFailure(
                "A stream is open on this connection; end its body before using the connection otherwise.")
        case .inUse(.copy):
            preconditionFailure(
                "A COPY is open on this connection; end its body before using the connection otherwise.")
        case .inUse(.call):
            preconditionFailure("A connection has one owner at a time.")
        case .closed: break
        }
    }

    /// Goes on with a use of several calls.
    mutating func resume(_ use: Use) throws {
        try requireOpen()
        precondition(state == .inUse(use), "A stream or COPY writer has been used after its body had ended.")
    }

    mutating func end() {
        if case .inUse = state { state = .idle }
    }

    mutating func close(_ closing: Closing) {
        guard isOpen else { return }
        state = .closed(closing)
        isInTransaction = false
    }

    mutating func beginTransaction() {
        precondition(!isInTransaction, "withTransaction cannot be nested: Postgres has one transaction per connection.")
        isInTransaction = true
    }

    mutating func endTransaction() {
        isInTransaction = false
    }

    mutating func beginListening() {
        precondition(!isListening, "listen cannot be nested: name all channels in one call.")
        precondition(!isInTransaction, "listen cannot be used in withTransaction: LISTEN would wait for its COMMIT.")
        isListening = true
    }

    mutating func endListening() {
        isListening = false
    }
}
