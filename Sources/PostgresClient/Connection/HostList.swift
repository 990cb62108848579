/// The hosts of a connection's settings, where libpq's commas name several.
enum HostList {
    /// Settings of one host each, in their order; the settings as they are where they name one host, or where libpq has
    /// to choose among all of them, or where the lists do not fit each other (libpq then says so).
    static func attempts(_ settings: [String: String]) -> [[String: String]] {
        guard settings["target_session_attrs"] != "prefer-standby" else { return [settings] }
        let hosts = parts(settings["host"])
        let addresses = parts(settings["hostaddr"])
        let ports = parts(settings["port"])
        let count = max(hosts.count, addresses.count)
        guard count > 1, [0, count].contains(hosts.count), [0, count].contains(addresses.count),
            [0, 1, count].contains(ports.count)
        else { return [settings] }
        return (0..<count).map { index in
            var attempt = settings
            if !hosts.isEmpty { attempt["host"] = hosts[index] }
            if !addresses.isEmpty { attempt["hostaddr"] = addresses[index] }
            if ports.count > 1 { attempt["port"] = ports[index] }
            return attempt
        }
    }

    private static func parts(_ list: String?) -> [String] {
        list?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    }
}
