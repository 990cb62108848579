/// Looks again and again until the condition holds.
///
/// - Throws: ``BrowserError`` when it does not before the limit; whatever the condition throws.
func until(
    _ what: String, within limit: Duration = .seconds(90), every pause: Duration = .milliseconds(50),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while !(try await condition()) {
        guard ContinuousClock.now < deadline else { throw BrowserError("never within \(limit): \(what)") }
        try await Task.sleep(for: pause)
    }
}
