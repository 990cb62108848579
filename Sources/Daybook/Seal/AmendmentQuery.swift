/// The SQL that writes down why a closed day changed.
package struct AmendmentQuery: Sendable {
    /// Keys written down for one revision of a day; beyond, only the totals of the next seal tell.
    package static let keysPerRevision = 1000

    private let rollup: Rollup
    private let rollupID: Int32
    private let shape: RowShape

    package init(_ rollup: Rollup, id: Int32) {
        self.rollup = rollup
        rollupID = id
        shape = RowShape(rollup)
    }

    /// What the rows of days `$1` and keys `$2…` are before a flush; each key once for the coming revision.
    package var before: String {
        """
        INSERT INTO daybook.amendments (rollup, day, revision, key, before, cause)
        SELECT \(rollupID), u.day, s.revision + 1, \(key), \(measures), 'late change'
        FROM \(keys)
        JOIN daybook.seals AS s ON s.rollup = \(rollupID) AND s.day = u.day
        LEFT JOIN \(rollup.table.sql) AS r ON \(matches)
        WHERE NOT EXISTS (
            SELECT FROM daybook.amendments AS a
            WHERE a.rollup = \(rollupID) AND a.day = u.day AND a.revision = s.revision + 1 AND a.key = \(key)
        ) AND (
            SELECT count(*) FROM daybook.amendments AS a
            WHERE a.rollup = \(rollupID) AND a.day = u.day AND a.revision = s.revision + 1
        ) < \(Self.keysPerRevision)
        """
    }

    /// What the same rows, as far as they were written down, have become.
    package var after: String {
        """
        UPDATE daybook.amendments AS a
        SET after = (SELECT \(measures) FROM \(rollup.table.sql) AS r WHERE \(matches)), amended_at = clock_timestamp()
        FROM \(keys) JOIN daybook.seals AS s ON s.rollup = \(rollupID) AND s.day = u.day
        WHERE a.rollup = \(rollupID) AND a.day = u.day AND a.revision = s.revision + 1 AND a.key = \(key)
        """
    }

    private var keys: String {
        let arrays = ["$1::date[]"] + shape.dimensions.indices.map { "$\($0 + 2)::text[]" }
        return "unnest(\(arrays.commaSeparated)) AS u(\((["day"] + shape.dimensions.map(\.name)).commaSeparated))"
    }

    private var key: String {
        "ARRAY[\(shape.dimensions.map { "u.\($0.name)" }.commaSeparated)]::text[]"
    }

    private var matches: String {
        (["r.day = u.day"]
            + zip(rollup.dimensions, shape.dimensions).map { dimension, column in
                let equals = dimension.isNullable ? "IS NOT DISTINCT FROM" : "="
                return "r.\(dimension.name.quotedIdentifier) \(equals) u.\(column.name)::\(column.type)"
            }).joined(separator: " AND ")
    }

    /// The measures as a jsonb object; NULL where there is no row.
    private var measures: String {
        let sketches = rollup.distincts.map(\.companion)
        let pairs = (rollup.measures.flatMap(\.columns).map(\.name) + rollup.derived.map(\.name)).filter {
            !sketches.contains($0)
        }.map {
            "\($0.quotedLiteral), r.\($0.quotedIdentifier)"
        }
        return "CASE WHEN r.day IS NOT NULL THEN jsonb_build_object(\(pairs.commaSeparated)) END"
    }
}
