import Daybook
import DaybookServer
import Foundation
import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#endif

/// The daemon's engine and server in this process, for the time of a closure.
struct ServedEngine: Sendable {
    let engine: RunningEngine
    let port: UInt16

    static func with<Result: Sendable>(
        _ database: BenchmarkDatabase, _ body: @Sendable @escaping (ServedEngine) async throws -> Result
    ) async throws -> Result {
        let observatory = EngineObservatory()
        let settings = EngineSettings(
            database: database.configuration, eventsDirectory: BenchmarkDatabase.eventsDirectory, sealAt: nil
        )
        let live = LiveRows()
        let port = try freePort()
        let logger = RunningEngine.quietLogger
        let engine = Engine(settings, observatory: observatory, logger: logger) { live.receive($0) }
        let server = try DaybookServer(
            host: "127.0.0.1", port: Int(port), settings: settings, live: live, observatory: observatory,
            logger: logger
        )
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server), .init(service: engine)], logger: logger)
        )
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await services.run()
                return nil
            }
            group.addTask {
                let running = RunningEngine(observatory: observatory)
                try await running.wait(for: "the daemon's first sleep") {
                    $0.isReady && $0.isAsleep && $0.daysToBuild == 0
                }
                return try await body(ServedEngine(engine: running, port: port))
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw BenchmarkError("The daemon stopped by itself.")
            }
            await services.triggerGracefulShutdown()
            _ = try await group.next()
            return result
        }
    }

    /// One that nobody listens on at the moment.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in(loopback: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw BenchmarkError("No port is free: \(String(cString: strerror(errno)))") }
        return UInt16(bigEndian: address.sin_port)
    }
}

extension sockaddr_in {
    init(loopback port: UInt16) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = port.bigEndian
        sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    }
}
