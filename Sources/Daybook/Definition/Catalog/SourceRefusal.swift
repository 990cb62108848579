/// Why a relation cannot be watched.
struct SourceRefusal: Equatable {
    var message: String
    var remedy: String

    /// Nil for an ordinary or partitioned logged table of an application.
    init?(_ relation: CatalogRelation) {
        let name = relation.name
        switch (relation.kind, relation.persistence) {
        case (.view, _):
            message = "\"\(name)\" is a view"
            remedy = "Name the table below it: triggers cannot see what a view shows."
        case (.materializedView, _):
            message = "\"\(name)\" is a materialized view"
            remedy = "Name the table below it: triggers cannot see what a view shows."
        case (.foreignTable, _):
            message = "\"\(name)\" is a foreign table"
            remedy = "Run Daybook on the server where the table is: writes made there pass this one by."
        case (.table, .temporary), (.partitionedTable, .temporary):
            message = "\"\(name)\" is a temporary table"
            remedy = "Name a permanent table, with its schema."
        case (.table, .unlogged), (.partitionedTable, .unlogged):
            message = "\"\(name)\" is an unlogged table, which a crash of the server empties"
            remedy = "Make it a logged one: ALTER TABLE \(name.sql) SET LOGGED;"
        case (.table, .permanent), (.partitionedTable, .permanent):
            guard Self.isOfTheSystem(name) else { return nil }
            message = "\"\(name)\" is a table of \(name.schema == "daybook" ? "Daybook" : "Postgres") itself"
            remedy = "Name a table of the application."
        case (.index, _), (.partitionedIndex, _), (.sequence, _), (.compositeType, _), (.toastTable, _):
            message = "\"\(name)\" is not a table"
            remedy = "Name an ordinary or a partitioned table."
        }
    }

    /// A partition that cannot be written through its table with all triggers firing.
    init?(partition: CatalogRelation, of table: CatalogRelation) {
        guard let refusal = SourceRefusal(partition) else { return nil }
        message = "the partition \(refusal.message)"
        remedy = "Detach it from \(table.name.sql), or make it an ordinary table."
    }

    private static func isOfTheSystem(_ name: QualifiedName) -> Bool {
        guard let schema = name.schema else { return false }
        return schema == "daybook" || schema == "information_schema" || schema.hasPrefix("pg_")
    }
}
