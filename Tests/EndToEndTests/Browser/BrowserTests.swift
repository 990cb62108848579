import Foundation
import Testing

/// The pages in a real browser, over the real daemon. One browser at a time: each takes as much as everything else.
@Suite(.serialized) struct BrowserTests {
    @Test("The dashboard shows what the sources say, moves with each commit, and filters by range and user")
    func dashboard() async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.open(world.address())
                try await browser.become("Live")
                try await browser.shows("a week") { try await world.totals(days: 7) }
                _ = try await browser.isSamePage()

                try await world.post(user: 2, views: 123_456)
                try await browser.shows("the commit") { try await world.totals(days: 7) }
                try await world.commit(
                    """
                    BEGIN;
                    INSERT INTO content_generations (user_id, generation_type) VALUES (3, 'model-1'), (3, 'model-9');
                    DELETE FROM reddit_post_outcomes WHERE title = 'Just now';
                    UPDATE reddit_post_outcomes SET views = views + 10 WHERE user_id = 1;
                    COMMIT;
                    """)
                try await browser.shows("several changes in one commit") { try await world.totals(days: 7) }

                for days in [30, 90, 7, 30] {
                    try await browser.click("a[data-days='\(days)']")
                    try await browser.shows("\(days) days") { try await world.totals(days: days) }
                    #expect(try await browser.text("return location.search;").contains("range=\(days)"))
                }

                try await browser.click(".picker input")
                try await browser.type("3", into: ".picker input")
                try await until("the picker offers the user") {
                    try await browser.run(
                        "return [...document.querySelectorAll('.choices li')].map((l) => l.textContent);")
                        as? [String] == ["3"]
                }
                try await browser.click(".choices li")
                try await browser.shows("one user") { try await world.totals(days: 30, user: 3) }
                #expect(try await browser.text("return location.search;").contains("user=3"))
                try await browser.become("Live")
                try await world.post(user: 2, views: 1_000)
                try await world.post(user: 3, views: 2_000)
                try await browser.shows("one user's commit") { try await world.totals(days: 30, user: 3) }
                try await browser.run("history.back();")
                try await browser.shows("everyone again") { try await world.totals(days: 30) }
                #expect(try await browser.isSamePage())
                #expect(try await browser.console() == [])
            }
        }
    }

    @Test("The dashboard outlives the daemon, and says so", arguments: [SIGTERM, SIGKILL])
    func restart(signal: Int32) async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.open(world.address())
                try await browser.become("Live")
                try await browser.shows("a week") { try await world.totals(days: 7) }
                _ = try await browser.isSamePage()
                let before = try await browser.totals()
                #expect(try await browser.console() == [])

                try await world.daemon.end(signal)
                try await browser.become("Disconnected")
                try await world.post(user: 1, views: 77_777)
                #expect(try await browser.totals() == before)

                try await world.start()
                try await browser.become("Live")
                try await browser.shows("what was committed meanwhile") { try await world.totals(days: 7) }
                // Once more over the new connection.
                try await world.post(user: 1, views: 88_888)
                try await browser.shows("the next commit") { try await world.totals(days: 7) }
                #expect(try await browser.isSamePage())
                // The browser itself tells of each connection that could not be made; the page adds nothing.
                let told = try await browser.console().filter { !$0.contains("net::ERR_") }
                #expect(told == [])
            }
        }
    }

    @Test("The operations page leads and finds nothing wrong")
    func operations() async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.open(world.address("/ops"))
                try await browser.become("Live")
                func fact(_ name: String) async throws -> String {
                    try await browser.text(
                        """
                        const fact = [...document.querySelectorAll(".fact")].find((entry) => entry.querySelector("dt").textContent === arguments[0]);
                        return fact?.querySelector("dd span").textContent ?? "";
                        """, [name])
                }
                try await until("it leads") { try await fact("Role") == "leader" }
                #expect(
                    try await browser.text("return document.querySelector('.well')?.textContent ?? ''").hasPrefix(
                        "Nothing is wrong"))
                #expect(try await browser.run("return document.querySelectorAll('.problem').length;") as? Int == 0)
                let events = try await fact("Events")
                try await world.post(user: 1, views: 1)
                try await until("it counts") { try await fact("Events") != events }
                #expect(try await browser.console() == [])
            }
        }
    }

    @Test("Neither page is wider than its window, light or dark", arguments: ["light", "dark"])
    func layouts(scheme: String) async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.useColorScheme(scheme)
                for path in ["/", "/?range=90&user=2", "/ops"] {
                    try await browser.open(world.address(path))
                    try await browser.become("Live")
                    if path != "/ops" {
                        let user = path.contains("user") ? 2 : nil
                        try await browser.shows("everything") {
                            try await world.totals(days: user == nil ? 7 : 90, user: user)
                        }
                    }
                    for width in [1280, 768, 360] {
                        try await browser.resize(width: width, height: 900)
                        try await until("the window is \(width) wide") {
                            try await browser.run("return innerWidth;") as? Int == width
                        }
                        let name = "\(path == "/" ? "dashboard" : path == "/ops" ? "ops" : "user")-\(scheme)-\(width)"
                        try await browser.keepPicture(name)
                        #expect(try await browser.overflow() == 0, "\(name)")
                    }
                    try await browser.resize(width: 1280, height: 2400)
                    try await browser.keepPicture(
                        "whole\(path == "/ops" ? "-ops" : path == "/" ? "" : "-user")-\(scheme)")
                    let brightness = try await browser.brightness()
                    #expect(scheme == "dark" ? brightness < 64 : brightness > 192)
                }
                #expect(try await browser.console() == [])
            }
        }
    }

    @Test("Without scripts the page has the numbers too")
    func withoutScripts() async throws {
        try await DashboardWorld.with { world in
            for (query, days, user) in [("/", 7, nil), ("/?range=30&user=2", 30, 2)] as [(String, Int, Int?)] {
                let html = try await world.get(query).text
                for (rollup, totals) in try await world.totals(days: days, user: user) {
                    let section = try #require(
                        html.components(separatedBy: "data-rollup=\"\(rollup)\"").dropFirst().first)
                    for (measure, total) in totals {
                        let card = try #require(
                            section.components(separatedBy: "data-measure=\"\(measure)\"").dropFirst().first)
                        let value = try #require(card.firstMatch(of: /class="value">([^<]*)</)).output.1
                        #expect(Double(value.replacing(",", with: "")) == total, "\(rollup) \(measure)")
                    }
                }
                #expect(html.contains("<noscript>"))
            }
            let ops = try await world.get("/ops").text
            #expect(ops.contains("leader"))
        }
    }
}
