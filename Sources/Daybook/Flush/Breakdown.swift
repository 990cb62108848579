/// The jsonb text of a measure that counts by a label.
package enum Breakdown {
    /// `[{"<label>": value, "count": n}, …]` in the order given; a null value is `null`.
    package static func json(_ ranking: [(label: Label, count: Int128)], label: String) -> String {
        let name = quoted(label)
        let elements = ranking.map { element in
            "{\(name): \(element.label.text.map(quoted) ?? "null"), \"count\": \(element.count)}"
        }
        return "[\(elements.joined(separator: ", "))]"
    }

    /// A JSON string. Postgres text holds no NUL, and everything but the quote, the backslash and controls stands as it is.
    package static func quoted(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}
