import PostgresClient

@testable import Daybook

/// A rollup made without a catalog, for tests of pure values.
enum HandmadeRollup {
    static let visits = Rollup(
        definition: RollupDefinition(
            table: QualifiedName(name: "visits_daily"), title: "Visits", timeZone: "UTC",
            dimensions: [.init(name: "site", type: "text", isNullable: false)],
            measures: [.init(name: "visits", kind: .count)], derived: [], events: [], file: "x.yml"
        ),
        table: QualifiedName(schema: "public", name: "visits_daily"),
        dimensions: [.init(name: "site", type: "text", isNullable: false)],
        measures: [.init(name: "visits", kind: .count, type: "bigint")], derived: [], events: []
    )
}
