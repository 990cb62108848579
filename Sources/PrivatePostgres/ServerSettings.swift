/// The lines that `postgresql.conf` gets: what a throw-away cluster wants, then what the caller asked for, then where it
/// listens, which nobody may change.
struct ServerSettings: Sendable {
    /// As fast as a server can be that need not outlive a power loss. A commit is still on record when it is answered
    /// (`synchronous_commit`), so that a crash of the server's processes loses none.
    static let defaults = [
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "on",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "logging_collector": "off",
        "log_destination": "stderr",
    ]

    let values: [String: String]

    init(_ settings: [String: String], folder: ClusterFolder, port: Int) {
        let place = [
            "listen_addresses": "",
            "port": "\(port)",
            "unix_socket_directories": folder.socketDirectory,
            "unix_socket_permissions": "0700",
            "external_pid_file": "",
        ]
        values = Self.defaults
            .merging(settings) { _, asked in asked }
            .merging(place) { _, fixed in fixed }
    }

    /// The text to append to `postgresql.conf`, sorted by name.
    var text: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key) = \(Self.quoted($0.value))\n" }.joined()
    }

    /// A value as `postgresql.conf` reads it: in quotes, with quotes and backslashes doubled.
    static func quoted(_ value: String) -> String {
        var text = "'"
        for character in value {
            if character == "'" || character == "\\" { text.append(character) }
            text.append(character)
        }
        return text + "'"
    }
}
