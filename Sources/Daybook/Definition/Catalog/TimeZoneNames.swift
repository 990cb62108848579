import PostgresClient

/// The time zones that the server knows by name.
///
/// Postgres would also take an abbreviation, which stands still in summer, or a POSIX rule, whose sign is the reverse
/// of what one expects; neither names a place's days.
struct TimeZoneNames: Sendable {
    /// By lower case, since Postgres does not mind the case.
    private var names: [String: String] = ["utc": "UTC"]

    /// Reads the server's list, but only if a zone other than UTC is asked for.
    static func load(for zones: [String], _ session: CatalogSession) async throws -> TimeZoneNames {
        var known = TimeZoneNames()
        guard zones.contains(where: { known.name(of: $0) == nil }) else { return known }
        for row in try await session.connection.query("SELECT name FROM pg_timezone_names") {
            let name = try row.decode(String.self)
            known.names[name.lowercased()] = name
        }
        return known
    }

    /// As the server spells it; nil for an unknown one.
    func name(of zone: String) -> String? {
        names[zone.lowercased()]
    }

    func remedy(for zone: String) -> String {
        let meant = NearestName.nearest(to: zone, among: names.values.sorted()).map { "Did you mean \"\($0)\"? " } ?? ""
        return meant + "Use a name of pg_timezone_names, for example Europe/Berlin."
    }
}
