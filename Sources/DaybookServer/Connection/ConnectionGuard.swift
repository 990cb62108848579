import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Holds one connection to the ``RequestLimits``: drives a ``ConnectionPatience`` with what passes through the pipeline, and
/// closes the connection when its time is up.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: RequestLimits
    private let seats: ConnectionSeats
    private var patience: ConnectionPatience
    private var hasSeat = false
    private var timer: Scheduled<Void>?
    private var isStream = false
    private var isInputClosed = false

    init(_ limits: RequestLimits, seats: ConnectionSeats) {
        self.limits = limits
        self.seats = seats
        patience = ConnectionPatience(limits, now: .now)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let witness = ByteWitness { [weak self] in self?.patience.bytesCame(now: .now) }
        do {
            try context.pipeline.syncOperations.addHandler(witness, position: .first)
        } catch {
            context.close(promise: nil)
        }
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !hasSeat else { return }
        hasSeat = seats.take()
        guard hasSeat else { return context.close(promise: nil) }
        patience = ConnectionPatience(limits, now: .now)
        look(context)
    }

    private func end() {
        timer?.cancel()
        timer = nil
        if hasSeat { seats.giveUp() }
        hasSeat = false
    }

    // MARK: The clock

    /// Closes the connection or comes back when its time may be up. What happens in between only puts that off.
    private func look(_ context: ChannelHandlerContext) {
        let unsent = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        switch patience.verdict(now: .now, unsentBytes: unsent) {
        case .close: context.close(promise: nil)
        case .wait(let instant):
            // Some limits are shorter than the one that is waited for now, and may begin meanwhile.
            let pause = min(ContinuousClock.now.duration(to: instant), shortest)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            timer = context.eventLoop.scheduleTask(in: TimeAmount(max(pause, .milliseconds(1)))) {
                let (this, context) = bound.value
                this.look(context)
            }
        }
    }

    private var shortest: Duration {
        .seconds(min(limits.idleSeconds, limits.headerSeconds, limits.writeStallSeconds))
    }

    // MARK: What passes through

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: patience.requestBegan()
        case .body(let bytes): if !patience.bodyCame(bytes.readableBytes) { return context.close(promise: nil) }
        case .end: patience.requestEnded(now: .now)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part {
            isStream = head.headerFields[.contentType]?.hasPrefix("text/event-stream") ?? false
        }
        patience.writing(now: .now)
        let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { _ in bound.value.patience.wrote(now: .now) }
        context.write(data, promise: sent)
        if case .end = part {
            isStream = false
            patience.answered(now: .now)
        }
        closeUnreadStream(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            isInputClosed = true
            closeUnreadStream(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// A stream has no end, so a client that has closed its side of the connection is gone.
    private func closeUnreadStream(_ context: ChannelHandlerContext) {
        if isStream, isInputClosed { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard case HTTPParserError.headerOverflow? = error as? HTTPParserError, !patience.isAnswering else {
            return context.fireErrorCaught(error)
        }
        refuse(APIError.headersTooLong(limits.headerBytes), context)
    }

    private func refuse(_ error: APIError, _ context: ChannelHandlerContext) {
        let body = ByteBuffer(string: error.json.text + "\n")
        var head = HTTPResponse(status: error.status, headerFields: [.connection: "close", .cacheControl: "no-store"])
        head.headerFields[.contentType] = JSONAnswer.contentType
        head.headerFields[.contentLength] = "\(body.readableBytes)"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}

/// Tells that bytes have come, before they make a request.
private final class ByteWitness: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let see: () -> Void

    init(_ see: @escaping () -> Void) {
        self.see = see
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        see()
        context.fireChannelRead(data)
    }
}
