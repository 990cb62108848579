/// What can stand between a database and its feed. Every case says what is wrong and what to do.
public enum FeedError: Error, Sendable, CustomStringConvertible {
    case notInstalled
    case newerVersion(installed: Int32, known: Int32)
    case definitionMissing([String])
    case definitionChanged([String])
    case sourceBusy(attempts: Int)

    public var description: String {
        switch self {
        case .notInstalled:
            "Daybook is not installed in this database. Run `daybook install` first."
        case .newerVersion(let installed, let known):
            "The feed in this database has version \(installed), this program knows \(known). Use the newer program."
        case .definitionMissing(let names):
            """
            Installed but declared by no file: \(names.commaSeparated). Put the file back, or run `daybook uninstall` \
            and install again without it.
            """
        case .definitionChanged(let names):
            """
            Declared differently from what is installed: \(names.commaSeparated). Run `daybook install` to apply the \
            files (the daemon then rebuilds these rollups), or put the old files back.
            """
        case .sourceBusy(let attempts):
            """
            A table stayed locked by others through \(attempts) attempts, and Daybook does not queue behind them. Try \
            again when long transactions have ended (see pg_stat_activity); nothing was changed.
            """
        }
    }
}
