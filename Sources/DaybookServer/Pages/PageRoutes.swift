import Daybook
import Foundation
import HTTPTypes
import Hummingbird
import PostgresClient

/// `/` and `/ops`. A page is served to whoever asks; where tokens are needed it comes without numbers, since a browser
/// cannot send one when it opens an address, and its script asks for one.
struct PageRoutes: Sendable {
    let model: ReadModel
    let doctor: DoctorRounds
    let needsTokens: Bool

    func add(to router: RouterGroup<ServerContext>) {
        router.get("/") { request, _ in try await dashboard(request) }
        router.get("ops") { _, _ in try await opsPage() }
        Assets().add(to: router)
    }

    private func dashboard(_ request: Request) async throws -> Response {
        var parameters = try QueryParameters(request.uri.query)
        let asked = Int(parameters.take("range") ?? "") ?? DashboardPage.ranges[0]
        let user = parameters.take("user").flatMap { $0.isEmpty ? nil : $0 }
        var page = DashboardPage(
            days: DashboardPage.ranges.contains(asked) ? asked : DashboardPage.ranges[0], user: user,
            isOperator: !needsTokens, rollups: []
        )
        guard !needsTokens else { return Self.response(page.html) }
        do {
            for served in try await model.catalog.rollups(model.pool) {
                let (asOf, numbers) = try await numbers(of: served, days: page.days, user: user)
                page.asOf = asOf
                page.rollups.append(numbers)
            }
        } catch let error as APIError {
            page.notice = error.message
        } catch is PostgresError {
            page.notice = "The database cannot be reached. The page tries again by itself."
        }
        return Self.response(page.html)
    }

    private func numbers(
        of served: ServedRollup, days: Int, user: String?
    ) async throws -> (asOf: String?, DashboardPage.RollupNumbers) {
        let dimension = served.rollup.dimensions.first { $0.name == Viewer.userDimension }
        let requested = user.flatMap { user in dimension.map { [RequestedFilter(dimension: $0, value: user)] } } ?? []
        let filters = try await model.filters(requested, of: served, for: .operator)
        return try await model.read(served) { reading in
            let range = reading.moment.today.advanced(by: 1 - days)...reading.moment.today
            var nothing = try QueryParameters(nil)
            let summary = try await SummaryQuestion(&nothing, served).answer(reading, days: range, filters: filters)
            let series = try await SeriesQuestion(&nothing, served).answer(reading, days: range, filters: filters)
            let names = Totals(served).drawn
            let totals = Members(summary)
            let numbers = DashboardPage.RollupNumbers(
                name: served.rollup.name, title: served.rollup.definition.title,
                from: "\(range.lowerBound)", to: "\(range.upperBound)",
                totals: names.map { name in
                    DashboardPage.Total(
                        name: name, value: totals.text("totals", name) ?? "–",
                        previous: totals.text("previous", "totals", name),
                        change: totals.text("change", name).flatMap(Double.init)
                    )
                },
                days: Members(series).list("series").reversed().map { day in
                    DashboardPage.Day(day: day.text("day") ?? "", values: names.map { day.text($0) ?? "–" })
                }
            )
            return ("\(reading.moment.now)", numbers)
        }
    }

    private func opsPage() async throws -> Response {
        guard !needsTokens else { return Self.response(OpsPage(facts: []).html) }
        let status = model.observatory.current
        var page = OpsPage(
            facts: [
                .init(name: "Role", value: status.role.rawValue),
                .init(name: "Ready", value: status.isReady || status.role == .standby ? "yes" : "no"),
                .init(name: "Events counted", value: "\(status.events)"),
                .init(name: "Turns", value: "\(status.turns)"),
                .init(name: "Flushes", value: "\(status.flushes)"),
                .init(name: "Rows in memory", value: "\(status.rowsInMemory) in \(status.daysInMemory) days"),
                .init(name: "Days to build", value: "\(status.daysToBuild)"),
                .init(name: "Last flush", value: status.lastFlushAt.map { "\($0)" } ?? "none yet"),
            ]
        )
        if let error = status.lastError {
            page.problems.append(.init(what: error, remedy: "The daemon tries again by itself; its log says more."))
        }
        if status.openGaps > 0 {
            page.problems.append(
                .init(
                    what: "\(status.openGaps) gaps are open.",
                    remedy: "The daemon repairs what the sources allow. `daybook status` lists them."))
        }
        for finding in doctor.report.findings ?? [] where finding.severity != .info {
            page.problems.append(
                .init(
                    what: "\(finding.subject): \(finding.evidence)", remedy: finding.remedy,
                    isError: finding.severity == .error))
        }
        page.problems.sort { $0.isError && !$1.isError }
        return Self.response(page.html)
    }

    private static func response(_ html: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: html))
        )
    }
}

/// Reads an answer of the API back for the page that is rendered here.
private struct Members {
    private let values: [String: Any]

    init(_ members: [(String, JSONValue)]) {
        let text = JSONValue.object(members).text
        values = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    private init(_ values: [String: Any]) { self.values = values }

    func list(_ name: String) -> [Members] { (values[name] as? [[String: Any]] ?? []).map { Members($0) } }

    /// As Postgres prints it, but for trailing zeros.
    func text(_ path: String...) -> String? {
        var value: Any? = values
        for name in path { value = (value as? [String: Any])?[name] }
        switch value {
        case let text as String: return text
        case let number as NSNumber: return number.description(withLocale: nil)
        default: return nil
        }
    }
}
