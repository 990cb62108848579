extension SampleWorkload {
    /// A user asks for captions and gets one to four, of different models.
    mutating func captions() -> Transaction {
        let user = user()
        let count = random.number(in: 1...4)
        let captions = (0..<count).map { _ in "\(random.pick(SampleVocabulary.titles)) ✨" }
        let metadata = (0..<count).map { _ in random.pick(SampleVocabulary.captionMetadata) }
        return Transaction(
            .captions,
            [
                Statement(
                    """
                    INSERT INTO caption_variants (user_id, caption, ranked_metadata)
                    SELECT $1::integer, caption, metadata
                    FROM unnest($2::text[], $3::jsonb[]) AS generated (caption, metadata)
                    """,
                    [user, ArrayLiteral.text(captions), ArrayLiteral.text(metadata)]
                ),
                generation(for: user),
            ]
        )
    }

    /// The user's oldest caption goes.
    mutating func captionDeletion() -> Transaction {
        Transaction(
            .captionDeletion,
            [
                Statement(
                    """
                    DELETE FROM caption_variants
                    WHERE id = (SELECT id FROM caption_variants WHERE user_id = $1::integer ORDER BY id LIMIT 1)
                    """,
                    [user()]
                )
            ]
        )
    }

    /// Something is generated; now and then for nobody, by the application itself.
    mutating func generation() -> Transaction {
        let user = random.once(in: 8) ? nil : user()
        return Transaction(.generation, [generation(for: user)])
    }

    mutating func generation(for user: String?) -> Statement {
        Statement(
            "INSERT INTO content_generations (user_id, generation_type) VALUES ($1, $2)",
            [user, random.pick(SampleVocabulary.generationTypes)]
        )
    }
}
