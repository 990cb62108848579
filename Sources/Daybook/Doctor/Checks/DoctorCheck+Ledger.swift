import PostgresClient

extension DoctorCheck {
    /// Keys that no row can hold.
    static let parkedKeys = DoctorCheck("parked-keys", needs: .feed) { examination, findings in
        for rollup in try await InstallationStatus.rollups(on: examination.connection) {
            for parked in rollup.parked {
                findings.add(
                    .warning, rollup.name,
                    "\(parked.keys) of its keys are parked and not in its table: \(parked.reason).",
                    remedy:
                        "Change the source rows or the definition so that they fit; they are then built from the "
                        + "source."
                )
            }
        }
    }

    /// Days that could not be computed again when a definition changed.
    static let incompleteDays = DoctorCheck("incomplete-days", needs: .feed) { examination, findings in
        for rollup in try await InstallationStatus.rollups(on: examination.connection) {
            for incomplete in rollup.incomplete {
                let what =
                    incomplete.lack == "added"
                    ? "is null but for later changes" : "was counted by an earlier definition"
                findings.add(
                    .info, rollup.name,
                    "\(incomplete.column) \(what) on \(incomplete.days) days from \(incomplete.from) to \(incomplete.to): "
                        + "their sources were gone when the definition changed.",
                    remedy: "Nothing to do, but to know it when these days are summed up."
                )
            }
        }
    }

    /// Suspicions that events were missed, not yet settled.
    static let gaps = DoctorCheck("gap-open", needs: .feed) { examination, findings in
        let gaps = try await InstallationStatus.gaps(on: examination.connection).filter { $0.state != "repaired" }
        let groups = Dictionary(grouping: gaps) { [$0.state, $0.source ?? $0.rollup ?? "every source", $0.cause] }
        for (group, gaps) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let count = gaps.count == 1 ? "A gap is" : "\(gaps.count) gaps are"
            switch group[0] {
            case "undecided":
                findings.add(
                    .warning, group[1], "\(count) undecided: \(group[2]).",
                    remedy:
                        "Decide: `daybook repair --retract` if the rows are to go from the rollup too, or `daybook "
                        + "repair "
                        + "--retain` to keep them.", as: "gap-undecided")
            case "repairing":
                findings.add(
                    .info, group[1], "\(count) being repaired: \(group[2]).", remedy: "Wait for the daemon to finish.",
                    as: "gap-repairing")
            default:
                findings.add(
                    .warning, group[1], "\(count) open: \(group[2]).",
                    remedy: "Let the daemon run (`daybook run`), which compares with the source and repairs.")
            }
        }
        try await lookForForeignWrites(examination, &findings)
    }

    /// Cron jobs that nobody has switched off after the tables were adopted.
    private static func lookForForeignWrites(
        _ examination: DoctorExamination, _ findings: inout DoctorFindings
    ) async throws {
        let rows = try await examination.connection.query(
            """
            SELECT g.source, g.detail, count(*), max(g.found_at) FROM daybook.gaps AS g
            WHERE g.cause = '\(RollupGuard.cause)' AND g.found_at > clock_timestamp() - interval '2 days'
            GROUP BY 1, 2 ORDER BY 1, 2
            """)
        for row in rows {
            let (table, writer, times, last) = try row.decode(
                String.self, String?.self, Int.self, PostgresTimestamp.self)
            findings.add(
                .warning, table,
                "\(writer ?? "Somebody") has written to it \(times) times in two days, last at \(last); the "
                    + "daemon repairs what is wrong afterwards.",
                remedy: "Switch the old job off, or take its right to write away (REVOKE).",
                as: "rollup-written-by-others"
            )
        }
    }
}
