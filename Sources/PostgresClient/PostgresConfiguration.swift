internal import CLibPQ

/// Where and how to connect: a libpq connection string and settings that win over it.
///
/// What neither of them nor libpq's environment variables give gets defaults fit for a daemon: a connect timeout of 10 s,
/// keepalives and a TCP timeout that notice a dead link in less than half a minute, and the application name `daybook`.
/// `client_encoding` is always UTF8. With a connection service (`service=`) only the latter is applied.
public struct PostgresConfiguration: Sendable, Hashable {
    /// A libpq URI or keyword/value string; empty for libpq's environment variables and defaults only.
    public var conninfo: String
    /// Settings by libpq keyword (`host`, `dbname`, `options`, …); they win over the connection string.
    public var parameters: [String: String]

    public init(_ conninfo: String = "", parameters: [String: String] = [:]) {
        self.conninfo = conninfo
        self.parameters = parameters
    }

    /// A copy with one setting more, or another value of it.
    public func with(_ keyword: String, _ value: String) -> PostgresConfiguration {
        var copy = self
        copy.parameters[keyword] = value
        return copy
    }

    static let defaults = [
        "connect_timeout": "10",
        "keepalives": "1",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "20000",
        "fallback_application_name": "daybook",
    ]

    /// Where several hosts may be named, which this client takes apart.
    private static let places: Set<String> = ["host", "hostaddr", "port", "target_session_attrs"]

    /// All settings to hand to libpq.
    ///
    /// - Throws: ``PostgresError/Code/connectionFailed`` when the connection string cannot be read.
    func settings() throws -> [String: String] {
        var settings = try given()
        if settings["service"] == nil {
            let environment = Self.environment()
            settings.merge(environment.filter { Self.places.contains($0.key) }) { given, _ in given }
            settings.merge(Self.defaults.filter { environment[$0.key] == nil }) { given, _ in given }
        }
        settings["client_encoding"] = "UTF8"
        return settings
    }

    /// What the connection string and the parameters say.
    func given() throws -> [String: String] {
        var settings: [String: String] = [:]
        if !conninfo.isEmpty {
            var message: UnsafeMutablePointer<CChar>?
            guard let options = PQconninfoParse(conninfo, &message) else {
                defer { PQfreemem(message) }
                throw Self.unreadable(conninfo, message.map { String(cString: $0) })
            }
            defer { PQconninfoFree(options) }
            settings = Self.values(options)
        }
        return settings.merging(parameters) { $1 }
    }

    private static func unreadable(_ conninfo: String, _ reason: String?) -> PostgresError {
        // libpq quotes the part that it cannot read, which may be the password.
        let mayQuoteSecret = conninfo.contains("password") || conninfo.contains("@")
        let reason = mayQuoteSecret ? "" : (reason ?? "").split(separator: "\n").joined(separator: " ")
        return PostgresError(
            .connectionFailed,
            "The connection string cannot be read\(reason.isEmpty ? "" : " (\(reason))"). "
                + "Give a URI (postgresql://user@host/database) or keyword=value pairs."
        )
    }

    /// The keywords that libpq's environment variables (and a service file) set.
    private static func environment() -> [String: String] {
        guard let options = PQconndefaults() else { return [:] }
        defer { PQconninfoFree(options) }
        return values(options)
    }

    static func values(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    /// The settings in libpq's keyword/value form, with secrets replaced by `***`.
    public var description: String {
        guard let given = try? given() else { return "(unreadable connection string)" }
        return given.sorted { $0.key < $1.key }
            .map { Self.secrets.contains($0.key) ? "\($0.key)=***" : "\($0.key)=\($0.value)" }
            .joined(separator: " ")
    }

    public var customMirror: Mirror { Mirror(self, children: [("settings", description)]) }

    private static let secrets: Set<String> = ["password", "sslpassword"]
}
