import Testing

/// What did not come about in time.
struct NeverHappened: Error, CustomStringConvertible {
    let description: String
}

/// Looks again and again, every few milliseconds, until the condition holds.
///
/// - Throws: ``NeverHappened`` when it does not before the deadline; whatever the condition throws.
func eventually(
    _ what: String, within limit: Duration = .seconds(180), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while !(try await condition()) {
        guard ContinuousClock.now < deadline else { throw NeverHappened(description: "never: \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}
