import Daybook
import DaybookAlerts
import DaybookServer
import Logging
import ServiceLifecycle
import UnixSignals

/// The engine and its server under one roof: they start together, and a signal stops them in order.
struct Daemon {
    /// How long a shutdown may take before what is left is cancelled. Nothing is lost then either: the next start goes on
    /// from the stored cursor.
    static let drainDeadline = Duration.seconds(15)

    let engine: Engine
    let server: DaybookServer
    let alerts: AlertService
    let logger: Logger

    func run() async throws {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: server),
                .init(service: alerts),
                .init(service: engine, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
        configuration.maximumGracefulShutdownDuration = Self.drainDeadline
        try await ServiceGroup(configuration: configuration).run()
    }

    /// The group's own messages are about its workings, not the daemon's.
    private var quiet: Logger {
        var logger = logger
        logger.logLevel = .error
        return logger
    }
}
