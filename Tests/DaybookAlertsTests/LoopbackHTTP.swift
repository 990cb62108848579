import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on loopback that answers what the test says and keeps what it was sent.
final class LoopbackHTTP: Sendable {
    struct Answer: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var bodyLength = 0
    }

    struct Received: Sendable {
        var uri: String
        var body: String
    }

    private let kept = Mutex<[Received]>([])
    private let answers: Mutex<[Answer]>
    private let arrivals: AsyncStream<Received>
    private let arrived: AsyncStream<Received>.Continuation

    /// - Parameter answers: one for each request; then 200.
    init(_ answers: [Answer] = []) {
        self.answers = Mutex(answers)
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    var received: [Received] { kept.withLock(\.self) }

    /// Serves for the time of `body`, which gets the base address.
    static func with(
        _ answers: [Answer] = [], _ body: (LoopbackHTTP, String) async throws -> Void
    ) async throws {
        let server = LoopbackHTTP(answers)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Exchange(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let outcome = await Result.catching {
            try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        }
        try await channel.close()
        try outcome.get()
    }

    /// Waits for the next requests, in order of arrival.
    func next(_ count: Int = 1) async -> [Received] {
        var found: [Received] = []
        var iterator = arrivals.makeAsyncIterator()
        while found.count < count, let one = await iterator.next() { found.append(one) }
        return found
    }

    private func take(_ received: Received) -> Answer {
        kept.withLock { $0.append(received) }
        arrived.yield(received)
        return answers.withLock { $0.isEmpty ? Answer() : $0.removeFirst() }
    }

    private final class Exchange: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: LoopbackHTTP
        private var uri = ""
        private var text = ""

        init(_ server: LoopbackHTTP) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (uri, text) = (head.uri, "")
            case .body(let bytes): text += String(buffer: bytes)
            case .end:
                let answer = server.take(Received(uri: uri, body: text))
                var headers = HTTPHeaders(answer.headers)
                headers.add(name: "Content-Length", value: "\(answer.bodyLength)")
                let head = HTTPResponseHead(
                    version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                if answer.bodyLength > 0 {
                    let bytes = ByteBuffer(repeating: 0x20, count: answer.bodyLength)
                    context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
                }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}

extension Result where Failure == any Error {
    static func catching(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
