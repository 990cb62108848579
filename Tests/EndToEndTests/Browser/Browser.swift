import Foundation

/// A headless Chromium with a profile of its own, for the time of a closure.
struct Browser: Sendable {
    private let port: UInt16
    private let session: String

    /// Runs `body` with a browser, and leaves no process and no file behind.
    static func with(_ body: (Browser) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "daybook-browser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let leash = try Leash()
        let driver = try await ChromeDriver(in: folder, leash: leash)
        do {
            let browser = try await start(driver, profile: folder.appending(path: "profile"))
            do {
                try await body(browser)
            } catch {
                _ = try? await browser.command("DELETE", "")
                throw error
            }
            _ = try await browser.command("DELETE", "")
            try await until("the browser has ended") { !Processes.anyNames(folder.path) }
        } catch {
            try? await driver.end()
            throw error
        }
        try await driver.end()
    }

    private static func start(_ driver: ChromeDriver, profile: URL) async throws -> Browser {
        let options: [String: Any] = [
            "args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--user-data-dir=\(profile.path)",
                "--window-size=1280,900", "--lang=en-US",
            ]
        ]
        let capabilities: [String: Any] = [
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"],
            "timeouts": ["script": 30_000, "pageLoad": 60_000],
        ]
        let request = WebDriverRequest(
            method: "POST", port: driver.port, path: "/session",
            body: ["capabilities": ["alwaysMatch": capabilities]]
        )
        let answer = try await request.send() as? [String: Any]
        guard let id = answer?["sessionId"] as? String else {
            throw BrowserError("chromedriver has begun no session: \(answer ?? [:])")
        }
        return Browser(port: driver.port, session: "/session/\(id)")
    }

    @discardableResult
    private func command(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws -> Any? {
        let path = path.isEmpty ? session : "\(session)/\(path)"
        return try await WebDriverRequest(method: method, port: port, path: path, body: body).send()
    }

    func open(_ address: String) async throws {
        try await command("POST", "url", ["url": address])
    }

    /// Runs a script in the page; it returns JSON.
    @discardableResult
    func run(_ script: String, _ arguments: [Any] = []) async throws -> Any? {
        try await command("POST", "execute/sync", ["script": script, "args": arguments])
    }

    func text(_ script: String, _ arguments: [Any] = []) async throws -> String {
        try await run(script, arguments) as? String ?? ""
    }

    /// Clicks the first element that a CSS selector finds, as a mouse would.
    func click(_ selector: String) async throws {
        try await command("POST", "element/\(try await element(selector))/click", [:])
    }

    /// Types into the first element that a CSS selector finds.
    func type(_ text: String, into selector: String) async throws {
        try await command("POST", "element/\(try await element(selector))/value", ["text": text])
    }

    private func element(_ selector: String) async throws -> String {
        let found = try await command("POST", "element", ["using": "css selector", "value": selector])
        guard let element = (found as? [String: String])?.values.first else {
            throw BrowserError("There is no \(selector) in the page.")
        }
        return element
    }

    /// Presses keys, one after the other, in whatever has the focus. WebDriver names keys by private characters.
    func press(_ keys: Key...) async throws {
        let presses = keys.flatMap { key in
            ["keyDown", "keyUp"].map { ["type": $0, "value": key.rawValue] }
        }
        try await command(
            "POST", "actions", ["actions": [["type": "key", "id": "keyboard", "actions": presses]]])
    }

    enum Key: String {
        case tab = "\u{e004}"
        case enter = "\u{e007}"
        case escape = "\u{e00c}"
        case down = "\u{e015}"
        case space = " "
    }

    /// A command of the DevTools protocol.
    func devTools(_ name: String, _ parameters: [String: Any]) async throws {
        try await command("POST", "goog/cdp/execute", ["cmd": name, "params": parameters])
    }

    /// What the console has said since the last call, in one line each: level, text.
    func console() async throws -> [String] {
        let entries = try await command("POST", "se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.map { "\($0["level"] ?? "") \($0["message"] ?? "")" }
    }

    /// A picture of the window, as PNG.
    func picture() async throws -> Data {
        let text = try await command("GET", "screenshot") as? String
        guard let data = text.flatMap({ Data(base64Encoded: $0) }) else {
            throw BrowserError("The browser has made no picture.")
        }
        return data
    }
}
