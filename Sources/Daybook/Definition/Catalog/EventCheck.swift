import PostgresClient

/// The expressions of one event, compiled over the columns of its source.
struct EventCheck {
    let definition: RollupDefinition
    let event: RollupDefinition.EventDefinition
    let probe: ExpressionProbe
    let scope: ExpressionRefusal.Scope
    let lookup: LookupCheck?
    var problems: ProblemList

    /// What `at` is, nil if it is no time.
    mutating func time() async throws -> Rollup.TimeType? {
        guard let type = try await type(of: event.at, ["at"]) else { return nil }
        guard let timeType = type.timeType else {
            refuse(["at"], "the expression is \(type.name)", "Write one that yields date, timestamp or timestamptz.")
            return nil
        }
        return timeType
    }

    mutating func condition() async throws {
        guard let condition = event.condition.map(inlined), let type = try await type(of: condition, ["where"]) else {
            return
        }
        if type.oid != ExpressionType.OID.bool {
            refuse(
                ["where"], "the condition is \(type.name)",
                "Write one that yields boolean, for example \"\(scope.sample) is not null\".")
        }
    }

    /// - Parameter types: of the dimensions that have a usable one.
    mutating func values(_ types: [String: ExpressionType]) async throws {
        for dimension in definition.dimensions {
            guard let declared = types[dimension.name] else { continue }
            try await self.dimension(dimension.name, what: "dimension", declared)
        }
        for measure in definition.measures {
            switch measure.kind {
            case .count: break
            case .sum: try await sum(measure.name)
            case .decimalSum: try await decimalSum(measure.name)
            case .min(let type), .max(let type): try await extreme(measure.name, type)
            case .first, .last:
                if let declared = types[measure.name] { try await dimension(measure.name, what: "measure", declared) }
            case .distinct: try await distinct(measure.name)
            case .countBy(let label): try await self.label(label)
            }
        }
    }

    /// The types in which the lookup's key is compared, as names; nil for a column whose expression does not fit it.
    mutating func key() async throws -> [String?] {
        guard let lookup else { return [] }
        var types: [String?] = []
        for (column, expression) in zip(lookup.key, lookup.equals) {
            let path = ["lookup", "equals"]
            guard let type = try await type(of: expression, path) else {
                types.append(nil)
                continue
            }
            let fits = try await probe.converts(expression, of: type, to: column.type)
            if !fits {
                refuse(
                    path, "the expression is \(type.name), but the key \"\(column.name)\" is \(column.type.name)",
                    "Cast it: \(Self.parenthesised(expression))::\(column.type.name).")
            }
            checkCollation(type, path)
            types.append(fits ? column.type.name : nil)
        }
        return types
    }

    private func inlined(_ expression: String) -> String {
        lookup?.inlined(expression) ?? expression
    }

    /// The expression of a value, in which looked-up columns are parameters.
    private func value(_ name: String) -> String? {
        event.values[name].map(inlined)
    }

    /// A value that becomes one of the declared type.
    private mutating func dimension(_ name: String, what: String, _ declared: ExpressionType) async throws {
        let path = ["values", name]
        guard let expression = value(name), let type = try await type(of: expression, path) else { return }
        guard try await probe.converts(expression, of: type, to: declared) else {
            refuse(
                path, "the expression is \(type.name), but the \(what) is \(declared.name)",
                "Cast it, \(Self.parenthesised(expression))::\(declared.name), or declare the \(what) as "
                    + "\(type.name)."
            )
            return
        }
        checkCollation(type, path)
        guard type.oid != declared.oid, case .failure(let error) = try await probe.cast(expression, to: declared.name)
        else { return }
        guard error.sqlState == "42P17" else { return refuse(path, error, expression) }
        refuse(
            path, "the cast from \(type.name) to \(declared.name) depends on settings of the session",
            "Declare the \(what) as \(type.name), or convert it with AT TIME ZONE 'UTC'.")
    }

    private mutating func sum(_ name: String) async throws {
        guard let expression = value(name),
            let type = try await type(of: expression, ["values", name])
        else {
            return
        }
        if !type.isWholeNumber {
            refuse(
                ["values", name], "the expression is \(type.name)",
                "A sum is of smallint, integer or bigint. For numeric say how exact it is: \"\(name): sum numeric(20,2)\"."
            )
        }
    }

    private mutating func decimalSum(_ name: String) async throws {
        guard let expression = value(name), let type = try await type(of: expression, ["values", name]) else {
            return
        }
        if !type.isWholeNumber, type.oid != ExpressionType.OID.numeric {
            refuse(
                ["values", name], "the expression is \(type.name)",
                "Write one that yields numeric or a whole number: \(Self.parenthesised(expression))::numeric.")
        }
    }

    private mutating func extreme(_ name: String, _ wanted: OrderedType) async throws {
        let path = ["values", name]
        guard let expression = value(name), let type = try await type(of: expression, path) else { return }
        let isFit =
            switch wanted {
            case .integer, .bigint: type.isWholeNumber
            case .numeric: type.isWholeNumber || type.oid == ExpressionType.OID.numeric
            case .date: type.oid == ExpressionType.OID.date
            case .timestamp: type.oid == ExpressionType.OID.timestamp
            case .timestampWithTimeZone: type.oid == ExpressionType.OID.timestamptz
            }
        if !isFit {
            refuse(
                path, "the expression is \(type.name), but the measure is of \(wanted)",
                "Cast it, \(Self.parenthesised(expression))::\(wanted), or declare the measure as one of "
                    + "\(OrderedType.notations).")
        }
    }

    private mutating func distinct(_ name: String) async throws {
        let path = ["values", name]
        guard let expression = value(name), let type = try await type(of: expression, path) else { return }
        if type.isEnum { return }
        checkCollation(type, path)
        if case .failure = try await probe.cast(expression, to: "text") {
            refuse(
                path, "the text of \(type.name) depends on settings of the session, so its values cannot be told apart",
                "Write a value whose text is always the same: an integer, a text, a uuid; a timestamptz as "
                    + "(x AT TIME ZONE 'UTC')::date - date '2000-01-01'.")
        }
    }

    private mutating func label(_ name: String) async throws {
        guard let expression = value(name),
            let type = try await type(of: expression, ["values", name])
        else {
            return
        }
        if type.isText || type.isEnum {
            checkCollation(type, ["values", name])
        } else {
            refuse(
                ["values", name], "the label is \(type.name)",
                "Cast it to text: \(Self.parenthesised(expression))::text.")
        }
    }

    /// Under a collation that takes different texts for equal, which of them stands in the rollup would be chance.
    private mutating func checkCollation(_ type: ExpressionType, _ path: [String]) {
        guard !type.hasDeterministicCollation else { return }
        refuse(
            path, "the expression has a nondeterministic collation, under which different texts are equal",
            "Write the expression with COLLATE \"C\".")
    }
}

// MARK: - Problems

extension EventCheck {
    /// Nil for what is refused, and for what cannot be told because the lookup itself has been refused.
    private mutating func type(of expression: String, _ path: [String]) async throws -> ExpressionType? {
        if lookup == nil, let table = event.lookup?.table.name,
            !SQLExpressionScanner.references(to: table, in: expression).isEmpty
        {
            return nil
        }
        switch try await probe.type(of: expression) {
        case .success(let type): return type
        case .failure(let error):
            refuse(path, error, expression)
            return nil
        }
    }

    private mutating func refuse(_ path: [String], _ error: PostgresError, _ expression: String) {
        let refusal = ExpressionRefusal(error, expression: expression, scope: scope)
        refuse(path, refusal.message, refusal.remedy)
    }

    private mutating func refuse(_ path: [String], _ message: String, _ remedy: String) {
        problems.add(definition.file, ["events", event.name] + path, message, remedy: remedy)
    }

    /// In parentheses unless it is a single word or number.
    private static func parenthesised(_ expression: String) -> String {
        expression.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? expression : "(\(expression))"
    }
}

extension ExpressionRefusal.Scope {
    /// Some column, to show what an expression looks like.
    fileprivate var sample: String { columns.first ?? "x" }
}
