import Foundation
import HTTPTypes
import Testing

@testable import Daybook
@testable import DaybookServer

/// What supervisors and load balancers are told.
struct HealthTests {
    @Test("503 until the rollups answer, then 200 of a leader and of a standby, with every job by its name")
    func health() async throws {
        try await ServerFixture.with { fixture in
            let early = try await fixture.get("/api/health")
            #expect(early.status == .serviceUnavailable)
            #expect(try early.json["ready"] as? Bool == false && early.json["live"] as? Bool == true)
            try await fixture.withEngine { _ in
                let leader = try await fixture.get("/api/health")
                #expect(leader.status == .ok)
                let json = try leader.json
                #expect(json["role"] as? String == "leader" && json["database"] as? String == "connected")
                let jobs = json["jobs"] as? [[String: Any]] ?? []
                let names = Set(jobs.compactMap { $0["name"] as? String })
                #expect(names.isSuperset(of: ["update-current-day-analytics", "aggregate-daily-analytics"]))

                let other = fixture.another()
                let standby = ServerEngine(other, flushEvery: .seconds(3600))
                do {
                    try await eventually("it stands by") { standby.observatory.current.role == .standby }
                    let answer = try await other.get("/api/health")
                    #expect(answer.status == .ok)
                    #expect(try answer.json["role"] as? String == "standby")
                } catch {
                    await standby.kill()
                    throw error
                }
                await standby.kill()
                let stopped = try await other.get("/api/health")
                #expect(stopped.status == .serviceUnavailable)
            }
        }
    }
}
