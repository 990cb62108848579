import Hummingbird

/// What a request carries on its way: who asks.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Until access control is configured, whoever reaches loopback is the operator.
    var viewer = Viewer.operator

    init(source: some RequestContextSource) {
        coreContext = .init(source: source)
    }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}
