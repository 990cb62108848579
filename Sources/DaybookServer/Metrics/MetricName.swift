/// Names as Prometheus has them, made of names as swift-metrics has them, which may be any text.
enum MetricName {
    static func counter(_ label: String) -> String { suffixed(metric(label), "_total") }

    /// Durations are exposed in seconds, whatever unit their recorder prefers.
    static func timer(_ label: String) -> String { suffixed(metric(label), "_seconds") }

    static func metric(_ label: String) -> String { sanitized(label, colons: true) }

    static func label(_ name: String) -> String { sanitized(name, colons: false) }

    private static func suffixed(_ name: String, _ suffix: String) -> String {
        name.hasSuffix(suffix) ? name : name + suffix
    }

    private static func sanitized(_ text: String, colons: Bool) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case "0"..."9": name += name.isEmpty ? "_\(scalar)" : "\(scalar)"
            case ":" where colons: name += ":"
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }
}
