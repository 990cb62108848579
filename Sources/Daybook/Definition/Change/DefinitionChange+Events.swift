/// What has become of the events.
extension DefinitionChange {
    mutating func compareEvents(_ removals: Set<String>) {
        var gone = renamed.events.filter { event in !new.events.contains { $0.name == event.name } }
        var come = new.events.filter { event in !renamed.events.contains { $0.name == event.name } }
        for event in come {
            // Another name for the same thing counts the same.
            guard let before = gone.firstIndex(where: { $0.isSame(as: event) }) else { continue }
            gone.remove(at: before)
            come.removeAll { $0.name == event.name }
        }
        for event in gone { remove(event, removals) }
        for event in come { add(event) }
        for event in new.events {
            guard let before = renamed.events.first(where: { $0.name == event.name }) else { continue }
            if before.source.table == event.source.table {
                compare(before, event)
            } else {
                remove(before, removals)
                add(event)
            }
        }
    }

    private mutating func remove(_ event: Rollup.Event, _ removals: Set<String>) {
        guard removals.contains(event.name) else {
            return refuseRemoval("event", event.name, renamable: false)
        }
        notes.append("event \(event.name) goes: rows of \(event.source.table) count no longer")
        redefine(everything)
        rebuild()
    }

    private mutating func add(_ event: Rollup.Event) {
        notes.append("event \(event.name) comes: rows of \(event.source.table) count")
        redefine(everything)
        rebuild()
    }

    private mutating func compare(_ before: Rollup.Event, _ event: Rollup.Event) {
        if before.at != event.at || before.atType != event.atType {
            notes.append("event \(event.name) happens at \(event.at)")
            redefine(everything)
            rebuild(movingRows: true)
        }
        if before.condition != event.condition {
            notes.append("event \(event.name) counts \(event.condition.map { "where \($0)" } ?? "every row")")
            redefine(everything)
            rebuild()
        }
        if !before.hasSameLookup(as: event) {
            notes.append("event \(event.name) looks up otherwise")
            redefine(everything)
            rebuild()
        }
        let names = Set(before.values.keys).union(event.values.keys)
        for name in names.sorted() where before.values[name] != event.values[name] {
            compareValue(name, before, event)
        }
        if Self.changesTypes(before.columns, event.columns) {
            notes.append("columns of \(event.source.table) have other types")
            rebuild()
        }
    }

    private mutating func compareValue(_ name: String, _ before: Rollup.Event, _ event: Rollup.Event) {
        // What only one side has belongs to a column that has come or gone.
        guard before.values[name] != nil, let expression = event.values[name] else { return }
        notes.append("event \(event.name): \(name) is \(expression)")
        let counted = new.measures.filter { $0.kind == .countBy(label: name) }.map(\.name)
        redefine(
            new.dimensions.contains { $0.name == name } ? everything : counted.isEmpty ? [name] : counted)
        rebuild()
    }

    /// Columns that only one side uses belong to an expression that differs.
    fileprivate static func changesTypes(_ before: [Rollup.Column], _ after: [Rollup.Column]) -> Bool {
        after.contains { column in before.contains { $0.name == column.name && $0.type != column.type } }
    }

    private var everything: [String] { new.measures.map(\.name) }

    private mutating func redefine(_ columns: [String]) {
        for column in columns where lacks[column] == nil { lacks[column] = .redefined }
    }
}

extension Rollup.Event {
    fileprivate func isSame(as other: Rollup.Event) -> Bool {
        var named = other
        named.name = name
        named.isSelfContained = isSelfContained
        return self == named
    }

    fileprivate func hasSameLookup(as other: Rollup.Event) -> Bool {
        guard let lookup, let theirs = other.lookup else { return (lookup == nil) == (other.lookup == nil) }
        return lookup.table.table == theirs.table.table && lookup.key == theirs.key && lookup.equals == theirs.equals
            && !DefinitionChange.changesTypes(lookup.columns, theirs.columns)
    }
}
