#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

extension ChildProcess {
    /// The files a child gets; whatever else we have open, it does not.
    struct Files {
        /// A descriptor of ours that becomes its standard input; nil for `/dev/null`.
        var input: Int32?
        /// The file that its output and errors are appended to.
        var output = "/dev/null"
        /// A descriptor of ours that becomes its descriptor 3.
        var third: Int32?
    }

    /// Starts a program with default signal handling and no signal blocked.
    ///
    /// - Parameter group: the process group it joins; nil for one of its own, named by its process id.
    static func start(_ command: Command, files: Files, group: pid_t?) throws -> ChildProcess {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        // The third first: a descriptor to be moved there might otherwise be closed by the moves below.
        if let third = files.third { posix_spawn_file_actions_adddup2(&actions, third, 3) }
        if let input = files.input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, files.output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        var allSignals = sigset_t()
        sigfillset(&allSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        posix_spawnattr_setpgroup(&attributes, group ?? 0)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        #if canImport(Darwin)
        flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
        for descriptor in openDescriptors() where descriptor > 3 || descriptor == 3 && files.third == nil {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var pid: pid_t = 0
        let failure = withCStrings([command.executable] + command.arguments) { arguments in
            withCStrings(command.environment) { environment in
                posix_spawn(&pid, command.executable, &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else {
            throw PrivatePostgresError(
                .systemCall,
                "\(command.executable) could not be started: \(String(cString: strerror(failure))).",
                remedy: "Check that it can be executed and that the limits on processes and open files allow it."
            )
        }
        return ChildProcess(pid: pid)
    }

    #if !canImport(Darwin)
    /// What this process has open. Most of it closes on exec anyhow; this is for the rest.
    private static func openDescriptors() -> [Int32] {
        DirectoryListing.names(in: "/proc/self/fd").compactMap { Int32($0) }
    }
    #endif

    /// A null-terminated array of C strings that lives as long as the call.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
