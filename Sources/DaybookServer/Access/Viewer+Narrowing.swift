import Daybook

extension Viewer {
    /// The dimension whose value is a user.
    static let userDimension = "user_id"

    /// The filters under which this viewer may read a rollup: the one place that keeps users apart. Every route and the
    /// stream pass their filters through it, before anything is read.
    ///
    /// - Parameters:
    ///   - filters: what the request asks for, in canonical text.
    ///   - subject: the viewer's subject in the canonical text of the rollup's `user_id`; nil where it can be no such value.
    /// - Throws: 403 for what the viewer may not see.
    func narrow(
        _ filters: [DimensionFilter], of rollup: Rollup, subject: String?
    ) throws(APIError) -> [DimensionFilter] {
        switch self {
        case .operator: return filters
        case .user:
            guard let dimension = rollup.dimensions.first(where: { $0.name == Self.userDimension }) else {
                throw .forbidden(
                    "The rollup \(rollup.name) has no dimension user_id, so no part of it belongs to one user. "
                        + "Ask with an operator's token."
                )
            }
            guard let subject else {
                throw .forbidden("The token's subject is no user of \(rollup.name). Ask with the token of a user.")
            }
            let own = DimensionFilter(dimension: dimension, value: subject)
            guard filters.allSatisfy({ $0.dimension.name != Self.userDimension || $0 == own }) else {
                throw .forbidden(
                    "This token sees its own user's rows only. Leave user_id out, or name the token's own user.",
                    parameter: Self.userDimension
                )
            }
            return filters.filter { $0.dimension.name != Self.userDimension } + [own]
        }
    }

    /// For what is nobody's own: operations and the lists of values.
    func requireOperator() throws(APIError) {
        switch self {
        case .operator: return
        case .user: throw .forbidden("This shows more than one user's numbers. Ask with an operator's token.")
        }
    }
}
