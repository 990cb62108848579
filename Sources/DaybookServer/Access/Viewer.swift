/// Who asks, as far as it decides what may be seen.
public enum Viewer: Sendable, Hashable {
    /// Nobody in particular: sees nothing.
    case anonymous
    /// A user by the subject of the token: sees rows whose `user_id` is this, and nothing else.
    case user(String)
    /// Sees everything.
    case `operator`
}
