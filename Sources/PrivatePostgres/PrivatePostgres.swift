/// A PostgreSQL cluster of our own, in a temporary folder, reached through a Unix socket only.
///
/// It lives no longer than this process: when it stops, when the last reference goes, and when the process dies, be it by
/// SIGKILL, the server ends and the folder is removed. The superuser is `postgres`, the encoding UTF-8, the collation
/// `C.UTF-8`, the time zone UTC. It does not survive a power loss (`fsync` is off unless the settings say otherwise).
///
/// Every method may be called from any task, at any time; they run one after another, on a thread of the cluster's own,
/// and are not interrupted by cancellation (`start` is: it then removes what it has made).
public actor PrivatePostgres {
    /// How clients of the cluster prove who they are.
    public enum Authentication: Sendable, Hashable {
        /// Not at all. Only this user and the account that runs the server can open the socket.
        case trust
        /// `scram-sha-256` with this password for the superuser.
        case password(String)
    }

    /// The cluster's folder, with the data directory, the socket and the server's log.
    public nonisolated var directory: String { folder.path }
    /// The folder of the socket: libpq's `host`.
    public nonisolated var socketDirectory: String { folder.socketDirectory }
    /// The number in the socket's name: libpq's `port`. It is the same for every cluster; nothing listens on TCP.
    public nonisolated var port: Int { 5432 }
    /// The server's log: its standard output and error since the first start.
    public nonisolated var logFile: String { folder.serverLog }

    nonisolated let folder: ClusterFolder
    nonisolated let authentication: Authentication
    private let settings: [String: String]
    private let executor: BlockingExecutor
    private var state = ClusterState.new
    private var watchdog: Watchdog?
    private var server: ServerProcess?
    /// How often a client program was run; each gets an output file of its own.
    var clientRuns = 0

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Names a cluster, but makes and starts nothing; `boot` does.
    package init(settings: [String: String] = [:], authentication: Authentication = .trust) {
        self.settings = settings
        self.authentication = authentication
        folder = .unused()
        executor = BlockingExecutor("daybook.private-postgres")
    }

    /// Makes a cluster with `initdb` and starts it. Takes about a second.
    ///
    /// - Parameter settings: more lines for `postgresql.conf`, by name. They win over the defaults, but where the server
    ///   listens is fixed.
    /// - Throws: `PrivatePostgresError`, or `CancellationError`; nothing is left behind then.
    public static func start(
        settings: [String: String] = [:],
        authentication: Authentication = .trust
    ) async throws -> PrivatePostgres {
        let cluster = PrivatePostgres(settings: settings, authentication: authentication)
        try await cluster.boot()
        return cluster
    }

    /// Runs `body` with a cluster that is stopped and removed afterwards, however `body` ends.
    public static func withCluster<Result: Sendable>(
        settings: [String: String] = [:],
        authentication: Authentication = .trust,
        _ body: (PrivatePostgres) async throws -> Result
    ) async throws -> Result {
        let cluster = try await start(settings: settings, authentication: authentication)
        let result: Result
        do {
            result = try await body(cluster)
        } catch {
            try? await cluster.stop()
            throw error
        }
        try await cluster.stop()
        return result
    }

    /// Ends the server by a fast shutdown (clients are disconnected) and removes the folder. Does nothing the second time.
    public func stop() async throws { try perform(.stop) }

    /// Stops the server by a fast shutdown and starts it again, with the same data at the same address. A cluster that is
    /// down is just started.
    public func restart() async throws { try perform(.restart) }

    /// Ends the server's processes at once, without a checkpoint and without writing what they hold in memory, as if they
    /// had been killed. Whatever had been handed to the operating system stays. The cluster is down afterwards.
    public func crash() async throws { try perform(.crash) }

    /// Starts a cluster that is down and returns when it accepts connections, recovery included. Does nothing if it runs.
    public func startAgain() async throws { try perform(.startAgain) }

    /// Makes and starts the cluster, unless that has been done. When it fails, the cluster is removed.
    package func boot() async throws {
        do {
            try perform(.boot)
        } catch {
            watchdog.map { _ = $0.finish(within: .seconds(30)) }
            state.did(.remove)
            throw error
        }
    }

    private func perform(_ request: ClusterState.Request) throws {
        if let server, server.hasEnded { state.serverEnded() }
        for step in try state.steps(for: request) {
            if request == .boot { try Task.checkCancellation() }
            try perform(step)
            state.did(step)
        }
    }

    private func perform(_ step: ClusterState.Step) throws {
        switch step {
        case .initialize:
            let binaries = try ServerBinaries.find()
            let account = try ServerAccount.current()
            StaleFolders.sweep(ClusterFolder.temporaryDirectory())
            let watchdog = try Watchdog(folder: folder, lock: folder.create(for: account))
            self.watchdog = watchdog
            let server = ServerProcess(folder: folder, binaries: binaries, account: account, group: watchdog.group)
            self.server = server
            try server.initialize(
                settings: ServerSettings(settings, folder: folder, port: port),
                authentication: authentication,
                lifeline: watchdog.pipeEnd
            )
        case .start: try server?.start()
        case .stopFast: try server?.stop(.fast)
        case .stopImmediately: try server?.stop(.immediate)
        case .remove: try remove()
        }
    }

    private func remove() throws {
        guard let watchdog else { return }
        let isDone = watchdog.finish(within: .seconds(60))
        guard !isDone || folder.exists else { return }
        throw PrivatePostgresError(
            .stopFailed,
            "The cluster's folder \(directory) could not be removed.",
            remedy: "Remove it by hand, or let the next start of a private cluster do so."
        )
    }
}
