import Testing

@testable import PrivatePostgres

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

@Suite("Sweeping what earlier runs left")
struct StaleFoldersTests {
    @Test("A folder nobody looks after goes, with what is in it")
    func stale() throws {
        try withTemporaryFolder { parent in
            let folder = makeFolder("daybook-pg-abcdefg1", in: parent)
            StaleFolders.sweep(parent)
            #expect(!folder.exists)
        }
    }

    @Test("A folder whose lock is held stays")
    func locked() throws {
        try withTemporaryFolder { parent in
            let folder = makeFolder("daybook-pg-abcdefg1", in: parent)
            let lock = open(folder.path, O_RDONLY | O_DIRECTORY)
            defer { close(lock) }
            #expect(flock(lock, LOCK_EX) == 0)
            StaleFolders.sweep(parent)
            #expect(folder.exists)
        }
    }

    @Test("A folder in which a server may still run stays")
    func liveServer() throws {
        try withTemporaryFolder { parent in
            let folder = makeFolder("daybook-pg-abcdefg1", in: parent, server: getpid())
            StaleFolders.sweep(parent)
            #expect(folder.exists)
        }
    }

    @Test("A folder that was made just now stays")
    func young() throws {
        try withTemporaryFolder { parent in
            let folder = makeFolder("daybook-pg-abcdefg1", in: parent, isOld: false)
            StaleFolders.sweep(parent)
            #expect(folder.exists)
        }
    }

    @Test(
        "Another name stays",
        arguments: [
            "daybook-pg-", "daybook-pg-abc", "daybook-pg-abcdefg1x", "daybook-pg-ABCDEFG1", "daybook-pg-../../ab",
            "daybook-other", "pg-abcdefg1",
        ])
    func otherName(name: String) throws {
        #expect(!ClusterFolder.isOurs(name: name))
    }

    @Test("A link stays, and what it points to")
    func link() throws {
        try withTemporaryFolder { parent in
            let folder = makeFolder("precious", in: parent)
            symlink(folder.path, parent + "/daybook-pg-abcdefg1")
            StaleFolders.sweep(parent)
            #expect(folder.exists)
        }
    }

    @Test("Our own names are recognised")
    func ownName() throws {
        let name = try #require(ClusterFolder.unused().path.split(separator: "/").last)
        #expect(ClusterFolder.isOurs(name: String(name)))
    }

    private func makeFolder(_ name: String, in parent: String, server: pid_t = 0, isOld: Bool = true) -> ClusterFolder {
        let folder = ClusterFolder(path: "\(parent)/\(name)")
        mkdir(folder.path, 0o700)
        mkdir(folder.dataDirectory, 0o700)
        if server > 0, let file = fopen(folder.pidFile, "w") {
            fputs("\(server)\n", file)
            fclose(file)
        }
        if isOld {
            var times = [timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0)]
            utimes(folder.path, &times)
        }
        return folder
    }
}
