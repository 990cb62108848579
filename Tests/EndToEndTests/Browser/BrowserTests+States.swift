import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// What the pages say when not everything is as it is every day.
extension BrowserTests {
    @Test("A page of the standby says so, follows the tables, and is live once its daemon leads")
    func standby() async throws {
        try await DashboardWorld.with { world in
            try await world.withStandby { standby in
                try await Browser.with { browser in
                    try await browser.open(standby.address())
                    try await browser.become("Standby")
                    try await browser.shows("a week") { try await world.totals(days: 7) }
                    try await world.post(user: 2, views: 123_456)
                    try await browser.shows("the other daemon's flush") { try await world.totals(days: 7) }
                    try await browser.keepPicture("standby-light-1280")

                    try await world.daemon.end(SIGTERM)
                    try await browser.become("Live")
                    try await world.post(user: 3, views: 654_321)
                    try await browser.shows("the commit") { try await world.totals(days: 7) }
                    #expect(try await browser.console() == [])
                }
            }
        }
    }

    @Test("A daemon that stands still makes the page stale, and going on makes it live")
    func stale() async throws {
        try await DashboardWorld.with { world in
            try await Browser.with { browser in
                try await browser.open(world.address())
                try await browser.become("Live")
                try await browser.shows("a week") { try await world.totals(days: 7) }
                world.daemon.signal(SIGSTOP)
                defer { world.daemon.signal(SIGCONT) }
                try await browser.become("Stale")
                try await browser.keepPicture("stale-light-1280")
                world.daemon.signal(SIGCONT)
                try await browser.become("Live")
                try await world.post(user: 3, views: 654_321)
                try await browser.shows("the commit") { try await world.totals(days: 7) }
            }
        }
    }

    @Test("Without a row the page says what to expect, and shows the first one")
    func empty() async throws {
        try await DashboardWorld.with(isFilled: false) { world in
            try await Browser.with { browser in
                try await browser.open(world.address())
                try await browser.become("Live")
                try await until("the page says that it is empty") {
                    try await browser.text(
                        "return document.querySelector('.chart-empty:not([hidden])')?.textContent ?? '';"
                    )
                    .hasPrefix("Nothing counted yet.")
                }
                try await until("nothing is loading any more") {
                    try await browser.run("return document.querySelectorAll('[aria-busy], .loading').length;") as? Int
                        == 0
                }
                try await browser.keepPicture("empty-light-1280")
                try await world.post(user: 1, views: 12)
                try await until("the first row is there") {
                    try await browser.totals()[DashboardWorld.content]?["total_views"] == 12
                }
                #expect(try await browser.console() == [])
            }
        }
    }

    @Test("A trigger that is off is at the top of the operations page, with what to do")
    func findings() async throws {
        try await DashboardWorld.with { world in
            try await world.commit("ALTER TABLE content_generations DISABLE TRIGGER ALL")
            try await Browser.with { browser in
                try await browser.open(world.address("/ops"))
                try await until("doctor has found it") {
                    try await browser.text("return document.querySelector('.problem')?.textContent ?? '';")
                        .contains("content_generations")
                }
                #expect(
                    try await browser.text("return document.querySelector('.problem').className;").contains("error"))
                #expect(try await browser.text("return document.querySelector('.problem .remedy').textContent;") != "")
                try await browser.resize(width: 1280, height: 1400)
                try await browser.keepPicture("findings-light-1280")
                #expect(try await browser.console() == [])
            }
        }
    }
}
