import Logging
import PostgresClient

/// Putting a sealed day back from its archive.
extension LeaderSession {
    /// Replaces the day's rows, in each rollup that has sealed it, by those of the archive whose digest stands in the seal.
    /// From then on the day counts as one whose sources are gone: the archive is what is known of it.
    func restore(_ day: PostgresDate, for request: Request, in turn: inout Turn) async throws {
        turn.mustFlush = true
        guard let snapshots else {
            return try await request.finish(
                failure: "This daemon keeps no snapshots. Start it with --snapshots DIR.", on: connection)
        }
        var restored: Int?
        for index in rollups.indices {
            let memory = rollups[index]
            let seal = try await connection.query(
                "SELECT digest, file FROM daybook.seals WHERE rollup = $1::integer AND day = $2::date",
                [memory.id, day]
            ).first
            guard let (digest, file) = try seal?.decode(String.self, String?.self), file != nil else { continue }
            var rows: [(day: PostgresDate, key: RowKey, row: RollupRow)] = []
            do {
                let stamp = try snapshots.loadArchive(memory.rollup, day: day, digest: digest) { batch in
                    rows += batch.map { (day, $0.key, $0.row) }
                }
                guard stamp != nil else {
                    return try await request.finish(
                        failure:
                            "The archive of \(memory.rollup.name) \(day) is not in \(snapshots.directory). Put the file back.",
                        on: connection
                    )
                }
            } catch let refusal as SnapshotRefusal {
                return try await request.finish(failure: "\(refusal)", on: connection)
            }
            try await connection.query("DELETE FROM \(memory.rollup.table.sql) WHERE day = $1::date", [day])
            restored = try await memory.writer.write(rows, on: connection).written + (restored ?? 0)
            noteRewritten([day], of: index, in: &turn)
            rollups[index].days[day] = nil
            await announceRebuilt([day], of: index, in: turn)
            if memory.window?.days.contains(day) == true { try await loadDay(day, of: index) }
            try await markAsThinned([day], of: index, because: "restored from its archive", in: &turn)
        }
        try await request.finish(
            failure: restored == nil ? "No rollup has an archive of \(day). Only sealed days have one." : nil,
            result: "{\"rows\": \(restored ?? 0)}", on: connection
        )
        logger.info("day restored from its archive", metadata: ["day": "\(day)", "rows": "\(restored ?? 0)"])
    }
}
