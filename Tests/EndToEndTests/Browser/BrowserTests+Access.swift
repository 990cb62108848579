import Foundation
import Testing

/// The pages for whoever has no mouse, or does not see them.
extension BrowserTests {
    @Test("The dashboard can be used from the keyboard alone")
    func keyboard() async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.open(world.address())
                try await browser.become("Live")
                try await browser.shows("a week") { try await world.totals(days: 7) }
                func focused() async throws -> String {
                    try await browser.text(
                        "const e = document.activeElement; return e.getAttribute('aria-label') || e.textContent.trim() || e.id;"
                    )
                }
                try await browser.press(.tab)
                #expect(try await focused() == "Skip to the numbers")
                // Every stop of the way is visible as such.
                var stops: [String] = []
                for _ in 0..<60 {
                    let outline = try await browser.text(
                        """
                        const style = getComputedStyle(document.activeElement);
                        return style.outlineStyle !== "none" || style.boxShadow !== "none" ? "" : document.activeElement.outerHTML.slice(0, 80);
                        """)
                    #expect(outline == "", "nothing shows that this has the focus")
                    stops.append(try await focused())
                    if stops.last == "30 days" { break }
                    try await browser.press(.tab)
                }
                #expect(stops.last == "30 days")
                try await browser.press(.enter)
                try await browser.shows("30 days") { try await world.totals(days: 30) }

                for _ in 0..<10 where try await browser.text("return document.activeElement.role ?? '';") != "combobox"
                {
                    try await browser.press(.tab)
                }
                try await until("the choices are open") {
                    try await browser.text("return document.activeElement.getAttribute('aria-expanded') ?? '';")
                        == "true"
                }
                try await browser.press(.down, .down, .enter)
                try await browser.shows("the second user") { try await world.totals(days: 30, user: 2) }
                try await browser.press(.down, .escape)
                #expect(
                    try await browser.text("return document.activeElement.getAttribute('aria-expanded');") == "false")

                for _ in 0..<10
                where try await browser.text("return document.activeElement.dataset.measure ?? '';") != "likes" {
                    try await browser.press(.tab)
                }
                try await browser.press(.space)
                #expect(
                    try await browser.text("return document.activeElement.getAttribute('aria-pressed') ?? '';")
                        == "true")
                #expect(try await browser.console() == [])
            }
        }
    }

    @Test("Everything that can be pressed, seen or read has a name", arguments: ["/", "/ops"])
    func names(path: String) async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.open(world.address(path))
                try await browser.become("Live")
                if path == "/" { try await browser.shows("a week") { try await world.totals(days: 7) } }
                let nameless =
                    try await browser.run(
                        """
                        const labelled = (e) => e.getAttribute("aria-label") || e.labels?.length || e.textContent.trim()
                          || e.getAttribute("aria-labelledby")?.split(" ").every((id) => document.getElementById(id)?.textContent.trim());
                        const hidden = (e) => e.closest("[aria-hidden=true], [hidden], noscript, template");
                        const found = [];
                        for (const e of document.querySelectorAll("a, button, input, select, section, nav, [role=img], [role=region], svg, th")) {
                          if (hidden(e)) continue;
                          const needs = !(e.matches("section") && !e.hasAttribute("aria-labelledby") && e.querySelector("h2"));
                          if (needs && !labelled(e) && !e.querySelector("title")) found.push(e.outerHTML.slice(0, 120));
                        }
                        for (const table of document.querySelectorAll("table")) {
                          if (hidden(table)) continue;
                          if (!table.caption && !table.getAttribute("aria-label") && !table.getAttribute("aria-labelledby")) found.push("table without a caption");
                          for (const th of table.querySelectorAll("th:not([scope])")) found.push("th without scope: " + th.textContent);
                        }
                        const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
                        found.push(...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => "twice: " + id));
                        return found;
                        """) as? [String]
                #expect(nameless == [])
                let page =
                    try await browser.run(
                        """
                        return [document.documentElement.lang, document.title, document.querySelectorAll("main").length,
                          document.querySelectorAll("h1").length, document.querySelector("#spoken").getAttribute("aria-live")];
                        """) as? [Any]
                #expect(page?.first as? String == "en")
                #expect((page?[1] as? String)?.hasSuffix("Daybook") == true)
                #expect(page?[2] as? Int == 1 && page?[3] as? Int == 1)
                #expect(page?[4] as? String == "polite")
            }
        }
    }

    @Test("Times are UTC, and the viewer's own on hover")
    func times() async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.devTools("Emulation.setTimezoneOverride", ["timezoneId": "Asia/Kathmandu"])
                try await browser.open(world.address())
                try await browser.become("Live")
                try await browser.shows("a week") { try await world.totals(days: 7) }
                let time =
                    try await browser.run(
                        """
                        const time = document.querySelector("#status time");
                        const minute = new Intl.DateTimeFormat("en-US", { timeZone: "Asia/Kathmandu", minute: "2-digit" });
                        const minutes = minute.format(new Date(time.dateTime)).padStart(2, "0");
                        return [time.textContent, time.title, time.dateTime, ":" + minutes];
                        """) as? [String] ?? []
                try #require(time.count == 4)
                #expect(time[0].contains("UTC") && time[2].hasSuffix("Z"))
                #expect(time[1].contains(time[3]) && time[1].hasSuffix("your time"), "\(time)")
            }
        }
    }

    @Test("What moves is spoken, but not each time")
    func spoken() async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.open(world.address())
                try await browser.become("Live")
                try await browser.shows("a week") { try await world.totals(days: 7) }
                try await world.post(user: 1, views: 1_000)
                try await world.post(user: 1, views: 2_000)
                try await until("it is spoken") {
                    try await browser.text("return document.querySelector('#spoken').textContent;").contains("up 3,000")
                }
            }
        }
    }
}
