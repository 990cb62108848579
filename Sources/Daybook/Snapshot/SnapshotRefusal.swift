/// A snapshot file that must not be loaded. No row of it was handed out.
///
/// The file is still where it was: ``SnapshotStore/setAside(_:reason:)`` moves it out of the way.
package struct SnapshotRefusal: Error, Sendable, CustomStringConvertible {
    package enum Reason: Error, Sendable, Hashable {
        /// SQLite cannot read it, or finds its pages damaged.
        case damaged
        /// SQLite can read it, but it is not what was written.
        case altered(String)
        /// Written by a later version of this program.
        case newerFormat(Int)
        /// Of the rollup as it was defined differently.
        case otherDefinition
        /// Of something else than its place in the folder says.
        case misplaced(String)
    }

    package var path: String
    package var reason: Reason

    package init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    package var description: String {
        "The snapshot file \(path) is not used: \(reason.description) \(remedy)"
    }

    private var remedy: String {
        switch reason {
        case .newerFormat: "Use the newer program, or let this one set the file aside."
        default: "It can be set aside; the day is then read from the database."
        }
    }
}

extension SnapshotRefusal.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .damaged: "SQLite finds it torn or damaged."
        case .altered(let what): "\(what)."
        case .newerFormat(let version):
            "it has format \(version), and this program knows formats up to \(SnapshotStamp.currentFormat)."
        case .otherDefinition: "the rollup has been defined differently since it was written."
        case .misplaced(let what): "\(what)."
        }
    }
}
