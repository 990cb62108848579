import Testing

@testable import DaybookServer

@Suite struct HTMLTests {
    @Test(arguments: [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"), ("a & b", "a &amp; b"),
        ("\" onload='x'", "&quot; onload=&#39;x&#39;"), ("\u{0}\u{1B}[31m\u{9F}", "\u{FFFD}\u{FFFD}[31m\u{FFFD}"),
        ("tab\tand\nline", "tab\tand\nline"), ("Größe 👩‍👧 \u{202E}", "Größe 👩‍👧 \u{202E}"),
    ])
    func escapesTexts(text: String, expected: String) {
        let html: HTML = "<p title=\"\(text)\">\(text)</p>"
        #expect(html.text == "<p title=\"\(expected)\">\(expected)</p>")
    }

    @Test func leavesMarkupAsItIs() {
        let inner: HTML = "<b>\("<")</b>"
        let nothing: HTML? = nil
        let html: HTML = "\(inner)\(nothing)\([inner, inner])\(7)"
        #expect(html.text == "<b>&lt;</b><b>&lt;</b>\n<b>&lt;</b>\n7")
    }
}
