import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An SMTP server on loopback, with STARTTLS or TLS from the first byte, that keeps what it was told.
final class LoopbackSMTP: Sendable {
    private let kept = Mutex<[String]>([])
    private let context: NIOSSLContext

    var lines: [String] { kept.withLock(\.self) }

    private init(_ context: NIOSSLContext) {
        self.context = context
    }

    static func with(
        _ certificate: NIOSSLCertificate, _ key: NIOSSLPrivateKey, isTLSFirst: Bool,
        _ body: (LoopbackSMTP, Int) async throws -> Void
    ) async throws {
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
        let server = LoopbackSMTP(try NIOSSLContext(configuration: configuration))
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if isTLSFirst {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: server.context))
                    }
                    try channel.pipeline.syncOperations.addHandler(Exchange(server, isSecure: isTLSFirst))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let outcome = await Result.catching { try await body(server, channel.localAddress?.port ?? 0) }
        try await channel.close()
        try outcome.get()
    }

    private final class Exchange: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: LoopbackSMTP
        private var isSecure: Bool
        private var isMessage = false
        private var text = ""

        init(_ server: LoopbackSMTP, isSecure: Bool) {
            self.server = server
            self.isSecure = isSecure
        }

        func channelActive(context: ChannelHandlerContext) { answer("220 loopback\r\n", context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            while let end = text.range(of: "\r\n") {
                let line = String(text[..<end.lowerBound])
                text.removeSubrange(..<end.upperBound)
                server.kept.withLock { $0.append((isSecure ? "" : "plain ") + line) }
                take(line, context)
            }
        }

        private func take(_ line: String, _ context: ChannelHandlerContext) {
            if isMessage {
                guard line == "." else { return }
                isMessage = false
                return answer("250 taken\r\n", context)
            }
            switch line.prefix(4) {
            case "EHLO": answer(isSecure ? "250-h\r\n250 AUTH PLAIN\r\n" : "250-h\r\n250 STARTTLS\r\n", context)
            case "STAR":
                answer("220 go\r\n", context)
                isSecure = true
                do {
                    try context.pipeline.syncOperations.addHandler(
                        NIOSSLServerHandler(context: server.context), position: .first)
                } catch { context.close(promise: nil) }
            case "AUTH": answer("235 ok\r\n", context)
            case "DATA":
                isMessage = true
                answer("354 go\r\n", context)
            case "QUIT": context.close(promise: nil)
            default: answer("250 ok\r\n", context)
            }
        }

        private func answer(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }
}
