/// What the statements of a job may be.
enum JobScript {
    /// The first words of statements that end the transaction, or cannot run in one, or need a client.
    static let refused: Set<String> = [
        "begin", "start", "commit", "end", "rollback", "abort", "prepare", "vacuum", "copy", "listen",
    ]
}
