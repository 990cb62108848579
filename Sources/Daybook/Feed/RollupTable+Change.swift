import Foundation

/// The SQL that brings the table of an installed rollup from one definition to the next. No column of it goes.
extension RollupTable {
    /// - Parameter existing: the table as it stands, under its present names.
    package func statements(given existing: Existing, _ change: DefinitionChange) -> [String] {
        let table = rollup.table.sql
        var statements = change.columnRenames.map {
            "ALTER TABLE \(table) RENAME COLUMN \($0.old.quotedIdentifier) TO \($0.new.quotedIdentifier)"
        }
        let renamed = existing.renaming(change.columnRenames)
        if change.clearsRows { statements.append("TRUNCATE \(table)") }
        let obsolete = renamed.keys.filter { isObsolete($0, change) }
        statements += obsolete.map {
            $0.isConstraint
                ? "ALTER TABLE \(table) DROP CONSTRAINT \($0.name.quotedIdentifier)"
                : "DROP INDEX \(QualifiedName(schema: rollup.table.schema, name: $0.name).sql)"
        }
        statements += change.droppedColumns.filter(renamed.columns.contains).flatMap { released($0, change) }
        for (name, definition) in columns where !renamed.columns.contains(name) {
            statements += added(name, definition, change)
        }
        let left = renamed.keys.filter { !obsolete.contains($0) }
        let hasKey = left.contains {
            $0.columns == Set(keyColumns) && ($0.nullsAreEqual || !rollup.dimensions.contains(where: \.isNullable))
        }
        if !hasKey {
            statements.append(
                "ALTER TABLE \(table) ADD \(keyConstraint(asPrimary: !left.contains(where: \.isPrimary)))")
        }
        if !existing.hasFillFactor { statements.append(fillFactorStatement) }
        return statements + newComments(change)
    }

    /// The key of the rollup as it was refuses rows that differ only in a dimension that has come, and is not unique any
    /// more without one that goes.
    private func isObsolete(_ key: Existing.Key, _ change: DefinitionChange) -> Bool {
        let before = Set(change.renamed.dimensions.map(\.name) + ["day"])
        return key.columns == before && before != Set(keyColumns)
    }

    /// A column that is written no longer keeps what it has.
    private func released(_ column: String, _ change: DefinitionChange) -> [String] {
        let name = "\(rollup.table.sql) ALTER COLUMN \(column.quotedIdentifier)"
        return [
            "ALTER TABLE \(name) DROP NOT NULL, ALTER COLUMN \(column.quotedIdentifier) DROP DEFAULT",
            comment(on: column, "Kept by Daybook no longer. What it has was written by an earlier definition."),
        ]
    }

    /// What rows have that stand already is not known, so it is null there.
    private func added(_ name: String, _ definition: String, _ change: DefinitionChange) -> [String] {
        let column = name.quotedIdentifier
        guard let defaults = definition.range(of: " NOT NULL DEFAULT ") else {
            return ["ALTER TABLE \(rollup.table.sql) ADD COLUMN \(column) \(definition)"]
        }
        let (type, value) = (definition[..<defaults.lowerBound], definition[defaults.upperBound...])
        return [
            "ALTER TABLE \(rollup.table.sql) ADD COLUMN \(column) \(type)",
            "ALTER TABLE \(rollup.table.sql) ALTER COLUMN \(column) SET DEFAULT \(value)",
        ]
    }

    private func newComments(_ change: DefinitionChange) -> [String] {
        rollup.measures.filter { measure in
            !change.renamed.measures.contains { $0.name == measure.name && $0.kind == measure.kind }
        }
        .map { comment(on: $0.name, Self.meaning(of: $0.kind)) }
            + rollup.derived.filter { !change.renamed.derived.contains($0) }.map { comment(on: $0.name, $0.expression) }
    }
}

extension RollupTable.Existing {
    fileprivate func renaming(_ names: [(old: String, new: String)]) -> Self {
        let names = Dictionary(uniqueKeysWithValues: names.map { ($0.old, $0.new) })
        var renamed = self
        renamed.columns = Set(columns.map { names[$0] ?? $0 })
        for index in keys.indices { renamed.keys[index].columns = Set(keys[index].columns.map { names[$0] ?? $0 }) }
        return renamed
    }
}
