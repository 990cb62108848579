extension DailySummary {
    /// As plain text.
    package var text: String {
        var lines: [String] = ["Daybook, \(day)"]
        for section in sections {
            lines += ["", section.title + (section.isVerified ? "" : " (could not be verified)")]
            lines += section.totals.map { total in
                "  \(total.measure): \(total.value)"
                    + Self.change(total.value, total.dayBefore, "day before")
                    + Self.change(total.value, total.weekBefore, "week before")
            }
            if let measure = section.topMeasure, !section.top.isEmpty {
                lines.append("  Most \(measure):")
                lines += section.top.map { "    \($0.value)  \($0.key)" }
            }
        }
        lines.append("")
        lines += notes.isEmpty ? ["Nothing was repaired or amended."] : notes
        return lines.joined(separator: "\n")
    }

    /// As a page without styles or pictures.
    package var html: String {
        var html = "<!DOCTYPE html><html><body><h1>Daybook, \(day)</h1>"
        for section in sections {
            html += "<h2>\(Self.escaped(section.title))\(section.isVerified ? "" : " (could not be verified)")</h2>"
            html += "<table><tr><th></th><th>day</th><th>day before</th><th>week before</th></tr>"
            for total in section.totals {
                html += "<tr><td>\(Self.escaped(total.measure))</td><td>\(total.value)</td>"
                html += "<td>\(Self.percent(total.value, total.dayBefore))</td>"
                html += "<td>\(Self.percent(total.value, total.weekBefore))</td></tr>"
            }
            html += "</table>"
            if let measure = section.topMeasure, !section.top.isEmpty {
                html += "<h3>Most \(Self.escaped(measure))</h3><ol>"
                html += section.top.map { "<li>\(Self.escaped($0.key)): \(Self.escaped($0.value))</li>" }.joined()
                html += "</ol>"
            }
        }
        let sentences = notes.isEmpty ? ["Nothing was repaired or amended."] : notes
        return html + sentences.map { "<p>\(Self.escaped($0))</p>" }.joined() + "</body></html>"
    }

    private static func change(_ value: Int128, _ before: Int128?, _ name: String) -> String {
        before == nil ? "" : ", \(percent(value, before)) on the \(name)"
    }

    /// With its sign, to whole percents; a dash where there is nothing to compare with.
    static func percent(_ value: Int128, _ before: Int128?) -> String {
        guard let before, before != 0 else { return "–" }
        let change = ((Double(value) - Double(before)) / abs(Double(before)) * 100).rounded()
        guard abs(change) < 1e9 else { return "–" }
        return "\(change > 0 ? "+" : "")\(Int(change)) %"
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
