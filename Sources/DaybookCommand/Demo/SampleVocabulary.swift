/// The words that the sample application's data is made of.
enum SampleVocabulary {
    static let userCount = 40

    static let subreddits = [
        "photography", "itookapicture", "analog", "streetphotography", "EarthPorn", "CityPorn", "cats", "dogs", "aww",
        "gardening", "succulents", "houseplants", "food", "Baking", "Coffee", "woodworking", "somethingimade",
        "crochet",
        "painting", "watercolor", "Art", "DigitalArt", "fitness", "running", "travel",
    ]

    /// With accents, other scripts, emoji, quotes, a tab, and pairs that differ only in how they are composed or padded: a
    /// rollup must keep apart what Postgres keeps apart.
    static let titles = [
        "Golden hour at the harbour", "My first attempt at sourdough", "Café in the rain", "Cafe\u{301} in the rain",
        "She said yes! 💍", "Morning light 🌅", "日本の冬、朝の駅", "Über den Dächern von Köln", "Smörgåsbord for two",
        "Naïve question about film stock", "¿Qué opinan de esta foto?", "Прогулка по набережной", "قهوة الصباح",
        "한강의 야경", "L'été indien", "It's \"finished\" (I think)", "100% handmade; no kit", "Before / after",
        "Back\\slash and all", "Two cats, one box", "He found the sun spot 🐈", "Adopted today 🐕‍🦺", "First snow ❄️",
        "A quiet corner", "Rain on glass", "Neon and fog", "What is this plant?", "Repotted the monstera 🪴",
        "New leaf!", "Espresso, finally dialled in ☕", "Latte art, week 3", "Latte art, week 4", "Dovetails by hand",
        "Walnut and ash", "Granny squares for days", "Study in blue", "Study in blue ", "study in blue",
        "Ink, 20 minutes", "Portrait of my grandfather", "10 km under 50!", "Couch to 5k, done 🏃‍♀️", "Rest day",
        "Night train to Lisboa", "São Miguel, Açores", "Tromsø in February", "Kraków at dusk",
        "Column\tone, column two",
    ]

    static let failureReasons = [
        "RATELIMIT: try again in 9 minutes", "SUBREDDIT_NOTALLOWED", "NO_SELFS", "timeout", "banned_from_subreddit",
    ]

    static let removalReasons = ["removed by moderator", "removed by reddit", "deleted by author"]

    static let generationTypes = ["caption", "title", "rewrite", "image-prompt", "reply"]

    /// What `caption_variants.ranked_metadata` may be. The more usual ones are there more than once; nil is SQL's null.
    static let captionMetadata: [String?] = [
        #"{"model": "grok-4-fast", "provider": "xai", "rank": 1}"#,
        #"{"model": "grok-4-fast", "provider": "xai", "rank": 2}"#,
        #"{"model": "grok-4-fast", "provider": "xai"}"#,
        #"{"model": "gpt-4o-mini", "provider": "openai", "rank": 1}"#,
        #"{"model": "gpt-4o-mini", "provider": "openai"}"#,
        #"{"model": "claude-3-haiku", "provider": "anthropic"}"#,
        #"{"model": "claude-3-haiku", "scores": [0.91, 0.4]}"#,
        #"{"model": "gemini-1.5-flash", "provider": "google"}"#,
        #"{"model": "mistral-small"}"#,
        #"{"provider": "openai"}"#,
        #"{"model": null, "provider": "xai"}"#,
        #"{}"#,
        nil,
    ]
}
