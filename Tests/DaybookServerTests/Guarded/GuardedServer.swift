import HTTPTypes
import Hummingbird

@testable import Daybook
@testable import DaybookServer

/// Routes that ask for tokens, over the numbers of two users. Some are in the tables and some in memory only.
struct GuardedServer: Sendable {
    let fixture: ServerFixture
    let desk: TokenDesk
    let engine: ServerEngine

    static let range = "from=2026-01-01&to=2026-01-05"

    /// Limits that no test meets by accident.
    static var open: ServerAccess {
        var access = ServerAccess()
        access.limits.viewerRate = RateLimit(perSecond: 1_000_000, burst: 1_000_000)
        access.limits.strangerRate = access.limits.viewerRate
        return access
    }

    static func with(
        access: ServerAccess = open, _ body: (GuardedServer) async throws -> Void
    ) async throws {
        let desk = try await TokenDesk()
        try await ServerFixture.with(gate: desk.gate, access: access) { fixture in
            try await fixture.run(rows("'2026-01-02 10:00+00'") + rows("now()"))
            try await fixture.withEngine { engine in
                try await fixture.run(rows("'2026-01-03 10:00+00'"))
                try await fixture.counted(by: engine)
                try await body(GuardedServer(fixture: fixture, desk: desk, engine: engine))
            }
        }
    }

    /// One row of each user and of nobody in particular.
    static func rows(_ at: String) -> String {
        """
        INSERT INTO sales (user_id, shop, at, cents, kind) VALUES
            (\(TokenDesk.user), 'mine', \(at), 100, 'mine'),
            (\(TokenDesk.otherUser), 'secret-shop', \(at), 31337, 'secret-kind');
        INSERT INTO visits (site, at) VALUES ('secret-site', \(at));
        """
    }

    /// Whether a text has anything of the other user's rows, alone or in a sum with other rows. The other user's key itself
    /// does not count where the request has it.
    static func tellsOfTheOther(_ text: String, request: String = "") -> Bool {
        let sums = (1...3).flatMap { other in (0...3).map { other * 31337 + $0 * 100 } }
        let numbers = sums.flatMap { ["\($0)", "\(GroupedNumber("\($0)"))"] }
        let marks = ["secret"] + numbers + (request.contains(TokenDesk.otherUser) ? [] : [TokenDesk.otherUser])
        return marks.contains { text.contains($0) }
    }

    func get(
        _ path: String, from caller: Caller, headers: HTTPFields = [:], method: HTTPRequest.Method = .get
    ) async throws -> TestAnswer {
        var fields = try desk.fields(caller)
        fields.append(contentsOf: headers)
        return try await fixture.get(path, headers: fields, method: method)
    }
}
