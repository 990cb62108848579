import Testing

@testable import DaybookServer

/// Clients that do not behave, over a network: they lose their connection, and nobody else anything.
struct ConnectionLimitTests {
    private func with(
        _ limit: (inout RequestLimits) -> Void, _ body: (ServerFixture, Int) async throws -> Void
    ) async throws {
        var access = ServerAccess()
        limit(&access.limits)
        try await ServerFixture.with(access: access) { fixture in
            try await fixture.serving { try await body(fixture, $0) }
        }
    }

    private func healthIsAnswered(over connection: RawConnection) async throws -> Bool {
        try await connection.ask("/api/health")
        return try await connection.read(until: "\"turns\"").hasPrefix("HTTP/1.1 ")
    }

    @Test("One connection too many is closed at once, and the place of one that ends is free again")
    func tooManyConnections() async throws {
        try await with {
            $0.connections = 2
        } _: { _, port in
            let (first, second) = (try RawConnection(port: port), try RawConnection(port: port))
            for connection in [first, second] {
                let isAnswered = try await healthIsAnswered(over: connection)
                #expect(isAnswered)
            }
            let third = try RawConnection(port: port)
            let answer = try await third.read()
            #expect(answer == "")
            let isStillAnswered = try await healthIsAnswered(over: first)
            #expect(isStillAnswered)

            second.leave()
            try await eventually("a place is free") {
                let fourth = try RawConnection(port: port)
                return (try? await healthIsAnswered(over: fourth)) ?? false
            }
        }
    }

    @Test("Headers that come byte by byte end with the connection")
    func slowHeaders() async throws {
        try await with {
            $0.headerSeconds = 0.2
        } _: { _, port in
            let slow = try RawConnection(port: port)
            try await slow.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            let taken = try await slow.drip(UInt8(ascii: "a"))
            #expect(taken < 10_000, "\(taken) bytes were taken")
            let other = try RawConnection(port: port)
            let isAnswered = try await healthIsAnswered(over: other)
            #expect(isAnswered)
        }
    }

    @Test("A connection that asks for nothing is closed, before its first request and after")
    func idle() async throws {
        try await with {
            $0.idleSeconds = 0.2
        } _: { _, port in
            let silent = try RawConnection(port: port)
            let nothing = try await silent.read()
            #expect(nothing == "")
            let done = try RawConnection(port: port)
            try await done.ask("/api/health")
            // All of the answer, and then the end.
            let answer = try await done.read()
            #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains("\"turns\""))
        }
    }

    @Test("A body that does not come is not waited for, and a long one is refused")
    func bodies() async throws {
        try await with {
            $0.headerSeconds = 0.2
            $0.bodyBytes = 10
        } _: { _, port in
            let absent = try RawConnection(port: port)
            try await absent.ask("/api/health", headers: ["Content-Length: 5"])
            let answer = try await absent.read()
            #expect(answer.hasPrefix("HTTP/1.1 503"), "answered, and closed when the body did not come")

            let long = try RawConnection(port: port)
            try await long.ask("/api/health", headers: ["Content-Length: 11"])
            let refusal = try await long.read()
            #expect(refusal.hasPrefix("HTTP/1.1 413") && refusal.contains("body_too_long"))
        }
        try await with {
            $0.bodyBytes = 10
        } _: { _, port in
            // One whose length is not told is counted.
            let chunked = try RawConnection(port: port)
            try await chunked.ask("/api/health", headers: ["Transfer-Encoding: chunked"])
            try await chunked.send("8\r\n12345678\r\n8\r\n12345678\r\n")
            _ = try await chunked.read()
        }
    }

    @Test("Headers longer than the limit are answered with 431")
    func longHeaders() async throws {
        try await with {
            $0.headerBytes = 2_000
        } _: { _, port in
            let connection = try RawConnection(port: port)
            try await connection.ask("/api/health", headers: ["X-Long: " + String(repeating: "a", count: 2_001)])
            let answer = try await connection.read()
            #expect(answer.hasPrefix("HTTP/1.1 431") && answer.contains("headers_too_long"))
            let other = try RawConnection(port: port)
            try await other.ask("/api/health", headers: ["X-Long: " + String(repeating: "a", count: 1_000)])
            let good = try await other.read(until: "\"turns\"")
            #expect(good.hasPrefix("HTTP/1.1 503"))
        }
    }
}
