/// The schema of the tables that rollups are kept in while cron jobs still keep their own.
package enum ShadowSchema {
    package static let name = "daybook_shadow"

    package static let create = "CREATE SCHEMA IF NOT EXISTS \(name)"

    /// What stands in for a rollup's own table.
    package static func table(besides home: QualifiedName) -> QualifiedName {
        QualifiedName(schema: name, name: home.name)
    }

    /// What the own table held before it was adopted.
    package static func former(of home: QualifiedName) -> QualifiedName {
        let suffix = "_before"
        var stem = home.name
        while stem.utf8.count + suffix.utf8.count > longestName { stem.removeLast() }
        return QualifiedName(schema: name, name: stem + suffix)
    }

    /// Bytes that Postgres keeps of a name.
    private static let longestName = 63
}

/// Where rollups are to have their tables.
public enum TablePlace: Sendable {
    /// Where they have them; a new one where the others are.
    case asInstalled
    /// A new one in a shadow table.
    case shadow
    /// Every one in its own.
    case own
    /// These in shadow tables, all others in their own.
    case besides(Set<String>)
}

extension Rollup {
    /// The table that the rollup is named for, wherever it is kept.
    package var home: QualifiedName { shadowed ?? table }

    /// The table beside its own in which the rollup is kept, if it is.
    public var shadowTable: String? { shadowed.map { _ in table.description } }
}
