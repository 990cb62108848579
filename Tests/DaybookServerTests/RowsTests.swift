import Foundation
import HTTPTypes
import Testing

@testable import Daybook
@testable import DaybookServer

/// Pages and files.
struct RowsTests {
    private static func filled(_ body: (ServerFixture) async throws -> Void) async throws {
        try await ServerFixture.with { fixture in
            // Many ties in every column, nulls among them.
            try await fixture.run(
                """
                INSERT INTO sales (user_id, shop, at, cents, kind)
                SELECT u, nullif('s' || s, 's0'), '2026-01-01'::timestamptz + d * interval '1 day', (u + s) % 2, 'k'
                FROM generate_series(1, 4) AS u, generate_series(0, 3) AS s, generate_series(0, 3) AS d
                """
            )
            try await fixture.withEngine { engine in
                try await fixture.run("UPDATE sales SET cents = cents + 1 WHERE user_id = 2 AND shop IS NULL")
                try await fixture.counted(by: engine)
                try await body(fixture)
            }
        }
    }

    @Test(
        "Pages put together are all rows, each once, in order",
        arguments: ["day", "-day", "-cents", "cents", "shop", "-shop", "-share", "user_id", "cents_each"])
    func paging(sort: String) async throws {
        try await Self.filled { fixture in
            let path = "/api/rollups/sales_daily?from=2026-01-01&to=2026-01-31&sort=\(sort)"
            let whole = try #require(try await fixture.get("\(path)&limit=1000").json["rows"] as? [[String: Any]])
            #expect(whole.count == 64)
            for size in [1, 7, 64] {
                var rows: [String] = []
                var after = ""
                repeat {
                    let page = try await fixture.get("\(path)&limit=\(size)\(after)")
                    #expect(page.status == .ok, "\(page.body)")
                    rows += try #require(try page.json["rows"] as? [[String: Any]]).map(StreamModel.text)
                    after = (try page.json["next"] as? String).map { "&after=\($0)" } ?? ""
                } while !after.isEmpty && rows.count <= 64
                #expect(rows == whole.map(StreamModel.text))
            }
        }
    }

    @Test("A place in one order is none in another")
    func foreignPlace() async throws {
        try await Self.filled { fixture in
            let path = "/api/rollups/sales_daily?from=2026-01-01&to=2026-01-31&limit=1"
            let next = try #require(try await fixture.get(path).json["next"] as? String)
            #expect(try await fixture.get("\(path)&sort=cents&after=\(next)").error == "400 invalid_after after")
        }
    }

    @Test(
        "Fields are quoted where they must be, and text is never a formula",
        arguments: [
            ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"), ("@x", "'@x"), ("-1", "'-1"), ("+1", "'+1"), ("\tx", "'\tx"), ("\r", "\"'\r\""),
            ("", "\"\""),
        ])
    func fields(text: String, field: String) {
        #expect(RowsFile.field(text, isText: true) == field)
    }

    @Test func numbersStay() {
        #expect(RowsFile.field("-1", isText: false) == "-1")
    }

    @Test("A file has all rows, a header, and says null by an empty field")
    func file() async throws {
        try await Self.filled { fixture in
            let csv = try await fixture.get(
                "/api/rollups/sales_daily?from=2026-01-01&to=2026-01-31&format=csv&sort=shop")
            #expect(csv.headers[.contentType] == "text/csv; charset=utf-8; header=present")
            let lines = csv.body.split(separator: "\r\n")
            #expect(lines.count == 65)
            #expect(lines[0] == "day,user_id,shop,sales,cents,kinds,cents_each,share")
            #expect(lines.last?.hasPrefix("2026-01-04,4,,1,0,") == true)
            let few = try await fixture.get("/api/rollups/sales_daily?from=2026-01-01&to=2026-01-31&format=csv&limit=2")
            #expect(few.body.split(separator: "\r\n").count == 3)
        }
    }

    @Test("Who has the answer already is told so, until something changes")
    func etags() async throws {
        try await Self.filled { fixture in
            let path = "/api/rollups/sales_daily/series?from=2026-01-01&to=2026-01-04"
            let tag = try #require(try await fixture.get(path).headers[.eTag])
            let again = try await fixture.get(path, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
            #expect(again.body.isEmpty)
            #expect(try await fixture.get(path, as: .user("1"), headers: [.ifNoneMatch: tag]).status == .ok)
            #expect(try await fixture.get(path + "&user_id=1", headers: [.ifNoneMatch: tag]).status == .ok)
            let version = fixture.live.overlay.version
            try await fixture.run("UPDATE sales SET cents = 9 WHERE user_id = 1")
            try await eventually("it is counted") { fixture.live.overlay.version > version }
            #expect(try await fixture.get(path, headers: [.ifNoneMatch: tag]).status == .ok)
        }
    }
}
