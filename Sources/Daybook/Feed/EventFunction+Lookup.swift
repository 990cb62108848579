/// The join of a source's rows with the looked-up table, which every reader of the source makes in the same way.
///
/// Names that could meet a column of the source begin with `daybook_`, since definitions name those columns bare.
extension EventFunction {
    /// `lookup_key_<tag>`, without the schema.
    package var keyFunctionName: String { "lookup_key_\(tag)" }

    /// The function from the source's columns to the key that they look up, as `daybook_key1…`. Its body is parsed when
    /// it is created, and Postgres inlines it, so that an index on an `equals` expression serves the looked-up table's
    /// triggers.
    package func keyFunctionStatement(_ lookup: Rollup.Lookup) -> String {
        let parameters = event.columns.enumerated().map { "p\($0.offset + 1) \($0.element.type)" }.commaSeparated
        let arguments = event.columns.enumerated().map {
            "$\($0.offset + 1) AS \($0.element.name.quotedIdentifier)"
        }.commaSeparated
        let keys = zip(lookup.key, lookup.equals).map { "\(parenthesized($1))::\($0.type)" }
        let results = lookup.key.enumerated().map { "daybook_key\($0.offset + 1) \($0.element.type)" }
        return """
            CREATE OR REPLACE FUNCTION daybook.\(keyFunctionName)(\(parameters))
            RETURNS TABLE (\(results.commaSeparated))
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            BEGIN ATOMIC
            SELECT \(keys.commaSeparated) FROM (SELECT \(arguments)) AS \(event.source.table.name.quotedIdentifier);
            END
            """
    }

    /// For a FROM clause: the rows of a relation under the alias, with the keys that they look up.
    func keyed(_ relation: String, as alias: String) -> String {
        let columns = event.columns.map { "\(alias).\($0.name.quotedIdentifier)" }.commaSeparated
        return "\(relation) AS \(alias) CROSS JOIN LATERAL daybook.\(keyFunctionName)(\(columns)) AS daybook_keys"
    }

    /// Joins the looked-up row that ``keyed(_:as:)`` has a key of, if there is one.
    func partner(_ lookup: Rollup.Lookup) -> String {
        let keys = lookup.key.enumerated().map {
            "\($0.element.name.quotedIdentifier)::\($0.element.type) AS daybook_key\($0.offset + 1)"
        }
        let columns = lookup.columns.enumerated().map {
            "\($0.element.name.quotedIdentifier) AS daybook_column\($0.offset + 1)"
        }
        return """
            LEFT JOIN (SELECT \((keys + columns).commaSeparated) FROM \(lookup.table.table.sql)) AS daybook_partner \
            ON \(equality(lookup, "daybook_partner"))
            """
    }

    /// Whether a relation with columns `daybook_key1…` has the key that a row of ``keyed(_:as:)`` looks up.
    func equality(_ lookup: Rollup.Lookup, _ alias: String) -> String {
        lookup.key.indices.map {
            "\(alias).daybook_key\($0 + 1) OPERATOR(pg_catalog.=) daybook_keys.daybook_key\($0 + 1)"
        }.joined(separator: " AND ")
    }

    func partnerColumns(_ lookup: Rollup.Lookup) -> [String] {
        lookup.columns.indices.map { "daybook_partner.daybook_column\($0 + 1)" }
    }
}
