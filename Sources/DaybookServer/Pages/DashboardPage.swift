/// `GET /`: the dashboard as it is served, with the numbers of the moment, so that it says something before its scripts run
/// and without them. Every text comes in as Postgres prints it and is escaped here.
struct DashboardPage: Sendable {
    /// Days back that the viewer can choose between.
    static let ranges = [7, 30, 90]

    /// One of ``ranges``, from the query's `range`.
    var days: Int = 7
    /// From the query's `user`; nil for everyone.
    var user: String?
    var isOperator: Bool
    /// RFC 3339 in UTC, of the state that the numbers are from; nil where there are none.
    var asOf: String?
    /// In the definitions' order. Empty for a viewer who has to give a token first: the page's script asks for it.
    var rollups: [RollupNumbers]
    /// A sentence instead of numbers, where there are none.
    var notice: String?

    struct RollupNumbers: Sendable {
        var name: String
        var title: String
        /// Inclusive, `2026-11-17`.
        var from: String
        var to: String
        /// Counts and sums in the definition's order, then the derived.
        var totals: [Total]
        /// Newest first; values in the order of ``totals``.
        var days: [Day]
    }

    struct Total: Sendable {
        /// The column's name.
        var name: String
        /// As Postgres prints it.
        var value: String
        /// Of the range before; nil where it is not known.
        var previous: String?
        /// Fraction; nil where there was nothing before.
        var change: Double?
    }

    struct Day: Sendable {
        var day: String
        var values: [String]
    }

    var html: String {
        PageShell(page: .dashboard, showsOperations: isOperator, controls: controls, main: main).html
    }

    private var controls: HTML {
        let links = Self.ranges.map { range -> HTML in
            let current: HTML = range == days ? " aria-current=\"true\"" : ""
            let others: HTML? = user.map { "&amp;user=\(Self.percentEncoded($0))" }
            return "<a href=\"/?range=\(range)\(others)\" data-days=\"\(range)\"\(current)>\(range) days</a>"
        }
        let form: HTML = """
            <noscript><form method="get" action="/" class="picker"><input type="hidden" name="range" value="\(days)">\
            <label for="user">User</label><input id="user" name="user" value="\(user ?? "")" placeholder="Everyone"></form></noscript>
            """
        return """
            <nav class="ranges" aria-label="Range">\(links)</nav>\(isOperator ? form : nil)
            """
    }

    private var main: HTML {
        if rollups.isEmpty {
            return "<p class=\"empty\">\(notice ?? "Nothing to show yet.")</p>"
        }
        let note: HTML? = asOf.map {
            "<noscript><p class=\"muted zone\">As of \($0). The page loads itself again.</p></noscript>"
        }
        return "\(note)\(rollups.map(section))"
    }

    private func section(_ rollup: RollupNumbers) -> HTML {
        """
        <section class="rollup" aria-labelledby="rollup-\(rollup.name)" data-rollup="\(rollup.name)">
        <header class="rollup-head"><h2 id="rollup-\(rollup.name)">\(rollup.title)</h2>\
        <span class="range">\(rollup.from) to \(rollup.to)</span></header>
        <ul class="cards">
        \(rollup.totals.map(card))
        </ul>
        <noscript><div class="box table-scroll"><table>
        <caption>\(rollup.title) by day</caption>
        <thead><tr><th scope="col">Day</th>\(rollup.totals.map { total -> HTML in
            "<th scope=\"col\" class=\"number\">\("\(ColumnTitle(total.name))")</th>"
        })</tr></thead>
        <tbody>
        \(rollup.days.map { day -> HTML in
            "<tr><th scope=\"row\">\(day.day)</th>\(day.values.map(Self.cell))</tr>"
        })
        </tbody></table></div></noscript>
        <div class="box skeleton" aria-hidden="true"></div>
        </section>
        """
    }

    private static func cell(_ value: String) -> HTML {
        "<td class=\"number\">\("\(GroupedNumber(value))")</td>"
    }

    private func card(_ total: Total) -> HTML {
        """
        <li><div class="card" data-measure="\(total.name)"><span class="card-head"><span class="card-label">\
        \("\(ColumnTitle(total.name))")</span></span><span class="value">\("\(GroupedNumber(total.value))")</span>\
        <span class="change"\(title(total))>\(Self.comparison(total))</span></div></li>
        """
    }

    private func title(_ total: Total) -> HTML? {
        total.previous.map { " title=\"\("\(GroupedNumber($0))") in the \(days) days before\"" }
    }

    /// `+12.4%`, as the script writes it.
    private static func comparison(_ total: Total) -> String {
        guard let change = total.change else { return "" }
        guard change != 0 else { return "no change" }
        let sign = change > 0 ? "+" : "−"
        let tenths = Int((min(abs(change), 9.999) * 1000).rounded())
        return abs(change) >= 10 ? "over \(sign)999%" : "\(sign)\(tenths / 10).\(tenths % 10)%"
    }

    /// For a value in a query.
    private static func percentEncoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
    }
}
