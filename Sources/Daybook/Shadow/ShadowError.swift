/// What can stand between a team and its moving over. Every case says what is wrong and what to do.
public enum ShadowError: Error, Sendable, CustomStringConvertible {
    case notShadowed
    case onOwnTables([String])
    case notBuilt([String])
    case different(rollup: String, days: Int, keys: Int)
    case nothingToGoBackTo
    case keysMissing(table: String, columns: [String])

    public var description: String {
        switch self {
        case .notShadowed:
            """
            No rollup is kept in a shadow table. `daybook install --shadow` makes them, for rollups that are not installed \
            yet.
            """
        case .onOwnTables(let names):
            """
            Installed on their own tables already: \(names.commaSeparated). Run `daybook adopt --back` if they were adopted, \
            or `daybook uninstall` and `daybook install --shadow`.
            """
        case .notBuilt(let names):
            """
            Not built yet: \(names.commaSeparated). Let `daybook run` go on until `daybook status` shows no days to build, \
            and adopt then. Nothing was changed.
            """
        case .different(let rollup, let days, let keys):
            """
            The shadow of \(rollup) is not what its sources say: \(keys) keys on \(days) days. Run `daybook repair`, find out \
            why with `daybook doctor`, and adopt then. Nothing was changed.
            """
        case .nothingToGoBackTo:
            """
            No rollup has been adopted, or what the tables held before (\(ShadowSchema.name).…_before) has been dropped. \
            Nothing was changed.
            """
        case .keysMissing(let table, let columns):
            """
            \(table) cannot be compared: it has no column \(columns.commaSeparated). Rows are told apart by these. Compare \
            by hand, or declare the dimensions that the table has.
            """
        }
    }
}
