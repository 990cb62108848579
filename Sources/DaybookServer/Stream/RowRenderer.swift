import Daybook
import PostgresClient
import Synchronization

/// Makes JSON of changed rows, with the derived columns that Postgres computes: one statement for many rows, whoever wants
/// them.
final class RowRenderer: Sendable {
    /// Rows of one statement.
    private static let batchSize = 2_000

    private let pool: ReadPool
    private let rollups = Mutex<[Rollup]>([])

    init(pool: ReadPool) {
        self.pool = pool
    }

    func begin(_ rollups: [Rollup]) {
        self.rollups.withLock { $0 = rollups }
    }

    func render(_ changes: [StreamIntake.Place: StreamIntake.Change]) async throws -> [StreamRow] {
        var rows: [StreamRow] = []
        for rollup in rollups.withLock(\.self) {
            let wanted = changes.filter { $0.key.rollup == rollup.name }.map { ($0.key, $0.value) }
            for start in stride(from: 0, to: wanted.count, by: Self.batchSize) {
                rows += try await render(wanted[start..<min(start + Self.batchSize, wanted.count)], of: rollup)
            }
        }
        return rows
    }

    private func render(
        _ changes: ArraySlice<(StreamIntake.Place, StreamIntake.Change)>, of rollup: Rollup
    ) async throws -> [StreamRow] {
        let places: [RowArrays.Place] = changes.map { place, change in
            (place.day, place.key, StorableRow(key: place.key, measures: change.measures, of: rollup).measures)
        }
        var parameters = SQLParameters()
        let sql = """
            SELECT CASE WHEN r.\(RowArrays.isThere)
                THEN (SELECT row_to_json(j)::text FROM (SELECT \(rollup.streamColumns(of: "r").commaSeparated)) AS j)
                ELSE (SELECT row_to_json(j)::text FROM (SELECT \(rollup.keyColumns(of: "r").commaSeparated)) AS j) END
            FROM (\(RowArrays(rollup).select(places, &parameters))) AS r
            ORDER BY r.\(RowArrays.position)
            """
        let values = parameters.values
        let json = try await pool.withConnection { connection in
            try await connection.query(sql, values, cached: true).map { try $0.decode(String.self) }
        }
        return zip(changes, zip(places, json)).map { change, rendered in
            StreamRow(
                place: change.0, json: rendered.1, isRemoved: rendered.0.measures == nil, asOf: change.1.asOf,
                flush: change.1.flush
            )
        }
    }
}

extension Rollup {
    func keyColumns(of alias: String) -> [String] { dimensions.map { "\(alias).\($0.name.quotedIdentifier)" } }

    /// What a message says of a row: everything but the day.
    func streamColumns(of alias: String) -> [String] {
        keyColumns(of: alias)
            + (measures.flatMap(\.shownColumns) + derived.map(\.name)).map { "\(alias).\($0.quotedIdentifier)" }
    }
}
