/// What the role may not do with a source, though `install`, the audit or the rebuild has to.
enum SourceRights {
    struct Lack: Equatable {
        var message: String
        var remedy: String
    }

    /// With the GRANT that mends each.
    ///
    /// Creating a trigger takes the TRIGGER right; making it fire always takes ownership, which brings the others
    /// along.
    static func lacking(_ source: CatalogRelation, _ partitions: [CatalogRelation], role: String) -> [Lack] {
        let grantee = role.quotedIdentifier
        guard source.rights.owns else {
            return [
                Lack(
                    message:
                        "the role \"\(role)\" does not own \"\(source.name)\", and only its owner can make "
                        + "triggers fire always",
                    remedy:
                        "As a superuser or \"\(source.owner)\": GRANT \(source.owner.quotedIdentifier) TO \(grantee);")
            ]
        }
        var lacks: [Lack] = []
        if !source.rights.useSchema, let schema = source.name.schema {
            lacks.append(
                Lack(
                    message: "the role \"\(role)\" may not use the schema \"\(schema)\"",
                    remedy: "As the schema's owner: GRANT USAGE ON SCHEMA \(schema.quotedIdentifier) TO \(grantee);"))
        }
        let missing = [("SELECT", source.rights.select), ("TRIGGER", source.rights.trigger)].filter { !$0.1 }.map(\.0)
        if !missing.isEmpty {
            let list = missing.joined(separator: ", ")
            lacks.append(
                Lack(
                    message: "the role \"\(role)\" lacks the right \(list) on \"\(source.name)\"",
                    remedy: "As its owner: GRANT \(list) ON \(source.name.sql) TO \(grantee);"))
        }
        if !source.rights.seesAllRows { lacks.append(.rowSecurity(of: source, role: role)) }
        let foreign = partitions.filter { !$0.rights.owns }
        if let first = foreign.first {
            let owners = Set(foreign.map(\.owner)).sorted().map(\.quotedIdentifier).joined(separator: ", ")
            lacks.append(
                Lack(
                    message:
                        "the role \"\(role)\" does not own \(foreign.count) of the table's partitions, among "
                        + "them \"\(first.name)\"",
                    remedy: "As a superuser or their owner: GRANT \(owners) TO \(grantee);"))
        }
        return lacks
    }
}

extension SourceRights.Lack {
    /// The audit and the checks must see every row; they run with `row_security = off`, where a filter is an error.
    static func rowSecurity(of relation: CatalogRelation, role: String) -> SourceRights.Lack {
        SourceRights.Lack(
            message: "row security hides rows of \"\(relation.name)\" from the role \"\(role)\"",
            remedy: "As a superuser: ALTER ROLE \(role.quotedIdentifier) BYPASSRLS;")
    }
}
