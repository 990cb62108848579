import Testing

@testable import PrivatePostgres

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

@Suite("Finding the binaries")
struct ServerBinariesTests {
    @Test("An override to an empty folder is an error that says what to set")
    func emptyOverride() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: PrivatePostgresError.self) {
                try ServerBinaries.find(override: folder, path: "", versionedFolders: [])
            }
            #expect(error?.code == .binariesNotFound)
            #expect(error?.message.contains(folder) == true)
        }
    }

    @Test("Nothing anywhere is an error that names the package")
    func nothing() {
        let error = #expect(throws: PrivatePostgresError.self) {
            try ServerBinaries.find(
                override: nil, path: "/nowhere:relative", versionedFolders: [("/nowhere", "", "bin")])
        }
        #expect(error?.remedy.contains("apt-get install postgresql") == true)
        #expect(error?.remedy.contains("brew install postgresql@15") == true)
    }

    @Test("The newest version of at least 15 is taken")
    func newest() throws {
        try withTemporaryFolder { folder in
            for version in ["14", "15", "17", "9.6", "common"] {
                makeBinaries(in: "\(folder)/\(version)/bin")
            }
            let found = try ServerBinaries.find(override: nil, path: "", versionedFolders: [(folder, "", "bin")])
            #expect(found.directory == "\(folder)/17/bin")
        }
    }

    @Test("Too old a version alone is none")
    func tooOld() throws {
        try withTemporaryFolder { folder in
            makeBinaries(in: "\(folder)/postgresql@14/bin")
            #expect(throws: PrivatePostgresError.self) {
                try ServerBinaries.find(
                    override: nil, path: "", versionedFolders: [(folder, "postgresql@", "bin")])
            }
        }
    }

    @Test("A folder of PATH must hold all of them")
    func onPath() throws {
        try withTemporaryFolder { folder in
            makeBinaries(in: "\(folder)/client", names: ["psql"])
            makeBinaries(in: "\(folder)/server")
            let found = try ServerBinaries.find(
                override: "", path: "\(folder)/client:\(folder)/server", versionedFolders: [])
            #expect(found.directory == "\(folder)/server")
        }
    }

    @Test("What this machine has is found")
    func here() throws {
        _ = try ServerBinaries.find()
    }

    private func makeBinaries(in path: String, names: [String] = ServerBinaries.required) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            mkdir(made, 0o755)
        }
        for name in names { close(open("\(path)/\(name)", O_CREAT | O_WRONLY, 0o755)) }
    }
}
