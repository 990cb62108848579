#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The folder that holds one installation's `initdb`, `postgres` and `psql`.
public struct ServerBinaries: Sendable, Hashable {
    /// The absolute path of the folder.
    public let directory: String

    /// The oldest major version that is used when the folder's name tells a version.
    static let oldestVersion = 15
    static let required = ["initdb", "postgres", "psql"]

    var initdb: String { directory + "/initdb" }
    var postgres: String { directory + "/postgres" }
    var psql: String { directory + "/psql" }

    /// Looks for the server's binaries and returns the first folder that has them all, of: `DAYBOOK_PG_BIN` (when it is
    /// set, no other is tried), the folders of `PATH`, and where Debian and Homebrew install them (newest version first,
    /// 15 at least).
    ///
    /// - Throws: `PrivatePostgresError` with code `binariesNotFound`, which names the package to install.
    public static func find() throws -> ServerBinaries {
        try find(
            override: environmentValue("DAYBOOK_PG_BIN"),
            path: environmentValue("PATH") ?? "",
            versionedFolders: [
                ("/usr/lib/postgresql", "", "bin"),
                ("/opt/homebrew/opt", "postgresql@", "bin"),
                ("/usr/local/opt", "postgresql@", "bin"),
            ]
        )
    }

    /// As `find()`, with what it reads from the environment given. A versioned folder is `parent/prefix<version>/suffix`.
    static func find(
        override: String?,
        path: String,
        versionedFolders: [(parent: String, prefix: String, suffix: String)]
    ) throws -> ServerBinaries {
        if let override, !override.isEmpty {
            if let found = ServerBinaries(in: override) { return found }
            throw PrivatePostgresError(
                .binariesNotFound,
                "DAYBOOK_PG_BIN is \(override), which does not hold initdb, postgres and psql.",
                remedy: "Set it to the server's bin folder, such as /usr/lib/postgresql/15/bin, or unset it."
            )
        }
        let onPath = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        let installed = versionedFolders.flatMap { folder in
            DirectoryListing.names(in: folder.parent)
                .compactMap { name in version(ofFolder: name, prefix: folder.prefix).map { (version: $0, name: name) } }
                .filter { $0.version >= oldestVersion }
                .sorted { $0.version > $1.version }
                .map { "\(folder.parent)/\($0.name)/\(folder.suffix)" }
        }
        for candidate in onPath + installed {
            if let found = ServerBinaries(in: candidate) { return found }
        }
        throw PrivatePostgresError(
            .binariesNotFound,
            "No PostgreSQL server of version \(oldestVersion) or later is installed on this machine.",
            remedy: "Run `apt-get install postgresql` or `brew install postgresql@15`, or set DAYBOOK_PG_BIN."
        )
    }

    private init?(in directory: String) {
        guard Self.required.allSatisfy({ access("\(directory)/\($0)", X_OK) == 0 }) else { return nil }
        self.directory = directory
    }

    /// The major version that a folder's name tells: "15" or, with the prefix "postgresql@", "postgresql@15".
    static func version(ofFolder name: String, prefix: String) -> Int? {
        name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count)) : nil
    }
}
