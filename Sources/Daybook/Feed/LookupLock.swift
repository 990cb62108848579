package import PostgresClient

/// The functions by which writers of a source and writers of the table it looks up keep out of each other's way.
///
/// ```
///  inserts a row with key k              links k
///  reads: no link                        reads: no row        neither sees the other, and nobody moves the row
/// ```
///
/// So each locks the keys it touches before it reads the other table, and holds them to the end of its transaction:
/// sources share a key among themselves, and a change of the looked-up row has it alone. Under READ COMMITTED the next
/// statement then sees what was committed while this one waited.
///
/// - Nobody waits in a queue: locks are tried, with pauses, so that no deadlock comes about in which the application's
///   own statement could be the victim. After ``patience`` the doubt becomes a gap.
/// - A transaction that has more than ``keyLimit`` keys takes the place of all of them: a barrier that the other side
///   shares. Sources have a few barriers, so that bulk loads need not wait for each other.
/// - A snapshot that is older than the lock (REPEATABLE READ and up) may not show what the other side has committed. A
///   source can tell, by the number of the last transaction that changed looked-up rows; the other side cannot.
package enum LookupLock {
    package static let keyLimit = 32
    package static let barriers = 4
    /// Less where the session's `lock_timeout` says so.
    package static let patience: Duration = .seconds(2)

    package static let name = "lock_lookup"
    package static let noteName = "note_lookup_write"

    /// The functions that all lookups share, by name.
    package static let functions = [
        (StatementBracket.beginName, StatementBracket.createBeginStatement),
        (StatementBracket.endName, StatementBracket.createEndStatement),
        (name, createLockStatement), (noteName, createNoteStatement),
    ]

    /// What is recorded as a gap's cause.
    package static let causes = [isLocked, isOld]
    static let isLocked = "lookup locked"
    private static let isOld = "lookup at an old snapshot"

    /// - Parameter key: an SQL expression of type `text[]`.
    static func hash(tag: String, of key: String) -> String {
        "pg_catalog.hashtext('\(tag):' || (\(key))::text)"
    }

    /// The array of keys to lock: distinct hashes, and no more than it takes to tell that they are too many.
    static func keys(of queries: [String]) -> String {
        """
        ARRAY(
                    SELECT DISTINCT k.hash FROM (
                    \(queries.joined(separator: "\n            UNION ALL\n            "))
                    ) AS k (hash) LIMIT \(keyLimit + 1)
                )
        """
    }

    /// Tells what may have been missed, or null. `keys` may hold a key more than once.
    package static let createLockStatement = """
        CREATE OR REPLACE FUNCTION daybook.\(name)(tag text, keys integer[], is_source boolean) RETURNS text
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
        AS $daybook$
        DECLARE
            setting text := 'daybook.held_' || tag || CASE WHEN is_source THEN 's' ELSE 'l' END;
            held text := coalesce(nullif(current_setting(setting, true), ''), '{}');
            missing integer[];
            is_bulk boolean;
            barrier integer := hashtext(tag);
            deadline timestamptz;
            pause double precision := 0.001;
            wait interval;
        BEGIN
            IF held <> 'all' THEN
                missing := ARRAY(
                    SELECT DISTINCT k FROM unnest(keys) AS k WHERE k <> ALL (held::integer[]) ORDER BY k);
            END IF;
            IF cardinality(missing) > 0 THEN
                is_bulk := cardinality(missing) + cardinality(held::integer[]) > \(keyLimit);
                wait := current_setting('lock_timeout')::interval;
                IF wait = interval '0' THEN wait := interval '\(patience.milliseconds) ms'; END IF;
                deadline := clock_timestamp() + least(wait, interval '\(patience.milliseconds) ms');
                -- First against the other side's many, then key by key in one order.
                IF is_bulk THEN missing := '{}'; END IF;
                FOR step IN 0..cardinality(missing) LOOP
                    WHILE NOT CASE
                        WHEN step > 0 AND is_source THEN
                            pg_try_advisory_xact_lock_shared(\(FeedSchema.lookupKeyClass), missing[step])
                        WHEN step > 0 THEN pg_try_advisory_xact_lock(\(FeedSchema.lookupKeyClass), missing[step])
                        WHEN is_source AND NOT is_bulk THEN \(tryBarrier(0, shared: true))
                        WHEN is_source THEN \(tryBarrier(0, shared: true)) AND (
                            \(tryBarriers(shared: false, "OR")))
                        WHEN is_bulk THEN \(tryBarrier(0, shared: false))
                        ELSE \(tryBarriers(shared: true, "AND"))
                    END LOOP
                        IF clock_timestamp() >= deadline THEN RETURN '\(isLocked)'; END IF;
                        PERFORM pg_sleep(pause);
                        pause := least(2 * pause, 0.05);
                    END LOOP;
                END LOOP;
                held := CASE WHEN is_bulk THEN 'all' ELSE (held::integer[] || missing)::text END;
                PERFORM set_config(setting, held, true);
            END IF;
            IF cardinality(keys) > 0 AND current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
                AND (NOT is_source OR (SELECT last_value FROM daybook.lookup_writes)
                    >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
            THEN
                RETURN '\(isOld)';
            END IF;
            RETURN NULL;
        END
        $daybook$
        """

    private static func tryBarriers(shared: Bool, _ conjunction: String) -> String {
        (1...barriers).map { tryBarrier($0, shared: shared) }.joined(separator: "\n                \(conjunction) ")
    }

    private static func tryBarrier(_ number: Int, shared: Bool) -> String {
        "pg_try_advisory_xact_lock\(shared ? "_shared" : "")(\(FeedSchema.lookupBarrierClass), barrier # \(number))"
    }

    /// Transactions under way that have locked keys or barriers, of any lookup. One that locks a key later sees whatever
    /// has been committed by now.
    package static func holders(on connection: PostgresConnection) async throws -> [PostgresTransactionID] {
        // A lock whose transaction has no number among the locks is being handed on to a prepared transaction, or given back:
        // then everything under way is meant.
        let rows = try await connection.query(
            """
            WITH holders AS (
                SELECT DISTINCT l.virtualtransaction FROM pg_locks AS l
                WHERE l.locktype = 'advisory'
                  AND l.classid IN (\(FeedSchema.lookupKeyClass)::oid, \(FeedSchema.lookupBarrierClass)::oid)
            ), numbered AS (
                SELECT t.transactionid FROM holders AS h
                LEFT JOIN pg_locks AS t ON t.virtualtransaction = h.virtualtransaction AND t.locktype = 'transactionid'
                    AND t.mode = 'ExclusiveLock'
            )
            SELECT x FROM pg_snapshot_xip(pg_current_snapshot()) AS x
            WHERE EXISTS (SELECT FROM numbered AS n WHERE n.transactionid IS NULL OR n.transactionid = x::xid)
            """
        )
        return try rows.map { try $0.decode(PostgresTransactionID.self) }
    }

    /// Raises `daybook.lookup_writes` to the own transaction id. The lock that makes reading and writing it one is given
    /// back by the rollback of the inner block, which a sequence does not heed.
    package static let createNoteStatement = """
        CREATE OR REPLACE FUNCTION daybook.\(noteName)() RETURNS void
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
        AS $daybook$
        DECLARE
            mine bigint := pg_current_xact_id()::text::bigint;
        BEGIN
            IF (SELECT last_value FROM daybook.lookup_writes) >= mine THEN RETURN; END IF;
            BEGIN
                PERFORM pg_advisory_xact_lock(\(FeedSchema.lockClass), \(FeedSchema.lookupNoteLock));
                IF (SELECT last_value FROM daybook.lookup_writes) < mine THEN
                    PERFORM setval('daybook.lookup_writes', mine);
                END IF;
                RAISE EXCEPTION SQLSTATE 'DB001';
            EXCEPTION WHEN SQLSTATE 'DB001' THEN NULL;
            END;
        END
        $daybook$
        """
}
