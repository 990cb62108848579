package import Daybook
import NIOCore
import NIOPosix
package import NIOSSL

/// Sends one message by SMTP over a connection of its own.
package struct SMTPSender: Sendable {
    let server: AlertChannel.MailServer
    let envelope: AlertChannel.Envelope
    let trustRoots: NIOSSLTrustRoots
    let timeout: Duration

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// - Parameter trustRoots: who may vouch for the server.
    package init(
        server: AlertChannel.MailServer, envelope: AlertChannel.Envelope, trustRoots: NIOSSLTrustRoots = .default,
        timeout: Duration = .seconds(30)
    ) {
        self.server = server
        self.envelope = envelope
        self.trustRoots = trustRoots
        self.timeout = timeout
    }

    /// Returns once the server has taken it.
    /// - Throws: ``DeliveryFailure``, `CancellationError`.
    package func send(_ message: MailMessage) async throws {
        let limit = timeout
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await converse(message) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw DeliveryFailure("The mail server does not answer in time.", isPassing: true)
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let failure as DeliveryFailure {
            throw failure
        } catch {
            try Task.checkCancellation()
            throw DeliveryFailure(
                "The mail server cannot be reached (\(type(of: error))). Check host, port, security and its certificate.",
                isPassing: true)
        }
    }

    private func converse(_ message: MailMessage) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = trustRoots
        let context = try NIOSSLContext(configuration: configuration)
        let host = server.host
        let isTLSFirst = server.security == .tls
        let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .connect(host: host, port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if isTLSFirst {
                        try channel.pipeline.syncOperations.addHandler(Self.handler(context, host))
                    }
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        let channel = connection.channel
        try await connection.executeThenClose { inbound, outbound in
            var conversation = SMTPConversation(server, envelope, message)
            var parser = SMTPReply.Parser()
            var iterator = inbound.makeAsyncIterator()
            while true {
                guard let reply = try parser.next() else {
                    guard let bytes = try await iterator.next() else {
                        throw DeliveryFailure("The mail server has ended the connection.", isPassing: true)
                    }
                    try parser.append(bytes.readableBytesView)
                    continue
                }
                var action = try conversation.received(reply)
                if action == .secure {
                    // What came before the handshake may be anybody's.
                    guard parser.isEmpty else {
                        throw DeliveryFailure("The mail server says more than it was asked.", isPassing: false)
                    }
                    try await channel.eventLoop.submit {
                        try channel.pipeline.syncOperations.addHandler(Self.handler(context, host), position: .first)
                    }.get()
                    action = conversation.secured()
                }
                guard case .send(let text) = action else { break }
                try await outbound.write(ByteBuffer(string: text))
            }
            try? await outbound.write(ByteBuffer(string: "QUIT\r\n"))
        }
    }

    /// Names the host for its certificate; an address has no name to send.
    private static func handler(_ context: NIOSSLContext, _ host: String) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }
}
