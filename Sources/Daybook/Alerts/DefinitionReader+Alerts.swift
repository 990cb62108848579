import Yams

/// Reads the file of alerts.
extension DefinitionReader {
    private static let ruleKeys = ["when", "sql", "timeout", "for", "every", "channels"]
    static let ruleLimit = 100
    static let channelLimit = 20
    static let longestAlertTime = Duration.seconds(30 * 86_400)

    /// The alerts that could be read, complete only if no problem was found.
    mutating func alerts(from root: Node, environment: (String) -> String?) -> AlertDefinitions {
        guard let entries = entries(of: root, at: [], holding: "the keys channels and rules") else { return .init() }
        let known = known(entries, ["channels", "rules", "summary"], at: [])
        require(["channels"], in: known, at: [])
        let declared = known["channels"].flatMap {
            self.entries(of: $0.value, at: $0.path, holding: "one key for each channel")
        }
        let names = (declared ?? []).map(\.name)
        limit(names.count, to: Self.channelLimit, of: "channels", at: ["channels"])
        let channels = (declared ?? []).compactMap { channel($0, environment: environment) }
        let rules = known["rules"].flatMap {
            self.entries(of: $0.value, at: $0.path, holding: "one key for each rule")
        }
        limit(rules?.count ?? 0, to: Self.ruleLimit, of: "rules", at: ["rules"])
        return AlertDefinitions(
            channels: channels, rules: (rules ?? []).compactMap { rule($0, channels: names) },
            summaryChannels: known["summary"].flatMap { summary($0, channels: names) } ?? []
        )
    }

    private mutating func limit(_ count: Int, to most: Int, of what: String, at path: [String]) {
        if count > most {
            refuse(path, "there are \(count) \(what)", remedy: "At most \(most) can be declared.")
        }
    }

    mutating func checkAlertName(_ entry: Entry, _ what: String) {
        let isPlain =
            (1...63).contains(entry.name.utf8.count)
            && entry.name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
            }
        if !isPlain {
            refuse(
                entry.path, "\"\(entry.name)\" is no name for a \(what)",
                remedy: "Use small letters, digits, hyphens and underscores, at most 63.")
        }
    }

    private mutating func rule(_ entry: Entry, channels: [String]) -> AlertRule? {
        checkAlertName(entry, "rule")
        guard let entries = entries(of: entry.value, at: entry.path, holding: "the key when or sql") else { return nil }
        let known = known(entries, Self.ruleKeys, at: entry.path)
        let condition = condition(known, at: entry.path)
        let holdsFor = known["for"].map { time($0) } ?? .zero
        let pause = known["every"].map { time($0) } ?? .seconds(3600)
        let names = known["channels"].map { channelNames($0, among: channels) } ?? channels
        guard let condition, let holdsFor, let pause, let names else { return nil }
        return AlertRule(
            name: entry.name, condition: condition, holdsFor: holdsFor, pause: pause, channels: names
        )
    }

    private mutating func condition(_ known: [String: Entry], at path: [String]) -> AlertCondition? {
        switch (known["when"], known["sql"]) {
        case (let entry?, nil):
            if let timeout = known["timeout"] {
                refuse(timeout.path, "a built-in condition has no timeout", remedy: "Remove it.")
            }
            guard let text = text(entry, "a condition, for example \"lag > 30s\"") else { return nil }
            do throws(AlertCondition.ParsingError) {
                return try AlertCondition(text)
            } catch {
                refuse(entry.path, error.message, remedy: error.remedy)
                return nil
            }
        case (nil, let entry?):
            let timeout = known["timeout"].map { time($0) } ?? .seconds(10)
            guard let query = query(entry), let timeout else { return nil }
            guard timeout > .zero, timeout <= .seconds(60) else {
                refuse(path + ["timeout"], "the timeout is not within a minute", remedy: "Write 1ms to 60s.")
                return nil
            }
            return .sql(query, timeout: timeout)
        case (.some, let entry?):
            refuse(entry.path, "the rule has both a condition and a query", remedy: "Keep one of the two.")
            return nil
        case (nil, nil):
            refuse(path, "the rule looks at nothing", remedy: "Add \"when:\" or \"sql:\".")
            return nil
        }
    }

    /// One query, without a semicolon behind it.
    private mutating func query(_ entry: Entry) -> String? {
        guard var text = text(entry, "a SELECT whose rows are what is wrong") else { return nil }
        while text.hasSuffix(";") { text = String(text.dropLast()).trimmingBlanks() }
        switch SQLExpressionScanner.statements(in: text) {
        case .failure(let flaw):
            refuse(entry.path, flaw.message.replacing("the expression", with: "the SQL"), remedy: flaw.remedy)
            return nil
        case .success(let words):
            guard words.count == 1, ["select", "with", "values", "table"].contains(words[0]) else {
                refuse(entry.path, "this is not one query", remedy: "Write one SELECT whose rows are what is wrong.")
                return nil
            }
            return text
        }
    }

    private mutating func summary(_ entry: Entry, channels: [String]) -> [String]? {
        guard let entries = entries(of: entry.value, at: entry.path, holding: "the key channels") else { return nil }
        let known = known(entries, ["channels"], at: entry.path)
        return known["channels"].map { channelNames($0, among: channels) } ?? channels
    }

    private mutating func time(_ entry: Entry) -> Duration? {
        guard let text = text(entry, "a time such as 30s, 5m or 1h") else { return nil }
        if let time = Self.duration(text), time <= Self.longestAlertTime { return time }
        refuse(
            entry.path, "\"\(text)\" is not a time", remedy: "Write a time up to 720h with its unit: 30s, 5m or 1h.")
        return nil
    }

    private mutating func channelNames(_ entry: Entry, among channels: [String]) -> [String]? {
        guard let names = texts(entry, "the names of channels: [a, b]") else { return nil }
        for name in names where !channels.contains(name) {
            let meant = NearestName.nearest(to: name, among: channels).map { "Did you mean \"\($0)\"? " } ?? ""
            let known = channels.isEmpty ? "None is declared" : "The channels are \(channels.commaSeparated)"
            refuse(entry.path, "there is no channel \"\(name)\"", remedy: "\(meant)\(known).")
        }
        return names
    }

    /// A text, or a list of them without repetition.
    mutating func texts(_ entry: Entry, _ content: String) -> [String]? {
        guard case .sequence(let sequence) = entry.value else { return text(entry, content).map { [$0] } }
        var texts: [String] = []
        for node in sequence {
            guard let text = text(Entry(name: entry.name, path: entry.path, value: node), content) else { return nil }
            if !texts.contains(text) { texts.append(text) }
        }
        guard !texts.isEmpty else {
            refuse(entry.path, "the list is empty", remedy: "Write \(content).")
            return nil
        }
        return texts
    }
}
