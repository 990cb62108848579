import Testing

@testable import DaybookServer

/// Subscribers that read badly or not at all, over a network.
struct StreamConnectionTests {
    private static let path = "/api/stream?rollup=sales_daily&from=2026-01-01&to=2026-01-09"

    /// More than all buffers between the server and a client that does not read.
    private func writeMuch(_ fixture: ServerFixture) async throws {
        try await fixture.run(
            """
            INSERT INTO sales (user_id, shop, at, cents)
            SELECT 1, repeat(md5(i::text), 60), '2026-01-02 10:00+00', 1 FROM generate_series(1, 6000) AS i
            """)
    }

    @Test("One that takes nothing loses its seat; others go on")
    func stalled() async throws {
        var access = ServerAccess()
        access.limits.writeStallSeconds = 0.3
        try await ServerFixture.with(access: access) { fixture in
            try await writeMuch(fixture)
            try await fixture.withEngine(flushEvery: .milliseconds(50)) { engine in
                try await fixture.counted(by: engine)
                try await fixture.serving { port in
                    let stuck = try RawConnection(port: port, receiveBuffer: 4_096)
                    try await stuck.ask("\(Self.path)&state=full")
                    try await eventually("it has a seat") { fixture.routes.hub.subscriberCount == 1 }
                    let reader = try RawConnection(port: port)
                    try await reader.ask("\(Self.path)&state=none")
                    _ = try await reader.read(until: "event: hello")
                    try await eventually("only the reader is left") { fixture.routes.hub.subscriberCount == 1 }

                    try await fixture.run(
                        "INSERT INTO sales (user_id, shop, at, cents) VALUES (2, 'news', '2026-01-02 10:00+00', 5)")
                    let news = try await reader.read(until: "\"news\"")
                    #expect(news.contains("event: rows"))
                    withExtendedLifetime(stuck) {}
                }
            }
        }
    }

    @Test("One that is gone has no seat any more, though nothing is written to it")
    func gone() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.withEngine { _ in
                try await fixture.serving { port in
                    let client = try RawConnection(port: port)
                    try await client.ask(Self.path)
                    _ = try await client.read(until: "event: hello")
                    #expect(fixture.routes.hub.subscriberCount == 1)
                    client.leave()
                    // Sooner than the heartbeat, which would find out.
                    try await eventually("the seat is free", within: .seconds(10)) {
                        fixture.routes.hub.subscriberCount == 0
                    }
                }
            }
        }
    }

    @Test("No more subscribers than there are seats")
    func seats() async throws {
        var access = ServerAccess()
        access.limits.streams = 1
        try await ServerFixture.with(access: access) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.serving { port in
                    let first = try RawConnection(port: port)
                    try await first.ask(Self.path)
                    _ = try await first.read(until: "event: hello")
                    let second = try RawConnection(port: port)
                    try await second.ask(Self.path)
                    let refusal = try await second.read(until: "too_many_subscribers")
                    #expect(refusal.hasPrefix("HTTP/1.1 503") && refusal.contains("Retry-After: "))
                }
            }
        }
    }
}
