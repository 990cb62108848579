extension SampleWorkload {
    /// One statement with its parameters in Postgres' text form; every `$n` is cast where its type is not plain.
    struct Statement: Sendable, Hashable {
        let sql: String
        let parameters: [String?]

        init(_ sql: String, _ parameters: [String?]) {
            self.sql = sql
            self.parameters = parameters
        }
    }

    /// What the application does in one transaction.
    struct Transaction: Sendable, Hashable {
        let kind: Kind
        /// To be run in this order, one to three of them.
        let statements: [Statement]
        /// Whether the application changes its mind in the end: ROLLBACK instead of COMMIT.
        let rollsBack: Bool

        init(_ kind: Kind, _ statements: [Statement], rollsBack: Bool = false) {
            self.kind = kind
            self.statements = statements
            self.rollsBack = rollsBack
        }
    }

    /// What a transaction is about. The raw value labels it in logs.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        case schedule, publish
        case failedPublish = "failed-publish"
        case bulkImport = "bulk-import"
        case metrics
        case metricsBatch = "metrics-batch"
        case lateMetrics = "late-metrics"
        case removal, reinstatement, retitle
        case dateCorrection = "date-correction"
        case deletion
        case captions
        case captionDeletion = "caption-deletion"
        case generation, rollback

        /// How many of a thousand transactions are of this kind.
        var weight: Int {
            switch self {
            case .schedule: 90
            case .publish: 220
            case .failedPublish: 25
            case .bulkImport: 3
            case .metrics: 300
            case .metricsBatch: 25
            case .lateMetrics: 80
            case .removal: 22
            case .reinstatement: 8
            case .retitle: 15
            case .dateCorrection: 4
            case .deletion: 15
            case .captions: 100
            case .captionDeletion: 8
            case .generation: 65
            case .rollback: 20
            }
        }
    }
}
