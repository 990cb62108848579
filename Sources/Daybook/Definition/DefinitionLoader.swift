import Foundation

/// Reads the files under `Events/` and checks each for its own consistency; needs no database.
public enum DefinitionLoader {
    /// Files larger than this are refused, in bytes.
    static let sizeLimit = 256 * 1024

    /// The files of jobs and of alerts are not definitions.
    private static let reservedNames: Set<String> = ["jobs.yml", "jobs.yaml", "alerts.yml", "alerts.yaml"]

    /// Reads every `*.yml` and `*.yaml` of a folder, by name; hidden files, subfolders, `jobs.yml` and `alerts.yml` are
    /// left alone.
    ///
    /// - Throws: ``DefinitionError`` with the problems of all files, and when the folder cannot be read or holds no
    ///   definition.
    public static func load(directory: String) throws(DefinitionError) -> LoadedDefinitions {
        var loading = DefinitionLoading()
        for name in try definitionNames(in: directory) {
            let file = path(directory, name)
            do throws(DefinitionProblem.Unreadable) {
                loading.read(try text(of: file), file: file)
            } catch {
                loading.refuse(error.problem)
            }
        }
        return try loading.finish()
    }

    /// Reads one definition.
    ///
    /// - Parameter file: how messages name the text.
    /// - Throws: ``DefinitionError`` with all problems.
    public static func parse(_ yaml: String, file: String) throws(DefinitionError) -> LoadedDefinitions {
        var loading = DefinitionLoading()
        loading.read(yaml, file: file)
        return try loading.finish()
    }

    static func definitionNames(in directory: String) throws(DefinitionError) -> [String] {
        func refuse(_ message: String, _ remedy: String) -> DefinitionError {
            DefinitionError(problems: [DefinitionProblem(file: directory, key: "", message: message, remedy: remedy)])
        }
        let all: [String]
        do {
            all = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw refuse(
                "the folder of definitions cannot be read (\(reason(error)))",
                "Name a folder that exists and that this user may read: --events DIR.")
        }
        let names = all.filter { name in
            !name.hasPrefix(".") && (name.hasSuffix(".yml") || name.hasSuffix(".yaml")) && !reservedNames.contains(name)
                && !isFolder(path(directory, name))
        }
        guard !names.isEmpty else {
            throw refuse(
                "the folder holds no definition",
                "Put one file per rollup there, named *.yml, or name another folder: --events DIR.")
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    static func text(of file: String) throws(DefinitionProblem.Unreadable) -> String {
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            defer { try? handle.close() }
            data = try handle.read(upToCount: sizeLimit + 1) ?? Data()
        } catch {
            throw .init(file, "the file cannot be read (\(reason(error)))", "Let this user read it, or remove it.")
        }
        guard data.count <= sizeLimit else {
            throw .init(file, "the file is larger than \(sizeLimit) bytes", "Write one rollup per file.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .init(file, "the file is not UTF-8 text", "Save it as UTF-8.")
        }
        return text
    }

    private static func path(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func reason(_ error: any Error) -> String {
        let text = error.localizedDescription
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}

extension DefinitionProblem {
    /// A file that yields no text.
    struct Unreadable: Error {
        var problem: DefinitionProblem

        init(_ file: String, _ message: String, _ remedy: String) {
            problem = DefinitionProblem(file: file, key: "", message: message, remedy: remedy)
        }
    }
}
