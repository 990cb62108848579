/// The SQL functions that say of sets of hashes what ``DistinctSet`` and ``HyperLogLog`` say in memory; a test holds
/// the two against each other.
package enum DistinctFunctions {
    package static let all: [(name: String, create: String)] = [
        ("distinct_registers", registers), ("distinct_sketch", sketch), ("distinct_estimate", estimate),
        ("distinct_count", count), ("distinct_union_count", unionCount),
    ]

    /// The register of a hash and what the hash puts there.
    private static func index(_ hash: String) -> String { "((\(hash) >> 52) & 4095)::integer" }
    private static func rank(_ hash: String) -> String {
        "coalesce(nullif(position(B'1' IN substring((\(hash))::bit(64) FROM 13)), 0), 53)"
    }

    /// 4,096 bytes out of registers that are not zero, given by position and value.
    private static let registers = """
        CREATE OR REPLACE FUNCTION daybook.distinct_registers(indexes integer[], ranks integer[]) RETURNS bytea
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        BEGIN ATOMIC
        SELECT string_agg(set_byte('\\x00'::bytea, 0, coalesce(r.rank, 0)), ''::bytea ORDER BY i)
        FROM generate_series(0, 4095) AS i
        LEFT JOIN (SELECT u.index, max(u.rank) AS rank FROM unnest(indexes, ranks) AS u(index, rank) GROUP BY 1) AS r
            ON r.index = i;
        END
        """

    /// The set of different hashes, in order, with the number of rows of each; null or empty arrays are the empty set.
    private static let sketch = """
        CREATE OR REPLACE FUNCTION daybook.distinct_sketch(hashes bigint[], numbers bigint[]) RETURNS bytea
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        BEGIN ATOMIC
        SELECT CASE WHEN coalesce(cardinality(hashes), 0) <= \(DistinctSet.limit) THEN '\\x0100'::bytea || coalesce((
            SELECT string_agg(int8send(u.hash) || int8send(u.number), ''::bytea ORDER BY u.hash)
            FROM unnest(hashes, numbers) AS u(hash, number)
        ), ''::bytea) ELSE '\\x0101'::bytea || (
            SELECT daybook.distinct_registers(array_agg(\(index("h"))), array_agg(\(rank("h")))) FROM unnest(hashes) AS h
        ) END;
        END
        """

    /// Ertl's estimator, over how many registers are zero and the sum of 2^(53 - register) of the others.
    private static let estimate = """
        CREATE OR REPLACE FUNCTION daybook.distinct_estimate(zeros bigint, total numeric) RETURNS bigint
        LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
        AS $daybook$
        DECLARE
            x float8 := zeros::float8 / 4096;
            sigma float8 := x;
            following float8;
            power float8 := 1;
        BEGIN
            IF x >= 1 THEN RETURN 0; END IF;
            LOOP
                x := x * x;
                following := sigma + x * power;
                EXIT WHEN following = sigma;
                sigma := following;
                power := power + power;
            END LOOP;
            RETURN floor(0.7213475204444817::float8 * 4096 * 4096 / (total::float8 / 9007199254740992::float8 + 4096 * sigma) + 0.5);
        END
        $daybook$
        """

    /// The number of a sketch; null for bytes that are none.
    private static let count = """
        CREATE OR REPLACE FUNCTION daybook.distinct_count(sketch bytea) RETURNS bigint
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        BEGIN ATOMIC
        SELECT CASE
            WHEN substring(sketch FROM 1 FOR 2) = '\\x0100'::bytea AND octet_length(sketch) % 16 = 2
                THEN (octet_length(sketch) - 2) / 16
            WHEN substring(sketch FROM 1 FOR 2) = '\\x0101'::bytea AND octet_length(sketch) = 4098 THEN (
                SELECT daybook.distinct_estimate(
                    count(*) FILTER (WHERE r.rank = 0),
                    coalesce(sum(1::bigint << (53 - least(r.rank, 53))) FILTER (WHERE r.rank > 0), 0)
                )
                FROM (SELECT get_byte(sketch, i + 2) AS rank FROM generate_series(0, 4095) AS i) AS r
            ) END;
        END
        """

    /// The number of different values in the union of sketches. Exact where none of them is an estimate and the union
    /// is not too large for that.
    private static let unionCount = """
        CREATE OR REPLACE FUNCTION daybook.distinct_union_count(sketches bytea[]) RETURNS bigint
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        BEGIN ATOMIC
        WITH hashes AS MATERIALIZED (
            SELECT DISTINCT ('x' || encode(substring(s FROM 16 * i + 3 FOR 8), 'hex'))::bit(64)::bigint AS hash
            FROM unnest(sketches) AS s CROSS JOIN LATERAL generate_series(0, (octet_length(s) - 2) / 16 - 1) AS i
            WHERE substring(s FROM 1 FOR 2) = '\\x0100'::bytea
        ), estimates AS MATERIALIZED (
            SELECT DISTINCT s FROM unnest(sketches) AS s WHERE substring(s FROM 1 FOR 2) = '\\x0101'::bytea
        ), registers AS (
            SELECT r.index, max(r.rank) AS rank FROM (
                SELECT \(index("h.hash")) AS index, \(rank("h.hash")) AS rank FROM hashes AS h
                UNION ALL
                SELECT i, get_byte(e.s, i + 2) FROM estimates AS e CROSS JOIN generate_series(0, 4095) AS i
            ) AS r WHERE r.rank > 0 GROUP BY r.index
        )
        SELECT CASE WHEN NOT EXISTS (SELECT FROM estimates) AND (SELECT count(*) FROM hashes) <= \(DistinctSet.limit)
            THEN (SELECT count(*) FROM hashes)
            ELSE (SELECT daybook.distinct_estimate(4096 - count(*), coalesce(sum(1::bigint << (53 - r.rank)), 0)) FROM registers AS r)
            END;
        END
        """
}
