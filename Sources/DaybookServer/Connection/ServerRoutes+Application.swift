import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

extension ServerRoutes {
    /// The server itself: HTTP/1.1 on an address, every connection held to the limits.
    ///
    /// - Parameters:
    ///   - port: 0 for one that is free.
    ///   - onListening: called with the port once connections are taken.
    func application(
        host: String, port: Int, onListening: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        var configuration = ApplicationConfiguration(address: .hostname(host, port: port), serverName: "daybook")
        configuration.reuseAddress = true
        var quiet = logger
        quiet.logLevel = .critical
        let limits = access.limits
        let seats = ConnectionSeats(limit: limits.connections, logger: logger)
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes, maxHeaderFieldCount: 100
        )
        return Application(
            router: router,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionGuard(limits, seats: seats)],
                    httpDecoderConfiguration: decoder
                )),
            configuration: configuration,
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? port) },
            logger: quiet
        )
    }
}
