import Foundation

/// What a person sees on the pages.
extension Browser {
    /// The cards' numbers, by rollup and column.
    func totals() async throws -> [String: [String: Double]] {
        let cards =
            try await run(
                """
                return Object.fromEntries([...document.querySelectorAll("section[data-rollup]")].map((section) => [
                  section.dataset.rollup, Object.fromEntries([...section.querySelectorAll("[data-measure]")].map((card) => [
                    card.dataset.measure, card.querySelector(".value").textContent
                  ]))
                ]));
                """) as? [String: [String: String]] ?? [:]
        return cards.mapValues { $0.mapValues { Double($0.replacing(",", with: "")) ?? .nan } }
    }

    /// Waits until the cards say what the sources say.
    func shows(_ what: String, _ expected: () async throws -> [String: [String: Double]]) async throws {
        var seen: [String: [String: Double]] = [:]
        var wanted: [String: [String: Double]] = [:]
        do {
            try await until("the page shows \(what)") {
                (seen, wanted) = (try await totals(), try await expected())
                return seen == wanted
            }
        } catch let error as BrowserError {
            throw BrowserError("\(error). It shows \(seen), the sources say \(wanted).")
        }
    }

    /// The status line's first word: Live, Stale, Connecting or Disconnected.
    func condition() async throws -> String {
        try await text("return document.querySelector('#status strong')?.textContent ?? '';")
    }

    /// Waits for a condition; what the page said instead, one after the other, is part of the error.
    func become(_ condition: String) async throws {
        var seen: [String] = []
        do {
            try await until("the page says \(condition)") {
                let now = try await self.condition()
                if seen.last != now { seen.append(now) }
                return now == condition
            }
        } catch let error as BrowserError {
            let line = try await text("return document.querySelector('#status')?.textContent ?? '';")
            throw BrowserError("\(error). It has said \(seen), and says \(line.debugDescription).")
        }
    }

    /// Says whether the document has been loaded again since the last call.
    func isSamePage() async throws -> Bool {
        try await run("const was = window.seen === true; window.seen = true; return was;") as? Bool ?? false
    }

    func useColorScheme(_ scheme: String) async throws {
        try await devTools(
            "Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": scheme]]])
    }

    func resize(width: Int, height: Int) async throws {
        try await devTools(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
    }

    /// By how many pixels the page is wider than its window.
    func overflow() async throws -> Int {
        try await run(
            "return Math.max(0, document.documentElement.scrollWidth - innerWidth);") as? Int ?? -1
    }

    /// The page's background, from 0 (black) to 255 (white).
    func brightness() async throws -> Double {
        try await run(
            """
            const background = [document.body, document.documentElement].map((element) => getComputedStyle(element).backgroundColor)
              .find((color) => color !== "rgba(0, 0, 0, 0)");
            const [red, green, blue] = background.match(/[\\d.]+/g).map(Number);
            return (red + green + blue) / 3;
            """) as? Double ?? -1
    }

    /// Keeps a picture where `DAYBOOK_PICTURES` names a folder.
    func keepPicture(_ name: String) async throws {
        guard let folder = ProcessInfo.processInfo.environment["DAYBOOK_PICTURES"] else { return }
        try await picture().write(to: URL(filePath: folder).appending(path: "\(name).png"))
    }
}
