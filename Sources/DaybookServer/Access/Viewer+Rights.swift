extension Viewer {
    /// - Throws: ``AccessRefusal/operatorOnly`` for a user.
    public func requireOperator() throws(AccessRefusal) {
        guard self == .operator else { throw .operatorOnly }
    }

    /// The users whose rows of a rollup a request may get.
    public enum Scope: Sendable, Equatable {
        case everyone
        /// Rows whose `user_id` is this text and no others.
        case user(String)
    }

    /// What a request for rows of one rollup is narrowed to. Every route and the stream ask this and nothing else.
    ///
    /// - Parameters:
    ///   - hasUserDimension: Whether the rollup has the dimension `user_id`.
    ///   - requested: The values for `user_id` that the request names, as they came. For a user, another spelling of the same value
    ///     (`007` for `7`) counts as another user.
    /// - Returns: For a user always ``Scope/user(_:)``. For an operator, ``Scope/everyone``: what the operator asks for about
    ///   `user_id` is an ordinary filter.
    /// - Throws: ``AccessRefusal/notPerUser``, ``AccessRefusal/anotherUser``.
    public func scope(hasUserDimension: Bool, requested: [String]) throws(AccessRefusal) -> Scope {
        guard case .user(let subject) = self else { return .everyone }
        guard hasUserDimension else { throw .notPerUser }
        // By bytes, as Postgres compares: Swift's == takes canonically equivalent texts for the same.
        guard requested.allSatisfy({ $0.utf8.elementsEqual(subject.utf8) }) else { throw .anotherUser }
        return .user(subject)
    }
}
