import Yams

/// Reads where alerts go. Whatever is secret, or may hold a secret, comes from the environment.
extension DefinitionReader {
    private static let channelKinds: [String: [String]] = [
        "slack": ["url"], "discord": ["url"], "webhook": ["url"],
        "smtp": ["host", "port", "security", "user", "password", "from", "to"],
        "sendmail": ["path", "from", "to"],
    ]

    mutating func channel(_ entry: Entry, environment: (String) -> String?) -> AlertChannel? {
        checkAlertName(entry, "channel")
        guard let entries = entries(of: entry.value, at: entry.path, holding: "the key kind") else { return nil }
        let all = Self.channelKinds.values.flatMap(\.self)
        guard let kindEntry = entries.first(where: { $0.name == "kind" }) else {
            require(["kind"], in: known(entries, ["kind"] + all, at: entry.path), at: entry.path)
            return nil
        }
        let kinds = Self.channelKinds.keys.sorted().commaSeparated
        guard let kind = text(kindEntry, "one of \(kinds)") else { return nil }
        guard let keys = Self.channelKinds[kind] else {
            refuse(kindEntry.path, "\"\(kind)\" is not a kind of channel", remedy: "The kinds are \(kinds).")
            return nil
        }
        let known = known(entries, ["kind"] + keys, at: entry.path)
        let meaning: AlertChannel.Kind? =
            switch kind {
            case "slack": url(known, at: entry.path, environment).map { .slack(url: $0) }
            case "discord": url(known, at: entry.path, environment).map { .discord(url: $0) }
            case "webhook": url(known, at: entry.path, environment).map { .webhook(url: $0) }
            case "smtp": smtp(known, at: entry.path, environment)
            default: sendmail(known, at: entry.path)
            }
        return meaning.map { AlertChannel(name: entry.name, kind: $0) }
    }

    private mutating func url(
        _ known: [String: Entry], at path: [String], _ environment: (String) -> String?
    ) -> Secret? {
        require(["url"], in: known, at: path)
        guard let entry = known["url"], let url = secret(entry, environment) else { return nil }
        guard url.value.hasPrefix("https://") || url.value.hasPrefix("http://") else {
            refuse(
                entry.path, "the environment variable \(url.name) holds no http or https address",
                remedy: "Set it to the webhook's address.")
            return nil
        }
        return url
    }

    private mutating func secret(_ entry: Entry, _ environment: (String) -> String?) -> Secret? {
        guard let text = text(entry, "the environment variable that holds it, as ${NAME}") else { return nil }
        guard let name = Secret.variable(in: text) else {
            refuse(
                entry.path, "what stands here is secret, and no variable of the environment",
                remedy:
                    "Put the value into an environment variable and write ${NAME} here; if it was real, replace it, as "
                    + "it has been in a file.")
            return nil
        }
        guard let value = environment(name), !value.isEmpty else {
            refuse(
                entry.path, "the environment variable \(name) is not set", remedy: "Set it where the daemon is started."
            )
            return nil
        }
        return Secret(name: name, value: value)
    }

    private mutating func smtp(
        _ known: [String: Entry], at path: [String], _ environment: (String) -> String?
    ) -> AlertChannel.Kind? {
        require(["host"], in: known, at: path)
        let host = known["host"].flatMap { text($0, "the name of a mail server") }
        let security = known["security"].map { self.security($0) } ?? .starttls
        let port = known["port"].map { self.port($0) } ?? (security == .tls ? 465 : 587)
        let user = known["user"].map { secret($0, environment) }
        let password = known["password"].map { secret($0, environment) }
        let envelope = envelope(known, at: path)
        if (known["user"] == nil) != (known["password"] == nil) {
            refuse(path, "a user and a password go together", remedy: "Write both, or neither.")
        }
        guard let host, let port, let security, let envelope else { return nil }
        if security == .none, !["localhost", "127.0.0.1", "::1"].contains(host) {
            refuse(
                path + ["security"], "mail would cross the network in plain text",
                remedy: "Write starttls or tls; none is for a server on this machine.")
            return nil
        }
        return .smtp(
            AlertChannel.MailServer(
                host: host, port: port, security: security, user: user ?? nil, password: password ?? nil),
            envelope
        )
    }

    private mutating func security(_ entry: Entry) -> AlertChannel.Security? {
        let names = AlertChannel.Security.allCases.map(\.rawValue).commaSeparated
        guard let text = text(entry, "one of \(names)") else { return nil }
        if let security = AlertChannel.Security(rawValue: text) { return security }
        refuse(entry.path, "\"\(text)\" is not a kind of security", remedy: "The kinds are \(names).")
        return nil
    }

    private mutating func port(_ entry: Entry) -> Int? {
        guard let text = text(entry, "a port") else { return nil }
        if let port = Int(text), (1...65_535).contains(port) { return port }
        refuse(entry.path, "\"\(text)\" is not a port", remedy: "Write a number from 1 to 65535.")
        return nil
    }

    private mutating func sendmail(_ known: [String: Entry], at path: [String]) -> AlertChannel.Kind? {
        let program = known["path"].map { text($0, "the path of the program") } ?? "/usr/sbin/sendmail"
        guard let envelope = envelope(known, at: path), let program else { return nil }
        guard program.hasPrefix("/") else {
            refuse(
                path + ["path"], "\"\(program)\" is not a full path",
                remedy: "Write it from the root: /usr/sbin/sendmail.")
            return nil
        }
        return .sendmail(path: program, envelope)
    }

    private mutating func envelope(_ known: [String: Entry], at path: [String]) -> AlertChannel.Envelope? {
        require(["from", "to"], in: known, at: path)
        let from = known["from"].flatMap { text($0, "an address") }
        let to = known["to"].flatMap { texts($0, "addresses: [a@example.com, b@example.com]") }
        guard let from, let to else { return nil }
        var isSound = true
        for (key, address) in [("from", from)] + to.map({ ("to", $0) }) where !Self.isAddress(address) {
            refuse(path + [key], "\"\(address)\" is not a mail address", remedy: "Write it as name@example.com.")
            isSound = false
        }
        return isSound ? AlertChannel.Envelope(from: from, to: to) : nil
    }

    /// Printable ASCII without what ends an address within a header or a command.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254 && !text.hasPrefix("-")
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>(),;:\\\"[]".utf8.contains($0) }
    }
}
