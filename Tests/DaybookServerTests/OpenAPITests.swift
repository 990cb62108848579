import Foundation
import HTTPTypes
import Testing

@testable import Daybook
@testable import DaybookServer

/// The document says what the routes do.
struct OpenAPITests {
    private static let examples: [String: [String]] = [
        "/api/rollups": ["/api/rollups"],
        "/api/rollups/{rollup}": [
            "/api/rollups/sales_daily", "/api/rollups/sales_daily?limit=1", "/api/rollups/visits_daily",
        ],
        "/api/rollups/{rollup}/summary": ["/api/rollups/sales_daily/summary", "/api/rollups/visits_daily/summary"],
        "/api/rollups/{rollup}/series": ["/api/rollups/sales_daily/series"],
        "/api/rollups/{rollup}/top": [
            "/api/rollups/sales_daily/top", "/api/rollups/sales_daily/top?by=shop&measure=share",
        ],
        "/api/rollups/{rollup}/breakdown": ["/api/rollups/sales_daily/breakdown"],
        "/api/rollups/{rollup}/values": [
            "/api/rollups/sales_daily/values?dimension=user_id",
            "/api/rollups/sales_daily/values?dimension=shop&prefix=a",
        ],
        "/api/ops": ["/api/ops"],
        "/api/health": ["/api/health"],
        "/api/openapi.json": ["/api/openapi.json"],
        // A stream does not end; its own tests read it.
        "/api/stream": [],
    ]

    @Test("Every answer has the shape that the document gives it, errors too")
    func shapes() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.run(
                """
                INSERT INTO sales (user_id, shop, at, cents, kind) VALUES
                    (1, 'a', now(), 100, 'x'), (1, NULL, now(), 10, NULL), (2, 'b', now() - interval '7 days', 5, 'y');
                INSERT INTO visits (site, at) VALUES ('s', now());
                """)
            try await fixture.withEngine { engine in
                try await fixture.run("INSERT INTO sales (user_id, shop, at, cents) VALUES (3, 'c', now(), 1)")
                try await fixture.run("INSERT INTO daybook.requests (kind, state) VALUES ('repair', 'failed')")
                try await fixture.run("INSERT INTO daybook.gaps (cause, state) VALUES ('drift', 'repaired')")
                try await fixture.counted(by: engine)
                let document = OpenAPIReader(try await fixture.get("/api/openapi.json").json)
                #expect(document.document["openapi"] as? String == "3.1.0")
                #expect(Set(document.paths.keys) == Set(Self.examples.keys))
                for (path, examples) in Self.examples {
                    let schema = try #require(document.schema(of: path, status: "200"), "\(path)")
                    for example in examples {
                        let answer = try await fixture.get(example)
                        #expect(answer.status == .ok, "\(example): \(answer.body)")
                        #expect(document.problems(try answer.json, schema) == [], "\(example): \(answer.body)")
                        guard let refusal = document.schema(of: path, status: "400") else { continue }
                        let refused = try await fixture.get(
                            example + (example.contains("?") ? "&" : "?") + "nothing=1&from=x")
                        #expect(refused.status == .badRequest)
                        #expect(document.problems(try refused.json, refusal) == [])
                    }
                }
            }
        }
    }

    @Test("Every parameter that the document names is one that the route takes")
    func parameters() throws {
        let document = OpenAPIReader(
            try #require(JSONSerialization.jsonObject(with: Data(OpenAPIDocument.bytes)) as? [String: Any]))
        let range = ["from", "to"]
        let routes: [String: [String]] = [
            "/api/rollups/{rollup}": range + RowsQuestion.parameters,
            "/api/rollups/{rollup}/summary": range + SummaryQuestion.parameters,
            "/api/rollups/{rollup}/series": range + SeriesQuestion.parameters,
            "/api/rollups/{rollup}/top": range + TopQuestion.parameters,
            "/api/rollups/{rollup}/breakdown": range + BreakdownQuestion.parameters,
            "/api/rollups/{rollup}/values": ValuesQuestion.parameters, "/api/stream": StreamRoute.parameters,
        ]
        for (path, names) in routes {
            #expect(document.queryParameters(of: path).subtracting(["dimensions"]) == Set(names), "\(path)")
        }
    }
}
