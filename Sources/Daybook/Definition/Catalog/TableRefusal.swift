/// Why a relation that bears a rollup's name cannot become its table.
struct TableRefusal: Equatable {
    var message: String
    var remedy: String

    /// Nil for an ordinary or partitioned logged table.
    init?(_ relation: CatalogRelation) {
        let rename = "Rename it, or give the rollup another name."
        if !relation.isTable {
            message = "\"\(relation.name)\" exists already and is not a table"
            remedy = rename
        } else if relation.persistence == .temporary {
            message = "\"\(relation.name)\" is a temporary table of this session"
            remedy = "Write the schema of the permanent one."
        } else if relation.persistence == .unlogged {
            message = "\"\(relation.name)\" is an unlogged table, which a crash of the server empties"
            remedy = "Make it a logged one: ALTER TABLE \(relation.name.sql) SET LOGGED;"
        } else if relation.name.schema == "daybook" || relation.name.schema?.hasPrefix("pg_") == true
            || relation.name.schema == "information_schema"
        {
            message =
                "\"\(relation.name)\" is a table of "
                + "\(relation.name.schema == "daybook" ? "Daybook" : "Postgres") itself"
            remedy = rename
        } else {
            return nil
        }
    }
}
