import Foundation
import PostgresClient

/// Reads what decides why rows differ: their events, the amendments of their days, and what the sources say with days of
/// other time zones.
struct ShadowEvidence {
    private let rollup: Rollup
    private let columns: ShadowColumns
    private let zones: [String]
    private let query: ShadowQuery

    init(_ rollup: Rollup, id: Int32, columns: ShadowColumns, zones: [String]) {
        self.rollup = rollup
        self.columns = columns
        self.zones = zones.filter { $0 != rollup.definition.timeZone }
        query = ShadowQuery(rollup, id: id, columns: columns)
    }

    struct Place: Hashable {
        var day: PostgresDate
        var key: [String?]
    }

    struct Gathered {
        fileprivate var places: [Place: ShadowJudge.Evidence] = [:]

        subscript(day: PostgresDate, key: [String?]) -> ShadowJudge.Evidence {
            places[Place(day: day, key: key)] ?? ShadowJudge.Evidence()
        }
    }

    func gather(for rows: [ShadowJudge.Row], on connection: PostgresConnection) async throws -> Gathered {
        var gathered = Gathered()
        let places = Array(Set(rows.map { Place(day: $0.day, key: $0.key) }))
        for start in stride(from: 0, to: places.count, by: Self.placesAtOnce) {
            let batch = Array(places[start..<min(start + Self.placesAtOnce, places.count)])
            let parameters: [(any PostgresEncodable)?] = [batch.map(\.day)] + keys(of: batch)
            for row in try await connection.query(query.changes, parameters) {
                let place = Place(day: try row.decode(at: 0), key: try row.decode(at: 1))
                gathered.places[place, default: .init()].changes.append(try Self.change(row))
            }
            for row in try await connection.query(query.amendments, parameters) {
                let place = Place(day: try row.decode(at: 0), key: try row.decode(at: 1))
                gathered.places[place, default: .init()].amendments.append(
                    ShadowJudge.Amendment(
                        at: try row.decode(at: 2), addsRows: try row.decode(at: 3),
                        before: try row.decode(Bool.self, at: 4) ? nil : row.decode([String?].self, at: 5)))
            }
            for (index, zone) in zones.enumerated() {
                let cells = try await rightRows(of: batch, in: zone, ShadowZone(rollup, zone, index), on: connection)
                for place in batch {
                    gathered.places[place, default: .init()].zones.append((zone, cells[place]))
                }
            }
        }
        return gathered
    }

    private static let placesAtOnce = 5000

    private func keys(of places: [Place]) -> [(any PostgresEncodable)?] {
        rollup.dimensions.indices.map { index in places.map { $0.key[index] } }
    }

    private static func change(_ row: PostgresRow) throws -> ShadowJudge.Change {
        func number(_ text: String) -> Decimal { Decimal(string: text, locale: nil) ?? .nan }
        return ShadowJudge.Change(
            at: try row.decode(at: 2), goes: try row.decode(at: 3), rows: number(try row.decode(at: 4)),
            sums: try row.decode([String].self, at: 5).map(number))
    }

    private func rightRows(
        of places: [Place], in zone: String, _ shifted: ShadowZone, on connection: PostgresConnection
    ) async throws -> [Place: [String?]] {
        let days = Array(Set(places.map(\.day))).sorted()
        guard let first = days.first, let last = days.last else { return [:] }
        let query = ShadowQuery(shifted.rollup, id: shifted.id, columns: columns)
        let parameters: [(any PostgresEncodable)?] = [first, last, days] + keys(of: places)
        var found: [Place: [String?]] = [:]
        for row in try await shifted.query(query.rightRows, parameters, on: connection) {
            found[Place(day: try row.decode(at: 0), key: try row.decode(at: 1))] = try row.decode([String?].self, at: 2)
        }
        return found
    }
}

extension PostgresRow {
    fileprivate func decode<Value: PostgresDecodable>(at column: Int) throws -> Value {
        try decode(Value.self, at: column)
    }
}
