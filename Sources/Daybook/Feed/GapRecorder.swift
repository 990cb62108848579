/// The function through which a trigger confesses that something may have been missed.
///
/// A transaction records one gap per source and cause. So that a source whose every statement fails cannot fill the
/// disk, a transaction that sees ``openLimit`` open gaps of its kind adds none. That is safe only because the repair of
/// so many gaps waits until every transaction that may have seen them open has ended (``Repair``), and because a
/// transaction that looks at an old snapshot (REPEATABLE READ and up) always records its own.
package enum GapRecorder {
    package static let openLimit = 100

    package static let name = "record_gap"

    package static let createStatement = """
        CREATE OR REPLACE FUNCTION daybook.record_gap(source text, cause text, state text, message text) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        AS $daybook$\(body)$daybook$
        """

    package static let body = """

        BEGIN
            IF EXISTS (
                SELECT FROM daybook.gaps g
                WHERE g.state = 'open' AND g.source = $1 AND g.cause = $2 AND g.xid = pg_current_xact_id()
            ) THEN
                RETURN;
            END IF;
            IF current_setting('transaction_isolation') = 'read committed' AND EXISTS (
                SELECT FROM daybook.gaps g
                WHERE g.state = 'open' AND g.source = $1 AND g.cause = $2
                OFFSET \(openLimit - 1)
            ) THEN
                RETURN;
            END IF;
            INSERT INTO daybook.gaps (source, cause, detail, xid)
            VALUES ($1, $2, $3 || coalesce(': ' || nullif(left($4, 500), ''), ''), pg_current_xact_id());
            IF NOT pg_try_advisory_xact_lock_shared(\(FeedSchema.lockClass), \(FeedSchema.bellLock)) THEN
                PERFORM pg_notify('\(FeedSchema.bellChannel)', '');
            END IF;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'daybook could not record a gap of %: %', $1, SQLERRM;
        END

        """
}
