/// Whether the server is up, for writers that have lost it.
actor ServerState {
    private var isUp = true
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func goesDown() {
        isUp = false
    }

    func isBack() {
        isUp = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    /// Returns at once while the server is up.
    func waitUntilUp() async {
        guard !isUp else { return }
        await withCheckedContinuation { waiting.append($0) }
    }
}
