import Daybook
import HTTPTypes
import Hummingbird

/// `GET /`: what the daemon is doing, as a plain page. The dashboards come later.
struct StatusPage {
    private let status: EngineStatus

    init(_ status: EngineStatus) {
        self.status = status
    }

    var response: Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'",
            ],
            body: .init(byteBuffer: ByteBuffer(string: html))
        )
    }

    private var rows: [(String, String)] {
        [
            ("Role", status.role.rawValue),
            ("Ready", status.isReady ? "yes" : "no"),
            ("Events counted", "\(status.events)"),
            ("Turns", "\(status.turns)"),
            ("Flushes", "\(status.flushes)"),
            ("Rows written", "\(status.rowsFlushed)"),
            ("Rows in memory", "\(status.rowsInMemory) in \(status.daysInMemory) days"),
            ("Days still to build", "\(status.daysToBuild)"),
            ("Open gaps", "\(status.openGaps)"),
            ("Last turn", status.lastTurnAt.map { "\($0)" } ?? "none yet"),
            ("Last flush", status.lastFlushAt.map { "\($0)" } ?? "none yet"),
            ("Last error", status.lastError ?? "none"),
        ]
    }

    private var html: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="2">
        <title>Daybook</title>
        <style>
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
        body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .4rem .5rem; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
        th { font-weight: 500; width: 40%; } td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        </style>
        <h1>Daybook</h1>
        <table>
        \(rows.map { "<tr><th scope=\"row\">\($0.0)</th><td>\(Self.escaped($0.1))</td></tr>" }.joined(separator: "\n"))
        </table>
        <p>The same for machines: <a href="/api/health">/api/health</a></p>
        </html>

        """
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { html, character in
            switch character {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            default: html.append(character)
            }
        }
    }
}
