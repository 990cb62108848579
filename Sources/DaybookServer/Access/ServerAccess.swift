/// Everything about who may ask, how often, and from which sites, that is not a token.
public struct ServerAccess: Sendable {
    public var limits = RequestLimits()
    public var origins = CORSPolicy.off

    public init() {}
}
