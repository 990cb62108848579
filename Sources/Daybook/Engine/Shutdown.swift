import PostgresClient
import ServiceLifecycle

/// Waits that graceful shutdown cuts short. It cuts nothing else short: what is counted is flushed first.
enum Shutdown {
    /// Waits; returns early on shutdown or cancellation.
    static func wait(_ duration: Duration) async {
        _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }

    /// Runs something that only waits; nil when shutdown ended it.
    static func cancelling<Result: Sendable>(
        _ body: @Sendable @escaping () async throws -> Result?
    ) async throws -> Result? {
        do {
            return try await cancelWhenGracefulShutdown(body)
        } catch is CancellationError where Task.isShuttingDownGracefully {
            return nil
        }
    }
}
