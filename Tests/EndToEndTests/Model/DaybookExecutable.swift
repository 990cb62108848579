import Foundation

/// The `daybook` that was built along with the tests.
enum DaybookExecutable {
    /// - Throws: ``NotFound``.
    static func find() throws -> URL {
        let folders =
            [Bundle.main.bundleURL, Bundle.main.executableURL?.deletingLastPathComponent()].compactMap(\.self)
            + Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        for folder in folders {
            let candidate = folder.appending(path: "daybook")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
        }
        throw NotFound(folders: folders.map(\.path))
    }

    struct NotFound: Error, CustomStringConvertible {
        let folders: [String]

        var description: String {
            "There is no daybook next to the tests (in \(folders.joined(separator: ", "))). Run `swift build --build-tests`."
        }
    }
}
