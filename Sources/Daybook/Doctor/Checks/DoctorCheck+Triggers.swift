import PostgresClient

extension DoctorCheck {
    /// Triggers of ours that are missing, off, or not as install made them.
    static let triggers = DoctorCheck("trigger-missing", needs: .feed) { examination, findings in
        let existing = try await CaptureTriggerState.read(on: examination.watched, through: examination.connection)
        for source in examination.sources where examination.isInstalled(source) {
            for table in source.tables {
                let here = existing[table.oid] ?? []
                if here.isEmpty, table.oid != source.relation.oid { continue }
                for operation in CaptureFunction.Operation.allCases {
                    let wanted = CaptureTriggerState.wanted(operation, source: source.relation.oid)
                    guard let found = here.first(where: { $0.name == wanted.name && $0.function == wanted.function })
                    else {
                        findings.add(
                            .error, table.name.description,
                            "It has no trigger \(wanted.name): what \(operation.rawValue.uppercased()) does is not "
                                + "captured.",
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
        for source in examination.sources where examination.isInstalled(source) {
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
    /// Whether the source feeds a rollup that is installed.
    func isInstalled(_ source: DoctorSource) -> Bool {
        guard let feed else { return false }
        guard let rollups else { return feed.functions.contains("capture_\(source.relation.oid)_insert") }
        return rollups.contains { rollup in
            rollup.events.contains { $0.source.oid == source.relation.oid }
                && feed.rollups.contains { $0.name == rollup.name }
        }
    }
}
