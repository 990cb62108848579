/// What can stand between a database and its feed. Every case says what is wrong and what to do.
public enum FeedError: Error, Sendable, CustomStringConvertible {
    case notInstalled
    case newerVersion(installed: Int32, known: Int32)
    case definitionMissing([String])
    case definitionChanged([String])
    /// Installed by a version that did not write down what it installed.
    case definitionUnknown(String)
    /// Somebody else has installed since the change was planned.
    case definitionMoved(String)
    /// More events wait than can be carried over while writers are held up.
    case eventsWait(rollup: String, events: Int)
    case olderVersion(installed: Int32, known: Int32)
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
        case .definitionUnknown(let name):
            """
            \(name) was installed by an earlier version of Daybook, so nobody knows what changes. Run `daybook install` with the \
            old files once, then with the new ones.
            """
        case .definitionMoved(let name):
            "\(name) has been installed by somebody else in the meantime. Run `daybook install` again."
        case .eventsWait(let rollup, let events):
            """
            \(events) events of \(rollup) wait to be counted, too many to be taken over while writers are held up. Let \
            `daybook run` count them with the old files first.
            """
        case .olderVersion(let installed, let known):
            "The feed in this database has version \(installed), this program needs \(known). Run `daybook install`."
        case .sourceBusy(let attempts):
            """
            A table stayed locked by others through \(attempts) attempts, and Daybook does not queue behind them. Try \
            again when long transactions have ended (see pg_stat_activity); nothing was changed.
            """
        }
    }
}
