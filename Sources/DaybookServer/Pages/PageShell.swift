/// What both pages share: head, banner, landmarks. Holds no script and no style of its own, as the content security policy
/// demands.
struct PageShell: Sendable {
    enum Page: Sendable, Hashable {
        case dashboard, operations

        var title: String {
            switch self {
            case .dashboard: "Dashboard"
            case .operations: "Operations"
            }
        }

        var script: String {
            switch self {
            case .dashboard: "/assets/dashboard.js"
            case .operations: "/assets/ops.js"
            }
        }
    }

    var page: Page
    /// Whether the viewer may see the operations page.
    var showsOperations: Bool
    /// Between the banner and the page's status line.
    var controls: HTML
    /// What the page says before scripts run, and without them.
    var main: HTML

    /// Seconds after which a page without scripts loads itself again.
    private static let refreshSeconds = 10

    var html: String {
        let document: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(page.title) · Daybook</title>
            <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
            %3Cpath fill='%230b6a76' d='M2 9h3v5H2zm4.5-4h3v9h-3zM11 2h3v12h-3z'/%3E%3C/svg%3E">
            <link rel="stylesheet" href="/assets/dashboard.css">
            <script type="module" src="\(page.script)"></script>
            <noscript><meta http-equiv="refresh" content="\(Self.refreshSeconds)"></noscript>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the numbers</a>
            <header class="banner">
            <div class="banner-inner">
            <h1 class="visually-hidden">\(page.title)</h1>
            <span class="brand"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">\
            <path fill="currentColor" d="M2 9h3v5H2zm4.5-4h3v9h-3zM11 2h3v12h-3z"/></svg>Daybook</span>
            <nav aria-label="Pages">
            \(link(to: .dashboard, "/"))\(link(to: .operations, "/ops"))
            </nav>
            <div id="controls">\(controls)</div>
            <div id="status" class="status-place"></div>
            </div>
            </header>
            <main id="main">
            \(main)
            </main>
            <p id="spoken" class="visually-hidden" role="status" aria-live="polite"></p>
            <footer><p>Times are UTC; point at one for your own. For programs: <a href="/api/openapi.json">API</a>, \
            <a href="/api/health">health</a>.</p></footer>
            </body>
            </html>

            """
        return document.text
    }

    private func link(to target: Page, _ path: String) -> HTML {
        let current: HTML = target == page ? " aria-current=\"page\"" : ""
        let identity: HTML = target == .operations ? " id=\"operations\"" : ""
        let hidden: HTML = target == .operations && !showsOperations ? " hidden" : ""
        return "<a href=\"\(path)\"\(identity)\(current)\(hidden)>\(target.title)</a>"
    }
}
