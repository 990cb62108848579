import Yams

/// Reads the file of jobs.
extension DefinitionReader {
    private static let jobKeys = ["schedule", "sql", "built_in", "batches", "timeout", "enabled"]

    /// What the daemon does by itself, by the names under which it shows it.
    static let ownJobs = ["update-current-day-analytics", "aggregate-daily-analytics"]
    /// More than this many jobs are refused.
    static let jobLimit = 30
    static let batchLimit = 10_000
    static let longestTimeout = Duration.seconds(86_400)
    static let usualTimeout = Duration.seconds(60)

    /// The jobs that could be read, complete only if no problem was found.
    mutating func jobs(from root: Node) -> [JobDefinition] {
        guard let entries = entries(of: root, at: [], holding: "the key jobs") else { return [] }
        let known = known(entries, ["jobs"], at: [])
        require(["jobs"], in: known, at: [])
        guard let jobs = known["jobs"],
            let entries = self.entries(of: jobs.value, at: jobs.path, holding: "one key for each job")
        else { return [] }
        if entries.count > Self.jobLimit {
            refuse(jobs.path, "there are \(entries.count) jobs", remedy: "At most \(Self.jobLimit) can be declared.")
        }
        return entries.compactMap { job($0) }
    }

    private mutating func job(_ entry: Entry) -> JobDefinition? {
        checkJobName(entry)
        guard let entries = entries(of: entry.value, at: entry.path, holding: "the keys schedule and sql") else {
            return nil
        }
        let known = known(entries, Self.jobKeys, at: entry.path)
        require(["schedule"], in: known, at: entry.path)
        let schedule = known["schedule"].flatMap { self.schedule($0) }
        let work = work(known, at: entry.path)
        let timeout = known["timeout"].map { self.timeout($0) } ?? Self.usualTimeout
        let isEnabled = known["enabled"].map { flag($0) } ?? true
        guard let schedule, let work, let timeout, let isEnabled else { return nil }
        return JobDefinition(
            name: entry.name, schedule: schedule, work: work, timeout: timeout, isEnabled: isEnabled
        )
    }

    private mutating func checkJobName(_ entry: Entry) {
        let isPlain =
            (1...63).contains(entry.name.utf8.count)
            && entry.name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
            }
        if !isPlain {
            refuse(
                entry.path, "\"\(entry.name)\" is no name for a job",
                remedy: "Use small letters, digits, hyphens and underscores, at most 63.")
        } else if Self.ownJobs.contains(entry.name) {
            refuse(
                entry.path, "\"\(entry.name)\" is what the daemon does by itself",
                remedy: "Choose another name; `daybook run --seal-at` and `--flush-every` say when it does that.")
        }
    }

    private mutating func schedule(_ entry: Entry) -> CronSchedule? {
        guard let text = text(entry, "five fields of cron, for example \"*/5 * * * *\"") else { return nil }
        do throws(CronSchedule.ParsingError) {
            return try CronSchedule(text)
        } catch {
            refuse(entry.path, error.message, remedy: error.remedy)
            return nil
        }
    }

    private mutating func work(_ known: [String: Entry], at path: [String]) -> JobDefinition.Work? {
        switch (known["sql"], known["built_in"]) {
        case (let entry?, nil):
            let batches = known["batches"].map { self.batches($0) } ?? 1
            guard let script = script(entry), let batches else { return nil }
            return .sql(script, batches: batches)
        case (nil, let entry?):
            if let batches = known["batches"] {
                refuse(batches.path, "a built-in job has no batches", remedy: "Remove it.")
            }
            return builtIn(entry)
        case (.some, let entry?):
            refuse(entry.path, "the job has both SQL and a built-in", remedy: "Keep one of the two.")
            return nil
        case (nil, nil):
            refuse(path, "the job does nothing", remedy: "Add \"sql:\" or \"built_in:\".")
            return nil
        }
    }

    private mutating func script(_ entry: Entry) -> String? {
        guard let text = text(entry, "one or more SQL statements") else { return nil }
        switch SQLExpressionScanner.statements(in: text) {
        case .failure(let flaw):
            refuse(entry.path, flaw.message.replacing("the expression", with: "the SQL"), remedy: flaw.remedy)
            return nil
        case .success(let words):
            for word in words where JobScript.refused.contains(word) {
                refuse(
                    entry.path, "\(word.uppercased()) cannot be a statement of a job",
                    remedy: "The statements run in one transaction that the daemon begins and ends: remove it.")
                return nil
            }
            return text
        }
    }

    private mutating func builtIn(_ entry: Entry) -> JobDefinition.Work? {
        let names = BuiltInJob.allCases.map(\.rawValue).commaSeparated
        guard let text = text(entry, "the name of a built-in job: \(names)") else { return nil }
        if let job = BuiltInJob(rawValue: text) { return .builtIn(job) }
        refuse(entry.path, "\"\(text)\" is not a built-in job", remedy: "The built-in jobs are \(names).")
        return nil
    }

    private mutating func batches(_ entry: Entry) -> Int? {
        guard let text = text(entry, "a number of batches") else { return nil }
        if let number = Int(text), (1...Self.batchLimit).contains(number) { return number }
        refuse(
            entry.path, "\"\(text)\" is not a number of batches", remedy: "Write a number from 1 to \(Self.batchLimit)."
        )
        return nil
    }

    private mutating func timeout(_ entry: Entry) -> Duration? {
        guard let text = text(entry, "a time such as 500ms, 30s, 5m or 1h") else { return nil }
        if let duration = Self.duration(text), duration > .zero, duration <= Self.longestTimeout { return duration }
        refuse(
            entry.path, "\"\(text)\" is not a timeout",
            remedy: "Write a time from 1ms to 24h with its unit: 500ms, 30s, 5m or 1h.")
        return nil
    }

    /// A number with its unit: 500ms, 30s, 5m or 1h.
    static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]
        guard digits.count <= 9, let number = Int64(digits), let unit = units[text.dropFirst(digits.count)] else {
            return nil
        }
        return .milliseconds(number * unit)
    }

    private mutating func flag(_ entry: Entry) -> Bool? {
        guard let text = text(entry, "true or false") else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default:
            refuse(entry.path, "\"\(text)\" is neither true nor false", remedy: "Write true or false.")
            return nil
        }
    }
}
