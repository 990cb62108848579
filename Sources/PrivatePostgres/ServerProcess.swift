#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Runs `initdb` and `postgres` for one folder, and waits for them. It blocks; the cluster's actor calls it.
final class ServerProcess {
    enum Shutdown {
        /// Disconnects the clients, writes a checkpoint.
        case fast
        /// Ends all processes at once; the next start recovers.
        case immediate

        var signal: Int32 {
            switch self {
            case .fast: SIGINT
            case .immediate: SIGQUIT
            }
        }
    }

    static let initializeLimit = Duration.seconds(120)
    static let startLimit = Duration.seconds(300)
    static let stopLimit = Duration.seconds(60)

    private let folder: ClusterFolder
    private let binaries: ServerBinaries
    private let account: ServerAccount
    private let group: pid_t
    /// What we started: the server, or the program that runs it as another user and ends with it.
    private var process: ChildProcess?
    private var server: pid_t?

    var hasEnded: Bool { process.map { $0.exitCode() != nil } ?? false }

    init(folder: ClusterFolder, binaries: ServerBinaries, account: ServerAccount, group: pid_t) {
        self.folder = folder
        self.binaries = binaries
        self.account = account
        self.group = group
    }

    /// Makes the data directory. Always by `initdb`, never as a copy of an earlier one: two clusters of one origin would
    /// have the same system identifier, by which Daybook tells databases apart.
    ///
    /// - Parameter lifeline: a descriptor that `initdb` keeps open for as long as it runs.
    func initialize(
        settings: ServerSettings,
        authentication: PrivatePostgres.Authentication,
        lifeline: Int32?
    ) throws {
        var arguments = [
            "-D", folder.dataDirectory, "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            "--no-instructions",
        ]
        switch authentication {
        case .trust:
            arguments.append("--auth=trust")
        case .password(let password):
            let file = folder.socketDirectory + "/password"
            try FileText.append(password + "\n", to: file, owner: account.owner)
            arguments += ["--auth=scram-sha-256", "--pwfile=\(file)"]
        }
        let initdb = try run(Command(binaries.initdb, arguments), output: folder.toolLog, third: lifeline)
        let exitCode = initdb.waitForExit(within: Self.initializeLimit)
        unlink(folder.socketDirectory + "/password")
        if exitCode == nil { initdb.signal(SIGTERM) }
        guard exitCode == 0 else {
            throw PrivatePostgresError(
                .initializationFailed,
                "initdb failed: \(Self.lastLines(of: folder.toolLog))",
                remedy: "Check the space in \(folder.path) and that \(binaries.initdb) runs."
            )
        }
        try FileText.append(settings.text, to: folder.dataDirectory + "/postgresql.conf", owner: account.owner)
    }

    /// Starts the server and blocks until it accepts connections.
    func start() throws {
        let earlier = PidFile(at: folder)?.pid
        let process = try run(Command(binaries.postgres, ["-D", folder.dataDirectory]), output: folder.serverLog)
        self.process = process
        server = nil
        let isReady: Bool? = Deadline(Self.startLimit).poll {
            if process.exitCode() != nil { return false }
            // A server that was killed leaves its file behind, "ready" included.
            guard let file = PidFile(at: folder), file.isReady, file.pid != earlier else { return nil }
            server = file.pid
            return true
        }
        guard isReady == true else {
            let reason = isReady == nil ? "is not ready after \(Self.startLimit)" : "ended while it started"
            try? stop(.immediate)
            throw PrivatePostgresError(
                .startFailed,
                "The private PostgreSQL server \(reason): \(Self.lastLines(of: folder.serverLog))",
                remedy: "Check the settings it was given; its log is \(folder.serverLog)."
            )
        }
    }

    /// Ends the server and blocks until all its processes are gone. A fast shutdown that takes too long becomes an
    /// immediate one, an immediate one a kill.
    func stop(_ shutdown: Shutdown) throws {
        guard let process, process.exitCode() == nil else { return }
        for signal in shutdown.signal == SIGINT ? [SIGINT, SIGQUIT, SIGKILL] : [SIGQUIT, SIGKILL] {
            kill(server ?? process.pid, signal)
            if process.waitForExit(within: Self.stopLimit) != nil {
                server = nil
                return
            }
        }
        throw PrivatePostgresError(
            .stopFailed,
            "The private PostgreSQL server (process \(server ?? process.pid)) does not end.",
            remedy: "End it by hand; its log is \(folder.serverLog)."
        )
    }

    private func run(_ command: Command, output: String, third: Int32? = nil) throws -> ChildProcess {
        let files = ChildProcess.Files(output: output, third: third)
        return try ChildProcess.start(command.run(by: account), files: files, group: group)
    }

    private static func lastLines(of path: String) -> String {
        let text = FileText.tail(of: path) ?? ""
        return text.split(separator: "\n").suffix(8).joined(separator: " | ")
    }
}
