extension SnapshotStore {
    /// Set-aside files kept in a rollup's folder. When there is one more, the oldest goes.
    package static let setAsideLimit = 8

    /// Renames a file to `<name>.set-aside-<n>`, where nothing loads it, and writes the reason beside it, into
    /// `….reason`.
    /// - Returns: the new path.
    @discardableResult
    package func setAside(_ path: String, reason: String) throws -> String {
        let folder = DurableFile.folder(of: path)
        let numbers = try setAsideNumbers(in: folder)
        let target = path + SnapshotPath.setAsideMark + String((numbers.map(\.number).max() ?? 0) + 1)
        // The journal first: without it the file is torn, and refused again.
        if DurableFile.exists(path + DurableFile.journalSuffix) {
            try DurableFile.giveName(path + DurableFile.journalSuffix, to: target + DurableFile.journalSuffix)
        }
        try DurableFile.giveName(path, to: target)
        try DurableFile.write(reason + "\n", to: target + SnapshotPath.reasonSuffix)
        for old in numbers.sorted(by: { $0.number < $1.number }).dropLast(Self.setAsideLimit - 1) {
            for suffix in ["", DurableFile.journalSuffix, SnapshotPath.reasonSuffix] {
                try DurableFile.remove("\(folder)/\(old.name)\(suffix)")
            }
        }
        try DurableFile.sync(folder)
        return target
    }

    /// All snapshot files, by folder and name. Each says what its stamp says; rows are not checked.
    package func list() throws -> [SnapshotFile] {
        var files: [SnapshotFile] = []
        for folder in try DurableFile.names(in: directory) {
            for name in try DurableFile.names(in: "\(directory)/\(folder)") {
                let path = "\(directory)/\(folder)/\(name)"
                guard let kind = Self.kind(of: name), let bytes = DurableFile.size(path) else { continue }
                files.append(SnapshotFile(path: path, kind: kind, content: try content(of: path), bytes: bytes))
            }
        }
        return files
    }

    /// Removes what a killed writer left: files half-written, and journals whose file is gone.
    /// - Returns: how many files went.
    @discardableResult
    package func removeLeftovers() throws -> Int {
        var count = 0
        for folder in try DurableFile.names(in: directory) {
            let names = try DurableFile.names(in: "\(directory)/\(folder)")
            for name in names {
                let isOrphan =
                    name.hasSuffix(SnapshotPath.extension + DurableFile.journalSuffix)
                    && !names.contains(String(name.dropLast(DurableFile.journalSuffix.utf8.count)))
                let isHalf = name.hasSuffix(SnapshotPath.extension + SnapshotPath.temporarySuffix)
                if isOrphan || isHalf, try DurableFile.remove("\(directory)/\(folder)/\(name)") { count += 1 }
            }
        }
        return count
    }

    private func content(of path: String) throws -> SnapshotFile.Content {
        do {
            return .stamp(try stamp(ofFile: path))
        } catch let refusal as SnapshotRefusal {
            return .refused(refusal)
        } catch let error as SnapshotError {
            return .unreadable(error)
        }
    }

    private static func kind(of name: String) -> SnapshotFile.Kind? {
        if setAsideNumber(of: name) != nil { return .setAside }
        guard name.hasSuffix(SnapshotPath.extension) else { return nil }
        return SnapshotPath.digest(inName: name) == nil ? .openDay : .archive
    }

    private func setAsideNumbers(in folder: String) throws -> [(name: String, number: Int)] {
        try DurableFile.names(in: folder).compactMap { name in Self.setAsideNumber(of: name).map { (name, $0) } }
    }

    private static func setAsideNumber(of name: String) -> Int? {
        guard let mark = name.ranges(of: SnapshotPath.setAsideMark).last else { return nil }
        return Int(name[mark.upperBound...])
    }
}
