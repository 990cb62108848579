/// The tables of schema `daybook`, and the advisory locks that belong to them.
package enum FeedSchema {
    /// Raised when the tables change shape.
    package static let version: Int32 = 3

    /// The class of all advisory locks of ours: "dayb" in ASCII. Advisory locks live per database.
    package static let lockClass: Int32 = 0x6461_7962
    /// Held by the daemon that leads.
    package static let leaderLock: Int32 = 1
    /// Held exclusively by a sleeping daemon, shared by every writer that did not ring (DESIGN §4, the bell).
    package static let bellLock: Int32 = 2
    /// The channel of the bell.
    package static let bellChannel = "daybook"

    /// Settings under which all expressions are evaluated: in triggers, builds, audits and repairs alike.
    package static let fixedSettings: [(name: String, value: String)] = [
        ("search_path", "pg_catalog, pg_temp"),
        ("TimeZone", "UTC"),
        ("DateStyle", "ISO, YMD"),
        ("IntervalStyle", "postgres"),
        ("bytea_output", "hex"),
        ("extra_float_digits", "1"),
    ]

    /// The class of the locks of single lookup keys, and of those that stand for many: "dayk", "dayl".
    package static let lookupKeyClass: Int32 = 0x6461_796B
    package static let lookupBarrierClass: Int32 = 0x6461_796C
    /// Held for an instant while a transaction notes that it has changed looked-up rows.
    package static let lookupNoteLock: Int32 = 4

    /// Held while install or uninstall works.
    package static let installLock: Int32 = 3

    /// Held while a job runs, by whoever runs it: below zero, one for each name. Where two names share one, they wait for
    /// each other.
    package static func jobLock(_ name: String) -> Int32 {
        let hash = name.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return Int32(bitPattern: hash | 0x8000_0000)
    }

    /// How long events are kept, and how far ahead of the server's day the log has partitions.
    package static let retentionDays: Int = 7

    /// What brings the tables of an earlier version up to the next one.
    package static let upgrades: [(from: Int32, statement: String)] = [
        (1, "ALTER TABLE daybook.events ADD COLUMN IF NOT EXISTS extremes text[]"),
        (
            2,
            """
            ALTER TABLE daybook.rollups
                ADD COLUMN IF NOT EXISTS declaration text,
                ADD COLUMN IF NOT EXISTS follows integer,
                ADD COLUMN IF NOT EXISTS lacks jsonb NOT NULL DEFAULT '{}',
                ADD COLUMN IF NOT EXISTS rederives boolean NOT NULL DEFAULT false
            """
        ),
    ]

    package static let createSchema = "CREATE SCHEMA daybook"

    /// What has to exist, in order of creation.
    package static let tables: [(name: String, create: String)] = [
        (
            "rollup_ids",
            """
            CREATE SEQUENCE daybook.rollup_ids AS integer MINVALUE 0 START 0
            """
        ),
        (
            "cursor",
            """
            -- One row: which transactions' events are in the rollup tables, of which database history, and who may say so.
            CREATE TABLE daybook.cursor (
                feed text PRIMARY KEY,
                version integer NOT NULL,
                epoch bigint NOT NULL,
                position pg_snapshot NOT NULL,
                flush bigint NOT NULL,
                flushed_at timestamptz NOT NULL,
                system_identifier bigint NOT NULL,
                timeline integer NOT NULL,
                database_oid oid NOT NULL,
                -- Event log partitions of earlier days have been dropped by Daybook itself.
                log_begins date NOT NULL
            )
            """
        ),
        (
            "flushes",
            """
            -- Flushes and their random ids, by which a snapshot file proves that it belongs to this history.
            CREATE TABLE daybook.flushes (
                flush bigint PRIMARY KEY,
                id uuid NOT NULL,
                flushed_at timestamptz NOT NULL
            )
            """
        ),
        (
            "day_flushes",
            """
            -- The last flush that changed a rollup's day. A snapshot file of an earlier one is out of date. Every day that
            -- has rows and is not closed has one here. Updated every second for the days at hand, so pages are left room.
            CREATE TABLE daybook.day_flushes (
                rollup integer NOT NULL,
                day date NOT NULL,
                flush bigint NOT NULL,
                PRIMARY KEY (rollup, day)
            ) WITH (fillfactor = 50)
            """
        ),
        (
            "rollups",
            """
            -- The installed rollups. A changed definition gets a new id, so that events of the old one are never read.
            CREATE TABLE daybook.rollups (
                id integer PRIMARY KEY,
                name text NOT NULL UNIQUE,
                table_schema text NOT NULL,
                table_name text NOT NULL,
                definition text NOT NULL,
                state text NOT NULL CHECK (state IN ('unplanned', 'building', 'built')),
                installed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                built_at timestamptz,
                -- The resolved definition as JSON, for comparison with the next one.
                declaration text,
                -- While days are computed again because the definition has changed: the id that the rows had before.
                follows integer,
                -- Meanwhile, columns that days which cannot be computed again lack, and why.
                lacks jsonb NOT NULL DEFAULT '{}',
                -- Derived columns of rows that stay are still those of the definition before.
                rederives boolean NOT NULL DEFAULT false
            )
            """
        ),
        (
            "incomplete",
            """
            -- Columns of days that could not be computed again when the definition changed: `added` is null but for later
            -- changes, `redefined` was counted by an earlier definition.
            CREATE TABLE daybook.incomplete (
                rollup integer NOT NULL,
                day date NOT NULL,
                column_name text NOT NULL,
                lack text NOT NULL CHECK (lack IN ('added', 'redefined')),
                since timestamptz NOT NULL DEFAULT clock_timestamp(),
                PRIMARY KEY (rollup, day, column_name)
            )
            """
        ),
        (
            "underived",
            """
            -- Days whose rows stay, and whose derived columns are still to be computed by the present definition.
            CREATE TABLE daybook.underived (
                rollup integer NOT NULL,
                day date NOT NULL,
                rows bigint NOT NULL,
                PRIMARY KEY (rollup, day)
            )
            """
        ),
        (
            "definition_folders",
            """
            -- The folder of definitions as the leader last looked at it, and why it is not in force as it stands.
            CREATE TABLE daybook.definition_folders (
                path text PRIMARY KEY,
                read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                problem text
            )
            """
        ),
        (
            "objects",
            """
            -- The functions and triggers that install created, each with the statement that created it. A trigger's
            -- fingerprint tells whether anybody has touched it since.
            CREATE TABLE daybook.objects (
                name text PRIMARY KEY,
                definition text NOT NULL,
                source text,
                fingerprint text
            )
            """
        ),
        (
            "events",
            """
            -- The event log. Signed deltas, written by the capture triggers in the application's own transactions.
            CREATE TABLE daybook.events (
                logged_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                xid xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
                rollup integer NOT NULL,
                day date NOT NULL,
                key text[] NOT NULL,
                labels text[],
                n bigint NOT NULL,
                -- One for each expression that is summed up, null where the expression is.
                addends bigint[] NOT NULL,
                -- One for each value at an end of an order: of the rows that came (n above zero) or went (n below).
                extremes text[]
            ) PARTITION BY RANGE (logged_at);
            CREATE INDEX events_xid ON daybook.events (xid)
            """
        ),
        (
            "lookup_changes",
            """
            -- What a transaction has changed in tables that a lookup joins, until it is settled; empty for all others.
            -- Rows of the source as text in the order of the event's columns, rows of the looked-up table as key and
            -- columns.
            CREATE TABLE daybook.lookup_changes (
                xid xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
                tag text NOT NULL,
                is_source boolean NOT NULL,
                n bigint NOT NULL,
                fields text[] NOT NULL
            );
            CREATE INDEX lookup_changes_xid ON daybook.lookup_changes (xid)
            """
        ),
        (
            "lookup_writes",
            """
            -- The highest transaction id that has changed looked-up rows. A sequence, because it is read at any snapshot.
            CREATE SEQUENCE daybook.lookup_writes MINVALUE 0 START 0
            """
        ),
        (
            "unbuilt",
            """
            -- Days whose rows are not yet computed from the sources; their events are skipped until they are.
            CREATE TABLE daybook.unbuilt (
                rollup integer NOT NULL,
                day date NOT NULL,
                source_rows bigint NOT NULL,
                PRIMARY KEY (rollup, day)
            )
            """
        ),
        (
            "thinned",
            """
            -- Days some of whose source rows are known to be gone: their rollup rows are kept, and nothing can verify
            -- them. A day may stand here twice.
            CREATE TABLE daybook.thinned (
                rollup integer NOT NULL,
                day date NOT NULL,
                reason text NOT NULL,
                since timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            CREATE INDEX thinned_day ON daybook.thinned (rollup, day)
            """
        ),
        (
            "parked",
            """
            -- Keys that no row can hold at present, with the reason. No primary key: the key may be too long for an index.
            CREATE TABLE daybook.parked (
                rollup integer NOT NULL,
                day date NOT NULL,
                key text[] NOT NULL,
                reason text NOT NULL,
                since timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            CREATE INDEX parked_day ON daybook.parked (rollup, day)
            """
        ),
        (
            "gaps",
            """
            -- Everything that could ever have been missed, and what became of it.
            CREATE TABLE daybook.gaps (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                source text,
                rollup text,
                cause text NOT NULL,
                detail text,
                from_day date,
                to_day date,
                xid xid8,
                found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'repairing', 'repaired', 'undecided')),
                repaired_at timestamptz,
                keys_examined bigint,
                keys_rebuilt bigint,
                milliseconds bigint
            );
            CREATE INDEX gaps_open ON daybook.gaps (state, source, id) WHERE state <> 'repaired'
            """
        ),
        (
            "requests",
            """
            -- What commands ask of the daemon, and how far it is.
            CREATE TABLE daybook.requests (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                kind text NOT NULL CHECK (kind IN ('backfill', 'repair', 'restore')),
                from_day date,
                to_day date,
                policy text NOT NULL DEFAULT 'careful' CHECK (policy IN ('careful', 'retract', 'retain', 'dry run')),
                requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
                days_done bigint NOT NULL DEFAULT 0,
                days_total bigint,
                rows_done bigint NOT NULL DEFAULT 0,
                message text,
                result jsonb,
                finished_at timestamptz
            );
            CREATE INDEX requests_open ON daybook.requests (id) WHERE state IN ('waiting', 'running')
            """
        ),
        (
            "seals",
            """
            -- Closed days. A late event turns a day to amending; it is sealed again, one revision on, when it is quiet.
            CREATE TABLE daybook.seals (
                rollup integer NOT NULL,
                day date NOT NULL,
                revision integer NOT NULL,
                state text NOT NULL CHECK (state IN ('sealed', 'amending')),
                verified boolean NOT NULL,
                rows bigint NOT NULL,
                totals jsonb NOT NULL,
                digest text NOT NULL,
                file text,
                sealed_at timestamptz NOT NULL,
                amended_at timestamptz,
                last_amended_at timestamptz,
                PRIMARY KEY (rollup, day)
            )
            """
        ),
        (
            "shadow_days",
            """
            -- What came of comparing days of the cron jobs' tables with the sources, while rollups are kept in shadows.
            CREATE TABLE daybook.shadow_days (
                rollup integer NOT NULL,
                day date NOT NULL,
                compared_at timestamptz NOT NULL,
                rows bigint NOT NULL,
                expected bigint NOT NULL,
                wrong bigint NOT NULL,
                missing bigint NOT NULL,
                surplus bigint NOT NULL,
                ours bigint NOT NULL,
                reasons jsonb NOT NULL,
                PRIMARY KEY (rollup, day)
            )
            """
        ),
        (
            "shadow_findings",
            """
            -- Cells and rows that differed then, of each day a bounded number.
            CREATE TABLE daybook.shadow_findings (
                rollup integer NOT NULL,
                day date NOT NULL,
                key text[] NOT NULL,
                column_name text,
                theirs text,
                right_value text,
                reason text NOT NULL,
                found_at timestamptz NOT NULL
            );
            CREATE INDEX shadow_findings_day ON daybook.shadow_findings (rollup, day)
            """
        ),
        (
            "amendments",
            """
            -- Why a sealed day changed: for each revision the keys that late events or repairs touched, up to a limit.
            CREATE TABLE daybook.amendments (
                rollup integer NOT NULL,
                day date NOT NULL,
                revision integer NOT NULL,
                key text[] NOT NULL,
                before jsonb,
                after jsonb,
                cause text NOT NULL,
                amended_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            CREATE INDEX amendments_day ON daybook.amendments (rollup, day, revision)
            """
        ),
        (
            "daemons",
            """
            -- The daemons that are or were lately connected. Who leads is told by the advisory lock, not by this table.
            CREATE TABLE daybook.daemons (
                id uuid PRIMARY KEY,
                host text NOT NULL,
                pid integer NOT NULL,
                backend_pid integer NOT NULL,
                role text NOT NULL CHECK (role IN ('leader', 'standby')),
                since timestamptz NOT NULL DEFAULT clock_timestamp(),
                seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
            )
            """
        ),
        (
            "jobs",
            """
            -- The jobs as the leader last read them. All times up to `settled` are dealt with: run, or not to be run.
            CREATE TABLE daybook.jobs (
                name text PRIMARY KEY,
                schedule text NOT NULL,
                enabled boolean NOT NULL,
                settled timestamptz NOT NULL DEFAULT date_trunc('minute', clock_timestamp())
            )
            """
        ),
        (
            "job_runs",
            """
            -- What jobs have done, the latest runs of each. A run by hand has no time it was scheduled for. A job's work and
            -- the end of its run are one commit: a run that has not ended has done nothing, except for batches before its last.
            CREATE TABLE daybook.job_runs (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                job text NOT NULL,
                scheduled_for timestamptz,
                started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                ended_at timestamptz,
                outcome text NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed', 'interrupted')),
                rows bigint NOT NULL DEFAULT 0,
                error text
            );
            CREATE INDEX job_runs_job ON daybook.job_runs (job, id)
            """
        ),
        (
            "job_files",
            """
            -- The file of jobs as the leader last looked at it, and why it is not in force.
            CREATE TABLE daybook.job_files (
                path text PRIMARY KEY,
                read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                problem text
            )
            """
        ),
        (
            "alerts",
            """
            -- What the alert rules have told, so that the next leader tells it neither again nor forgets to take it back.
            CREATE TABLE daybook.alerts (
                rule text NOT NULL,
                subject text NOT NULL,
                phase text NOT NULL CHECK (phase IN ('quiet', 'pending', 'firing', 'unannounced')),
                since timestamptz NOT NULL,
                sent_at timestamptz,
                is_event boolean NOT NULL,
                detail text NOT NULL,
                PRIMARY KEY (rule, subject)
            )
            """
        ),
        (
            "alert_marks",
            """
            -- How far the alerts have come: who led when they last looked, and the day of the last summary.
            CREATE TABLE daybook.alert_marks (
                name text PRIMARY KEY,
                mark text NOT NULL
            )
            """
        ),
    ]
}
