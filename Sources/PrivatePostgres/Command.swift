/// A program to run: its absolute path, its arguments without the program's name, and all of its environment.
struct Command: Sendable, Hashable {
    var executable: String
    var arguments: [String]
    /// Nothing is inherited: no `PG…` variable of ours may reach the server or its clients.
    var environment = ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "TZ=UTC", "HOME=/"]

    init(_ executable: String, _ arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The same program, run by another account, in `/`: our current folder may be closed to it.
    func run(by account: ServerAccount) -> Command {
        guard !account.wrapper.isEmpty else { return self }
        let changingFolder = ["-c", "cd / && exec \"$@\"", "sh"]
        return Command("/bin/sh", changingFolder + account.wrapper + [executable] + arguments)
    }
}
