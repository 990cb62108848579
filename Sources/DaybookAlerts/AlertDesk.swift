import Daybook
import Logging
import PostgresClient

/// What the alerts of a leader know, and the connection on which they look.
struct AlertDesk {
    let settings: EngineSettings
    let file: WatchedFile<AlertDefinitions>
    let observatory: EngineObservatory
    let logger: Logger
    private(set) var definitions = AlertDefinitions()
    private var connection: PostgresConnection?
    private var lastTrouble: String?
    private var summaryTrouble: String?
    private let lane = FileLane()

    init(
        settings: EngineSettings, file: WatchedFile<AlertDefinitions>, observatory: EngineObservatory, logger: Logger
    ) {
        self.settings = settings
        self.file = file
        self.observatory = observatory
        self.logger = logger
    }

    /// Takes what is in force, which ``AlertService/check()`` may have read already.
    mutating func adopt() {
        do throws(DefinitionError) {
            definitions = try file.load()
        } catch {
            logger.error("alerts.yml is not in force; there are no alerts", metadata: ["because": "\(error)"])
        }
    }

    /// Reads the file if it is another.
    /// - Returns: whether the definitions in force are others than before.
    mutating func reload() async -> Bool {
        let file = file
        guard let news = await lane.run({ file.refresh() }) else { return false }
        if let problem = news.problem {
            logger.error(
                "alerts.yml is not in force; the alerts stay as they were", metadata: ["because": "\(problem)"])
        }
        guard let content = news.content, content != definitions else { return false }
        definitions = content
        logger.info(
            "alerts read",
            metadata: ["channels": "\(content.channels.count)", "rules": "\(content.rules.count)"])
        return true
    }

    /// Looks at every rule.
    /// - Returns: what to tell whom. It is written down as told.
    mutating func look() async -> [(message: AlertMessage, channels: [String])] {
        do {
            let told = try await looked()
            lastTrouble = nil
            return told
        } catch {
            tell("alerts wait: \(error)")
            return []
        }
    }

    mutating func close() async {
        await connection?.close()
        connection = nil
    }

    private mutating func looked() async throws -> [(message: AlertMessage, channels: [String])] {
        let connection = try await open()
        let ledger = AlertLedger(connection: connection)
        guard try await ledger.isInstalled() else {
            tell("alerts wait: their tables are not installed. Run `daybook install`.")
            return []
        }
        let old = try await ledger.load()
        let facts = try await AlertFacts.read(
            on: connection, status: observatory.current, snapshots: settings.snapshotsDirectory,
            previousLeader: try await ledger.mark("leader"))
        var book = old
        book.retain(definitions.rules)
        var told: [(message: AlertMessage, channels: [String])] = []
        for rule in definitions.rules {
            let messages: [AlertMessage]
            do {
                let findings =
                    if case .sql(let query, let timeout) = rule.condition {
                        try await SQLCondition(query, timeout: timeout).findings(on: connection)
                    } else {
                        rule.condition.findings(in: facts)
                    }
                messages = book.observe(findings, of: rule, at: facts.now)
            } catch let error as PostgresError where error.code == .server {
                messages = book.observe(failure: "\(error)", of: rule, at: facts.now)
            }
            told += messages.map { ($0, rule.channels) }
        }
        var marks: [String: String] = [:]
        if !facts.leader.isEmpty { marks["leader"] = facts.leader }
        if let summary = await summary(ledger, at: facts.now) {
            marks["summary"] = "\(summary.day)"
            if let message = summary.message { told.append((message, definitions.summaryChannels)) }
        }
        try await ledger.store(book, over: old, marks: marks)
        return told
    }

    /// What the last closed day came to, if that is still to be told. A failure holds up no rule.
    private mutating func summary(_ ledger: AlertLedger, at now: PostgresTimestamp) async -> DailySummary? {
        guard !definitions.summaryChannels.isEmpty else { return nil }
        let directory = settings.eventsDirectory
        do {
            let rollups = try await lane.run { try DefinitionLoader.load(directory: directory).rollups }
            let last = try await ledger.mark("summary")
            let summary = try await DailySummary.due(after: last, of: rollups, on: ledger.connection, at: now)
            summaryTrouble = nil
            return summary
        } catch {
            let trouble = "the daily summary waits: \(error)"
            if trouble != summaryTrouble, !Task.isCancelled { logger.warning("\(trouble)") }
            summaryTrouble = trouble
            return nil
        }
    }

    private mutating func open() async throws -> PostgresConnection {
        if let connection, await !connection.isUsable { await close() }
        if let connection { return connection }
        let connection = try await PostgresConnection.connect(
            settings.database.with("application_name", "daybook alerts"))
        self.connection = connection
        return connection
    }

    private mutating func tell(_ trouble: String) {
        if trouble != lastTrouble, !Task.isCancelled { logger.warning("\(trouble)") }
        lastTrouble = trouble
    }
}
