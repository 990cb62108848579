import Hummingbird
import NIOCore

/// What a request carries on its way: who asks.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Until access control is configured, whoever reaches loopback is the operator.
    var viewer = Viewer.operator
    /// The connection that the request has come over; nil without a network.
    private(set) var channel: (any Channel)?

    init(source: some RequestContextSource) {
        coreContext = .init(source: source)
    }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
