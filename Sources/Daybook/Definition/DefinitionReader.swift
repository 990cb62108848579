import Yams

/// Reads the YAML of one file into a definition, noting every problem and the line of every key on the way.
///
/// Each part is read as far as it can be, so that one mistake hides no other.
struct DefinitionReader {
    let file: String
    var problems: ProblemList

    /// A key with its value, and where it stands.
    struct Entry {
        var name: String
        var path: [String]
        var value: Node
    }

    /// Whether what other parts refer to could be read; if not, a reference to it is not called wrong.
    var hasUnreadColumns = false

    private static let keys = ["rollup", "title", "time_zone", "dimensions", "measures", "derived", "events"]

    init(file: String, problems: ProblemList) {
        self.file = file
        self.problems = problems
    }

    /// Nil when even the table's name is missing; otherwise what could be read, complete only if no problem was found.
    mutating func rollup(from root: Node) -> RollupDefinition? {
        guard let entries = entries(of: root, at: [], holding: "the keys rollup, dimensions, measures and events")
        else {
            return nil
        }
        let known = known(entries, Self.keys, at: [])
        require(["rollup", "dimensions", "measures", "events"], in: known, at: [])
        var definition = RollupDefinition(
            table: QualifiedName(name: ""), title: "", timeZone: "UTC", dimensions: [], measures: [], derived: [],
            events: [],
            file: file)
        let table = known["rollup"].flatMap { tableName($0) }
        if let table { definition.table = table }
        definition.title = known["title"].flatMap { text($0, "a title") } ?? definition.table.name
        if let zone = known["time_zone"].flatMap({ text($0, "a time zone, for example Europe/Berlin") }) {
            definition.timeZone = zone
        }
        if let entry = known["dimensions"] { definition.dimensions = dimensions(entry) }
        if let entry = known["measures"] { definition.measures = measures(entry) }
        if let entry = known["derived"] { definition.derived = derived(entry) }
        if let entry = known["events"] { definition.events = events(entry) }
        checkColumns(of: definition)
        if known["dimensions"] != nil, known["measures"] != nil, !hasUnreadColumns { checkValues(of: definition) }
        return table == nil ? nil : definition
    }

    mutating func refuse(_ path: [String], _ message: String, remedy: String) {
        problems.add(file, path, message, remedy: remedy)
    }
}

// MARK: - Keys

extension DefinitionReader {
    /// The keys of a mapping in file order, with their lines noted; nil when it is no mapping, or an empty one.
    mutating func entries(of node: Node, at path: [String], holding content: String) -> [Entry]? {
        guard case .mapping(let mapping) = node else {
            if let line = node.mark?.line, path.isEmpty { problems.lines.record(line, of: path, in: file) }
            refuse(
                path, "a mapping is expected here, not \(node.kind)",
                remedy: "Write \(content), each as \"key: value\".")
            return nil
        }
        var entries: [Entry] = []
        var seen: Set<String> = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                refuse(path, "a key is \(key.kind)", remedy: "Keys are plain words.")
                continue
            }
            let entry = Entry(name: scalar.string, path: path + [scalar.string], value: value)
            guard seen.insert(entry.name).inserted else {
                problems.add(
                    file, entry.path, line: scalar.mark?.line, "the key \"\(entry.name)\" is written more than once",
                    remedy: "Write every key once.")
                continue
            }
            if let line = scalar.mark?.line { problems.lines.record(line, of: entry.path, in: file) }
            entries.append(entry)
        }
        guard !entries.isEmpty else {
            refuse(path, "nothing stands here", remedy: "Write \(content).")
            return nil
        }
        return entries
    }

    /// The entries by name; those that are not among `keys` become problems.
    mutating func known(_ entries: [Entry], _ keys: [String], at path: [String]) -> [String: Entry] {
        var known: [String: Entry] = [:]
        for entry in entries {
            guard keys.contains(entry.name) else {
                let meant = NearestName.nearest(to: entry.name, among: keys).map { "Did you mean \"\($0)\"? " } ?? ""
                refuse(
                    entry.path, "the key \"\(entry.name)\" is not known",
                    remedy: "\(meant)The keys here are \(keys.joined(separator: ", ")).")
                continue
            }
            known[entry.name] = entry
        }
        return known
    }

    mutating func require(_ keys: [String], in known: [String: Entry], at path: [String]) {
        for key in keys where known[key] == nil {
            refuse(path, "the key \"\(key)\" is missing", remedy: "Add \"\(key):\".")
        }
    }
}
