extension TableAdoption {
    var dimensionProblems: [Problem] {
        definition.dimensions.flatMap { dimension -> [Problem] in
            guard let column = column(dimension.name), let declared = types[dimension.name] else { return [] }
            let path = ["dimensions", dimension.name]
            var problems: [Problem] = []
            let bothText = [column.type, declared.oid].allSatisfy {
                $0 == ExpressionType.OID.text || $0 == ExpressionType.OID.varchar
            }
            if !bothText, column.typeName != declared.name {
                problems.append(
                    Problem(
                        path: path,
                        message:
                            "the dimension is \(declared.name), but the column of the existing table is "
                            + "\(column.typeName)",
                        remedy: "Declare it as \(column.typeName), or: \(alter(dimension.name, to: declared.name))"))
            }
            if !column.hasDeterministicCollation {
                problems.append(
                    Problem(
                        path: path,
                        message:
                            "the column of the existing table has a nondeterministic collation, under which "
                            + "different texts are equal",
                        remedy: alter(dimension.name, to: "\(column.typeName) COLLATE \"default\"")))
            }
            if dimension.isNullable, column.isNotNull {
                problems.append(
                    Problem(
                        path: path, message: "the dimension may be null, but the column of the existing table may not",
                        remedy: "Remove the question mark, or take NOT NULL (and the primary key) from the column."))
            }
            return problems
        }
    }

    var dayProblems: [Problem] {
        guard let day = column("day"), day.type != ExpressionType.OID.date else { return [] }
        return [
            Problem(
                path: ["rollup"], message: "the column \"day\" of the existing table is \(day.typeName), not date",
                remedy: alter("day", to: "date"))
        ]
    }

    var measureProblems: [Problem] {
        definition.measures.compactMap { measure in
            guard let column = column(measure.name) else { return nil }
            let isFit =
                switch measure.kind {
                case .count, .sum:
                    [ExpressionType.OID.int2, ExpressionType.OID.int4, ExpressionType.OID.int8].contains(column.type)
                case .decimalSum(let format): format.range(inColumnOf: column.typeName) != nil
                case .min(let type), .max(let type): type.fits(column.typeName)
                case .first, .last: types[measure.name].map { $0.name == column.typeName } ?? true
                case .distinct: column.type == ExpressionType.OID.int8
                case .countBy: column.type == ExpressionType.OID.jsonb
                }
            return isFit
                ? nil
                : Problem(
                    path: ["measures", measure.name],
                    message:
                        "the measure is \(types[measure.name]?.name ?? measure.kind.typeOfNewColumn), but the column of the existing table "
                        + "is \(column.typeName)",
                    remedy: alter(measure.name, to: types[measure.name]?.name ?? measure.kind.typeOfNewColumn))
        }
    }

    /// What is kept beside a measure has a type of its own.
    var companionProblems: [Problem] {
        definition.measures.compactMap { measure in
            guard let name = measure.companion, let column = column(name) else { return nil }
            let (oid, type) =
                measure.kind == .distinct
                ? (ExpressionType.OID.bytea, "bytea") : (ExpressionType.OID.timestamptz, "timestamp with time zone")
            return column.type == oid
                ? nil
                : Problem(
                    path: ["measures", measure.name],
                    message:
                        "\"\(name)\", which is kept beside the measure, is \(type), but the column of the existing table is "
                        + "\(column.typeName)",
                    remedy: alter(name, to: type))
        }
    }

    /// Daybook writes every column that the definition names.
    var generatedProblems: [Problem] {
        let paths =
            key.map { $0 == "day" ? ["rollup"] : ["dimensions", $0] }
            + definition.measures.map { ["measures", $0.name] }
            + definition.derived.map { ["derived", $0.name] }
        return paths.compactMap { path in
            let name = path == ["rollup"] ? "day" : path[1]
            guard column(name)?.isGeneratedAlways == true else { return nil }
            return Problem(
                path: path,
                message: "the column \"\(name)\" of the existing table is generated always, so it takes no value",
                remedy:
                    "Leave it out of the definition, or: ALTER TABLE \(table.sql) ALTER COLUMN "
                    + "\(name.quotedIdentifier) DROP EXPRESSION; (for an identity column, DROP IDENTITY)"
            )
        }
    }

    var otherColumnProblems: [Problem] {
        let known = written
        return columns.filter { !known.contains($0.name) && $0.isNotNull && !$0.fillsItself }.map { column in
            Problem(
                path: ["rollup"],
                message:
                    "the column \"\(column.name)\" of the existing table, which the definition does not name, "
                    + "must have a value",
                remedy:
                    "Give it a default or let it be null: ALTER TABLE \(table.sql) ALTER COLUMN "
                    + "\(column.name.quotedIdentifier) DROP NOT NULL;"
            )
        }
    }
}
