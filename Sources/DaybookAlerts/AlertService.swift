import AsyncHTTPClient
public import Daybook
public import Logging
public import ServiceLifecycle

/// Looks at the rules of `alerts.yml` while this process leads, and tells the channels.
///
/// Nothing that happens here touches the engine. Shutdown looks no more, and waits for messages that are on their way as
/// long as ``DeliverySettings/drain`` says.
public struct AlertService: Service {
    private let settings: EngineSettings
    private let observatory: EngineObservatory
    private let logger: Logger
    private let file: WatchedFile<AlertDefinitions>
    private let delivery: DeliverySettings

    /// - Parameters:
    ///   - settings: of the engine of this process.
    ///   - environment: where secrets come from.
    public init(
        _ settings: EngineSettings, observatory: EngineObservatory, logger: Logger,
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.init(
            settings, observatory: observatory, logger: logger, delivery: DeliverySettings(), environment: environment)
    }

    package init(
        _ settings: EngineSettings, observatory: EngineObservatory, logger: Logger, delivery: DeliverySettings,
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.settings = settings
        self.observatory = observatory
        self.logger = logger
        self.delivery = delivery
        file = AlertFile.watched(in: settings.eventsDirectory, environment: environment)
    }

    /// Reads the file, so that its mistakes are told before anything starts.
    /// - Throws: ``DefinitionError`` with all of them.
    public func check() throws(DefinitionError) {
        _ = try file.load()
    }

    /// Runs until shut down.
    public func run() async throws {
        let client = WebhookSender.makeClient()
        var desk = AlertDesk(settings: settings, file: file, observatory: observatory, logger: logger)
        desk.adopt()
        while !Task.isShuttingDownGracefully, !Task.isCancelled { await serve(&desk, client: client) }
        await desk.close()
        try await client.shutdown()
    }

    /// Until the definitions change: one queue for each channel, and a look now and then.
    private func serve(_ desk: inout AlertDesk, client: HTTPClient) async {
        let queues = desk.definitions.channels.map { channel in
            let sender = ChannelSender(channel, client: client)
            return (
                channel.name,
                ChannelQueue(channel.name, settings: delivery, logger: logger) { try await sender.send($0) }
            )
        }
        let byName = Dictionary(queues, uniquingKeysWith: { first, _ in first })
        await withTaskGroup(of: Bool.self) { group in
            for (_, queue) in queues {
                group.addTask {
                    await queue.run()
                    return false
                }
            }
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                if observatory.current.role == .leader, !queues.isEmpty {
                    for (message, channels) in await desk.look() {
                        for name in channels { byName[name]?.put(message) }
                    }
                }
                let period = settings.healthPeriod
                _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: period) }
                if await desk.reload() { break }
            }
            for (_, queue) in queues { queue.close() }
            await drain(&group, queues.count)
        }
    }

    private func drain(_ group: inout TaskGroup<Bool>, _ count: Int) async {
        let limit = delivery.drain
        group.addTask {
            try? await Task.sleep(for: limit)
            return true
        }
        var left = count
        while left > 0, let isDeadline = await group.next(), !isDeadline { left -= 1 }
        group.cancelAll()
    }
}
