import PostgresClient

extension DoctorCheck {
    /// A transaction that has run NOTIFY cannot be prepared, so nobody rings where transactions may be prepared.
    static let preparedTransactions = DoctorCheck("prepared-transactions") { examination, findings in
        let row = try await examination.connection.query(
            "SELECT current_setting('max_prepared_transactions')::integer")[0]
        guard try row.decode(Int32.self) > 0 else { return }
        findings.add(
            .info, "server",
            "max_prepared_transactions is above zero, so the daemon never sleeps: it polls, slower when idle.",
            remedy: "Set it to 0 and restart the server if nothing prepares transactions."
        )
        let old = try await examination.connection.query(
            """
            SELECT gid, extract(epoch FROM clock_timestamp() - prepared)::bigint FROM pg_prepared_xacts
            WHERE database = current_database() AND prepared < clock_timestamp() - make_interval(secs => $1)
            ORDER BY prepared
            LIMIT 20
            """, [examination.limits.oldTransaction.inSeconds])
        for row in old {
            let (name, seconds) = try row.decode(String.self, Int64.self)
            findings.add(
                .warning, "prepared transaction \(name)",
                "It was prepared \(seconds) s ago: its events wait, and the event log of its day is not dropped.",
                remedy: "COMMIT PREPARED or ROLLBACK PREPARED \(name.quotedLiteral);", as: "prepared-transaction-old"
            )
        }
    }

    /// Open transactions keep the event log from being dropped, and the rollup tables' old rows from being vacuumed.
    static let longTransactions = DoctorCheck("long-transaction") { examination, findings in
        let rows = try await examination.connection.query(
            """
            SELECT pid, coalesce(usename::text, ''), coalesce(nullif(application_name, ''), 'unnamed'),
                coalesce(state, ''),
                extract(epoch FROM clock_timestamp() - xact_start)::bigint, backend_xid IS NOT NULL
            FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
              AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)
              AND xact_start < clock_timestamp() - make_interval(secs => $1)
            ORDER BY xact_start
            LIMIT 20
            """, [examination.limits.oldTransaction.inSeconds])
        for row in rows {
            let (pid, user, application, state, seconds, hasWritten) = try row.decode(
                Int32.self, String.self, String.self, String.self, Int64.self, Bool.self)
            findings.add(
                .warning, "pid \(pid) (\(user), \(application))",
                "Its transaction has been open for \(seconds) s (\(state)): "
                    + (hasWritten
                        ? "its events wait, and the event log since then is not dropped."
                        : "rows that flushes have replaced since then are not vacuumed."),
                remedy: "Let the application end it, or: SELECT pg_terminate_backend(\(pid));"
            )
        }
        let seesAll = try await examination.connection.query("SELECT pg_has_role('pg_read_all_stats', 'USAGE')")[0]
            .decode(Bool.self)
        if !seesAll {
            findings.add(
                .info, "role", "This role sees only its own sessions: long transactions of others stay hidden.",
                remedy: "As a superuser: GRANT pg_read_all_stats TO the role.", as: "sessions-hidden"
            )
        }
    }

    static let notificationQueue = DoctorCheck("notification-queue") { examination, findings in
        let usage = try await examination.connection.query("SELECT pg_notification_queue_usage()")[0].decode(
            Double.self)
        guard usage > examination.limits.notificationQueue else { return }
        findings.add(
            .warning, "server",
            "The queue of notifications is \(Int((usage * 100).rounded())) % full; when it is full, NOTIFY fails in "
                + "every "
                + "session.",
            remedy: "End the listening session that sits in an old transaction (see pg_stat_activity)."
        )
    }
}

extension Duration {
    /// As a number of seconds.
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
