/// Who asks, as far as this server may tell: decided once per request and passed to whatever answers it.
public enum Viewer: Sendable, Hashable {
    /// Sees the rows whose dimension `user_id` is this subject, and nothing else. The subject is never empty.
    case user(String)
    /// Sees every row, the operations page and the metrics.
    case `operator`
}
