/// What the users of the sample application do, as an endless series of transactions. A pure value: the same seed makes
/// the same series, and nothing here talks to a database or reads a clock; times are relative to the server's `now()`.
///
/// Several workloads may run side by side on one database, each with a seed of its own. They share the posts of the
/// history and otherwise touch none of each other's; no transaction locks more than one shared row, so they cannot
/// deadlock.
struct SampleWorkload: Sendable {
    /// How many of its own posts a workload remembers, to update, remove or delete them later.
    static let memoryLimit = 4_096

    private static let kinds = Kind.allCases
    private static let totalWeight = kinds.reduce(0) { $0 + $1.weight }

    var random: SampleRandom
    /// The posts of `history` that this workload may change: `t3_h1` (the newest) to `t3_h<historyPosts>`.
    let historyPosts: Int
    /// The `reddit_post_id`s of the latest posts of its own, a ring once it is full.
    private(set) var posts: [String] = []
    private var oldest = 0
    /// Posts that have been removed and may be reinstated, the latest few.
    var removed: [String] = []

    /// - Parameters:
    ///   - seed: any number; near ones make unlike series.
    ///   - historyPosts: how many posts `history(…)` has made in the database, 0 for none.
    init(seed: UInt64, historyPosts: Int = 0) {
        random = SampleRandom(seed: seed)
        self.historyPosts = historyPosts
    }

    /// The next transaction. Until there is a post to change, changes are publications instead.
    mutating func next() -> Transaction {
        let kind = nextKind()
        switch kind {
        case .schedule: return schedule()
        case .publish: return publish()
        case .failedPublish: return failedPublish()
        case .bulkImport: return bulkImport()
        case .metrics: return recentPost().map { metrics(of: $0) } ?? publish()
        case .metricsBatch: return metricsBatch() ?? publish()
        case .lateMetrics: return oldPost().map { lateMetrics(of: $0) } ?? publish()
        case .removal: return anyPost().map { removal(of: $0) } ?? publish()
        case .reinstatement: return removed.popLast().map { reinstatement(of: $0) } ?? publish()
        case .retitle: return anyPost().map { retitle($0) } ?? publish()
        case .dateCorrection: return anyPost().map { dateCorrection(of: $0) } ?? publish()
        case .deletion: return anyPost().map { deletion(of: $0) } ?? publish()
        case .captions: return captions()
        case .captionDeletion: return captionDeletion()
        case .generation: return generation()
        case .rollback: return rolledBack()
        }
    }

    private mutating func nextKind() -> Kind {
        var rest = random.number(in: 0...Self.totalWeight - 1)
        for kind in Self.kinds {
            if rest < kind.weight { return kind }
            rest -= kind.weight
        }
        return .publish
    }

    // MARK: - Who and which

    /// A user's id, 1 to 40. A few users do most of the work.
    mutating func user() -> String {
        let position = random.unit()
        return "\(1 + Int(position * position * Double(SampleVocabulary.userCount)))"
    }

    /// One of the four subreddits that a user posts to.
    mutating func subreddit(of user: String) -> String {
        let first = (Int(user) ?? 0) * 7
        let subreddits = SampleVocabulary.subreddits
        return subreddits[(first + random.number(in: 0...3)) % subreddits.count]
    }

    /// A title; seldom none, and now and then one of a series, of which there are many.
    mutating func title() -> String? {
        if random.once(in: 40) { return nil }
        let title = random.pick(SampleVocabulary.titles)
        return random.once(in: 5) ? "\(title) #\(random.number(in: 2...99))" : title
    }

    /// A new post's id.
    mutating func newPost() -> String {
        "t3_" + String(random.next() >> 16, radix: 36)
    }

    mutating func remember(_ post: String) {
        if posts.count < Self.memoryLimit {
            posts.append(post)
        } else {
            posts[oldest] = post
            oldest = (oldest + 1) % Self.memoryLimit
        }
    }

    /// A post of today, more likely one of the last; nil when nothing has been published.
    mutating func recentPost() -> String? {
        guard !posts.isEmpty else { return nil }
        let position = random.unit()
        let age = Int(position * position * Double(posts.count))
        return posts[(oldest + posts.count - 1 - age) % posts.count]
    }

    /// A post of the history, more likely one of the last days; nil when there is no history.
    mutating func oldPost() -> String? {
        guard historyPosts > 0 else { return nil }
        let position = random.unit()
        return "t3_h\(1 + Int(position * position * Double(historyPosts)))"
    }

    mutating func anyPost() -> String? {
        let isOld = random.once(in: 3)
        return isOld ? oldPost() ?? recentPost() : recentPost() ?? oldPost()
    }
}
