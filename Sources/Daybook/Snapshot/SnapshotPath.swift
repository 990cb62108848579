import Crypto
import PostgresClient

/// Where the files of a rollup are, and what a file's name says.
struct SnapshotPath: Sendable {
    static let `extension` = ".sqlite"
    static let temporarySuffix = ".tmp"
    static let setAsideMark = ".set-aside-"
    static let reasonSuffix = ".reason"

    let folder: String

    init(directory: String, rollup: Rollup) {
        folder = "\(directory)/\(Self.folderName(of: rollup.name))"
    }

    func openDay(_ day: PostgresDate) -> String { "\(folder)/\(Self.text(of: day))\(Self.extension)" }

    func archive(_ day: PostgresDate, digest: String) -> String {
        "\(folder)/\(Self.text(of: day))-\(digest)\(Self.extension)"
    }

    /// Where an archive is written before its digest is known.
    func unnamedArchive(_ day: PostgresDate) -> String {
        "\(folder)/\(Self.text(of: day))-archive\(Self.extension)\(Self.temporarySuffix)"
    }

    /// The digest in an archive's name; nil for every other file.
    static func digest(inName name: String) -> String? {
        guard name.hasSuffix(Self.extension) else { return nil }
        let stem = name.dropLast(Self.extension.count)
        let digest = stem.suffix(64)
        guard digest.utf8.count == 64, stem.dropLast(64).last == "-",
            digest.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return String(digest)
    }

    /// The day in the name of an open day's file; nil for every other file.
    static func openDay(inName name: String) -> PostgresDate? {
        guard name.hasSuffix(Self.extension) else { return nil }
        let stem = name.dropLast(Self.extension.count)
        let day = PostgresDate(stem.hasSuffix("BC") ? "\(stem.dropLast(2)) BC" : String(stem))
        return day.flatMap { $0.isFinite && text(of: $0) == stem ? $0 : nil }
    }

    /// A rollup's name as that of a folder: letters as they are, but nothing that a file system takes for something
    /// else. A name too long for one ends in a digest.
    static func folderName(of rollup: String) -> String {
        var name = ""
        for (index, scalar) in rollup.unicodeScalars.enumerated() {
            let isSpecial = scalar.value < 0x20 || scalar == "/" || scalar == "%" || scalar.value == 0x7F
            guard isSpecial || (index == 0 && scalar == ".") else {
                name.unicodeScalars.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            name += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
        guard name.utf8.count > 200 else { return name }
        return "\(String(name.unicodeScalars.prefix(40)))-\(SHA256.hash(data: Array(rollup.utf8)).hexadecimal)"
    }

    /// As Postgres prints it, without the blank before BC.
    private static func text(of day: PostgresDate) -> String {
        precondition(day.isFinite, "an infinite date has no snapshot")
        return String(day.description.filter { $0 != " " })
    }
}
