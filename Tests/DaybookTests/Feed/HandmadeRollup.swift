import PostgresClient

@testable import Daybook

/// Rollups made without a catalog, for tests of pure values.
enum HandmadeRollup {
    static func make(
        name: String = "visits_daily",
        dimensions: [(name: String, type: String, isNullable: Bool)] = [("site", "text", true)],
        measures: [(name: String, kind: RollupDefinition.Measure.Kind, type: String)] = [
            ("visits", .count, "bigint"), ("bytes", .sum, "bigint"), ("browsers", .countBy(label: "browser"), "jsonb"),
        ],
        source: String = "visits", oid: UInt32 = 4711, partitions: [String] = []
    ) -> Rollup {
        let table = QualifiedName(schema: "public", name: name)
        let definition = RollupDefinition(
            table: QualifiedName(name: name), title: "T", timeZone: "UTC",
            dimensions: dimensions.map { .init(name: $0.name, type: $0.type, isNullable: $0.isNullable) },
            measures: measures.map { .init(name: $0.name, kind: $0.kind) }, derived: [], events: [], file: "x.yml"
        )
        return Rollup(
            definition: definition, table: table,
            dimensions: dimensions.map { .init(name: $0.name, type: $0.type, isNullable: $0.isNullable) },
            measures: measures.map { .init(name: $0.name, kind: $0.kind, type: $0.type) }, derived: [],
            events: [
                Rollup.Event(
                    name: "visit",
                    source: Rollup.Source(
                        table: QualifiedName(schema: "public", name: source), oid: oid,
                        isPartitioned: !partitions.isEmpty,
                        partitions: partitions.map { QualifiedName(schema: "public", name: $0) }
                    ),
                    at: "at", atType: .timestampWithTimeZone, condition: nil,
                    values: ["site": "site", "bytes": "bytes", "browser": "browser"],
                    columns: [.init(name: "site", type: "text"), .init(name: "at", type: "timestamp with time zone")],
                    isSelfContained: true
                )
            ]
        )
    }
}
