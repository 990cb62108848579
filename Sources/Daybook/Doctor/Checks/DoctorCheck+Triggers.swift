import PostgresClient

extension DoctorCheck {
    /// Triggers of ours that are missing, off, or not as install made them.
    static let triggers = DoctorCheck("trigger-missing", needs: .feed) { examination, findings in
        let existing = try await CaptureTriggerState.read(on: examination.watched, through: examination.connection)
        for source in examination.sources {
            let wantedTriggers = examination.wantedTriggers(of: source)
            for table in source.tables {
                let here = existing[table.oid] ?? []
                if here.isEmpty, table.oid != source.relation.oid { continue }
                for wanted in wantedTriggers {
                    guard let found = here.first(where: { $0.name == wanted.name && $0.function == wanted.function })
                    else {
                        findings.add(
                            .error, table.name.description,
                            "It has no trigger \(wanted.name): what \(wanted.operations) does is not captured.",
                            remedy: "Run `daybook install`, and then `daybook verify`."
                        )
                        continue
                    }
                    found.judge(against: wanted, on: table.name, &findings)
                }
            }
        }
    }

    /// Partitions attached after install.
    static let partitionsNotCaptured = DoctorCheck("partition-not-captured", needs: .feed) { examination, findings in
        let existing = try await CaptureTriggerState.read(on: examination.watched, through: examination.connection)
        for source in examination.sources where !examination.wantedTriggers(of: source).isEmpty {
            for partition in source.partitions where existing[partition.oid] == nil {
                findings.add(
                    .error, partition.name.description,
                    "This partition of \(source.relation.name) has none of Daybook's triggers: rows written to it by "
                        + "its "
                        + "own name are not captured.",
                    remedy: "Run `daybook install`, and then `daybook verify`."
                )
            }
        }
    }
}

extension DoctorExamination {
    /// The triggers that an installed rollup needs on the table, as a source, as a looked-up table, or as both.
    func wantedTriggers(of table: DoctorSource) -> [CaptureTriggerState] {
        guard let feed else { return [] }
        let oid = table.relation.oid
        let events = rollups.map { rollups in
            rollups.filter { rollup in feed.rollups.contains { $0.name == rollup.name } }.flatMap(\.events)
        }
        let isSource =
            events.map { $0.contains { $0.source.oid == oid } } ?? feed.functions.contains("capture_\(oid)_insert")
        let isLookedUp =
            events.map { $0.contains { $0.lookup?.table.oid == oid } }
            ?? feed.functions.contains("lookup_\(oid)_insert")
        let isJoined = events?.contains { $0.source.oid == oid && $0.lookup != nil } ?? false
        return (isSource ? CaptureFunction.Operation.allCases.map { .wanted($0, source: oid) } : [])
            + (isJoined ? [.wantedBracket(.source)] : [])
            + (isLookedUp ? CaptureFunction.Operation.allCases.map { .wantedLookup($0, table: oid) } : [])
            + (isLookedUp ? [.wantedBracket(.lookedUp)] : [])
    }
}
