/// Whether this server may listen on an address, and what it then asks of each request.
///
/// On loopback, without tokens configured, whoever asks is an operator: the machine's own users are trusted. Everywhere else tokens have to
/// be configured. Once they are, every request needs one, also on loopback.
public enum ListenPolicy: Sendable, Equatable {
    /// Whoever asks is an operator, as long as the request is addressed to a loopback name.
    case loopback
    case tokens(AccessSettings)

    /// - Parameter host: The address or name to listen on.
    /// - Throws: ``AccessError/options(_:)`` for an address that other machines can reach, without tokens.
    public init(host: String, settings: AccessSettings?) throws(AccessError) {
        if let settings {
            self = .tokens(settings)
        } else if Self.isLoopback(host) {
            self = .loopback
        } else {
            throw .options(
                """
                \(host) can be reached from other machines, and no tokens are configured, so everyone there would see every \
                user's numbers. Listen on 127.0.0.1, or configure tokens with \(AccessOptions.issuerName), \
                \(AccessOptions.audienceName) and one of \(AccessOptions.publicKeyName), \(AccessOptions.secretName) and \
                \(AccessOptions.keySetName).
                """)
        }
    }

    /// Whether only this machine reaches the host: `localhost`, an IPv4 address in 127/8, or `::1`. A name that merely starts like
    /// one (`127.0.0.1.example.com`) is not.
    public static func isLoopback(_ host: String) -> Bool {
        var host = host.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host == "localhost" || host == "::1" || host == "0:0:0:0:0:0:0:1" { return true }
        if host.hasPrefix("::ffff:") { host.removeFirst(7) }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
                    && UInt8(part) != nil
            }
    }

    /// Whether a request with this `Host` header (`:authority` in HTTP/2) is meant for this server.
    ///
    /// Without tokens, only loopback names are: a page of another site whose name is made to resolve to 127.0.0.1 sends that site's
    /// name here, and would otherwise read everything.
    public func admits(authority: String?) -> Bool {
        switch self {
        case .tokens: return true
        case .loopback:
            guard let authority else { return false }
            guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]"), authority != "::1" else {
                return Self.isLoopback(authority)
            }
            let port = authority[authority.index(after: colon)...].utf8
            guard (1...5).contains(port.count), port.allSatisfy({ (48...57).contains($0) }) else { return false }
            let host = authority[..<colon]
            // Without brackets, the colon is part of an address.
            return Self.isLoopback(String(host)) && (host.hasPrefix("[") || !host.contains(":"))
        }
    }
}
