import Testing

@testable import DaybookServer

@Suite struct DashboardPageTests {
    private static let hostile = "\"><script>alert('x')</script>&"

    private func page(user: String? = nil, change: Double? = 0.1673) -> DashboardPage {
        DashboardPage(
            user: user, isOperator: true, asOf: Self.hostile,
            rollups: [
                .init(
                    name: Self.hostile, title: Self.hostile, from: "2026-11-17", to: "2026-11-23",
                    totals: [.init(name: "total_views", value: "1284311", previous: "1100233", change: change)],
                    days: [.init(day: "2026-11-23", values: ["20431"])])
            ], notice: Self.hostile)
    }

    @Test func showsTheNumbers() {
        let html = page().html
        #expect(html.contains("<span class=\"value\">1,284,311</span>"))
        #expect(html.contains("+16.7%"))
        #expect(html.contains("title=\"1,100,233 in the 7 days before\""))
        #expect(html.contains("<td class=\"number\">20,431</td>"))
    }

    @Test(arguments: [nil, hostile] as [String?])
    func escapesWhateverComesIn(user: String?) {
        let html = page(user: user).html
        #expect(!html.contains("<script>"))
        #expect(!html.contains("alert('x')"))
        #expect(!html.contains("&user=\""))
        #expect(html.contains("&lt;script&gt;"))
    }

    /// The content security policy allows neither.
    @Test func holdsNoScriptAndNoStyleOfItsOwn() {
        for html in [page().html, OpsPage(problems: [.init(what: "a", remedy: "b")], facts: []).html] {
            #expect(!html.contains("<style"))
            #expect(!html.contains(" style="))
            #expect(!html.contains("javascript:"))
            #expect(html.matches(of: /<script[^>]*>/).allSatisfy { $0.output.contains(" src=\"/assets/") })
            #expect(html.matches(of: /\son[a-z]+=/).isEmpty)
        }
    }

    @Test(arguments: [
        (0.1673, "+16.7%"), (-0.0209, "−2.1%"), (0, "no change"), (9.4457, "+944.6%"), (123, "over +999%"),
        (-1, "−100.0%"),
    ])
    func writesChangeAsTheScriptDoes(change: Double, expected: String) {
        #expect(page(change: change).html.contains(">\(expected)</span>"))
    }

    @Test func keepsTheUserInTheRangeLinks() {
        #expect(page(user: "a b&c").html.contains("href=\"/?range=30&amp;user=a%20b%26c\""))
    }

    @Test func saysWhyThereIsNothing() {
        let html = DashboardPage(isOperator: false, rollups: [], notice: "A token is needed.").html
        #expect(html.contains("<p class=\"empty\">A token is needed.</p>"))
        #expect(html.contains("id=\"operations\" hidden"))
    }

    @Test func namesTheOperationsPage() {
        let html = OpsPage(facts: [.init(name: "Role", value: "<leader>")]).html
        #expect(html.contains("<a href=\"/ops\" id=\"operations\" aria-current=\"page\">"))
        #expect(html.contains("<td>&lt;leader&gt;</td>"))
    }
}
