#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Who runs `initdb` and `postgres`. The server refuses to run as root, so root hands over to the user `postgres`; any
/// other user runs it as itself.
struct ServerAccount: Sendable, Hashable {
    /// What precedes a command so that the account runs it; empty for the user we are.
    let wrapper: [String]
    /// The owner that the server's folders need; nil for the user we are.
    let owner: Owner?

    struct Owner: Sendable, Hashable {
        let user: uid_t
        let group: gid_t
    }

    /// - Throws: `PrivatePostgresError` with code `noServerAccount` when we are root and cannot become another user.
    static func current() throws -> ServerAccount {
        guard geteuid() == 0 else { return ServerAccount(wrapper: [], owner: nil) }
        return try forRoot(user: "postgres")
    }

    static func forRoot(user: String) throws -> ServerAccount {
        guard let owner = owner(named: user) else {
            throw PrivatePostgresError(
                .noServerAccount,
                "This process runs as root, PostgreSQL refuses to, and there is no user \"\(user)\" to run it.",
                remedy: "Run as another user, or create one: useradd --system \(user)."
            )
        }
        let wrappers = [
            ["/usr/bin/setpriv", "--reuid", user, "--regid", "\(owner.group)", "--init-groups", "--"],
            ["/usr/sbin/runuser", "-u", user, "--"],
            ["/usr/bin/sudo", "-n", "-u", user, "--"],
        ]
        guard let wrapper = wrappers.first(where: { access($0[0], X_OK) == 0 }) else {
            throw PrivatePostgresError(
                .noServerAccount,
                "This process runs as root and finds neither setpriv, runuser nor sudo to become \"\(user)\".",
                remedy: "Run as another user, or install one of them (`apt-get install util-linux`)."
            )
        }
        return ServerAccount(wrapper: wrapper, owner: owner)
    }

    private static func owner(named user: String) -> Owner? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var strings = [CChar](repeating: 0, count: 16_384)
        let failure = getpwnam_r(user, &entry, &strings, strings.count, &found)
        guard failure == 0, found != nil else { return nil }
        return Owner(user: entry.pw_uid, group: entry.pw_gid)
    }
}
