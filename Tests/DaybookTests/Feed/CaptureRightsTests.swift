import PostgresClient
import Testing

@testable import Daybook

/// Capture runs with its owner's rights, whoever writes and however hostile.
struct CaptureRightsTests {
    /// Roles belong to the whole cluster, so each test has its own and drops it.
    private func withRole(_ fixture: FeedFixture, _ body: (String) async throws -> Void) async throws {
        let role = "app_\(UInt64.random(in: 0 ... .max))"
        try await fixture.run("CREATE ROLE \(role)")
        do {
            try await body(role)
            try await fixture.run("RESET ROLE; RESET ALL; DROP OWNED BY \(role); DROP ROLE \(role)")
        } catch {
            try? await fixture.run("RESET ROLE; RESET ALL; DROP OWNED BY \(role); DROP ROLE \(role)")
            throw error
        }
    }

    @Test func theApplicationNeedsNoRights() async throws {
        try await FeedFixture.with { fixture in
            try await withRole(fixture) { role in
                try await fixture.run(
                    """
                    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON visits TO \(role);
                    GRANT USAGE ON SEQUENCE visits_id_seq TO \(role);
                    SET ROLE \(role);
                    INSERT INTO visits (site, at, bytes, browser) VALUES ('a', '2024-05-01', 1, 'x');
                    UPDATE visits SET bytes = 5; DELETE FROM visits;
                    INSERT INTO visits (site, at, bytes, browser) SELECT 'a', '2024-05-01', 1, 'x' FROM generate_series(1, 2);
                    """)
                await #expect(throws: PostgresError.self) { try await fixture.count("daybook.events") }
                await #expect(throws: PostgresError.self) {
                    try await fixture.run("SELECT daybook.record_gap('a', 'b', 'c', 'd')")
                }
                try await fixture.run("TRUNCATE visits; RESET ROLE")
                #expect(
                    try await fixture.table("SELECT sum(n) AS n, sum(addends[1]) AS bytes FROM daybook.events")
                        == "n | bytes\n2 | 2")
                #expect(try await fixture.table("SELECT cause FROM daybook.gaps") == "cause\ntruncated")
            }
        }
    }

    /// Functions, operators, aggregates, types and tables of Daybook's names, first in the writer's search path.
    private static let evil = """
        CREATE SCHEMA evil; SET search_path = evil, pg_catalog, public;
        CREATE TABLE evil.spoils (what text);
        CREATE FUNCTION evil.take(what text) RETURNS void LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO evil.spoils VALUES (what); RAISE EXCEPTION 'evil'; END $$;
        CREATE FUNCTION evil.minus(bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('-'); RETURN 0; END $$;
        CREATE OPERATOR evil.- (RIGHTARG = bigint, FUNCTION = evil.minus);
        CREATE FUNCTION evil.same(numeric, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('<>'); RETURN false; END $$;
        CREATE OPERATOR evil.<> (LEFTARG = numeric, RIGHTARG = integer, FUNCTION = evil.same);
        CREATE FUNCTION evil.same(bigint, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('<>'); RETURN false; END $$;
        CREATE OPERATOR evil.<> (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = evil.same);
        CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('='); RETURN true; END $$;
        CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
        CREATE FUNCTION evil.add(numeric, bigint) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('sum'); RETURN 0; END $$;
        CREATE AGGREGATE evil.sum(bigint) (SFUNC = evil.add, STYPE = numeric, INITCOND = '0');
        CREATE FUNCTION evil.isfinite(timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('isfinite'); RETURN false; END $$;
        CREATE FUNCTION evil.pg_try_advisory_xact_lock_shared(integer, integer) RETURNS boolean LANGUAGE plpgsql AS
            $$ BEGIN PERFORM evil.take('lock'); RETURN false; END $$;
        CREATE FUNCTION evil.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('notify'); END $$;
        CREATE FUNCTION evil.pg_current_xact_id() RETURNS xid8 LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('xid'); RETURN '1'; END $$;
        CREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('clock'); RETURN 'epoch'; END $$;
        CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('setting'); RETURN ''; END $$;
        CREATE DOMAIN evil.text AS pg_catalog.text CHECK (false); CREATE DOMAIN evil."numeric" AS pg_catalog.numeric CHECK (false);
        CREATE DOMAIN evil.int8 AS pg_catalog.int8 CHECK (false); CREATE DOMAIN evil.date AS pg_catalog.date CHECK (false);
        CREATE TABLE evil.inserted AS SELECT * FROM public.visits; CREATE TABLE evil.deleted AS SELECT * FROM public.visits;
        CREATE TABLE evil.events (n integer); CREATE TABLE evil.gaps (n integer);
        CREATE TEMPORARY TABLE inserted AS SELECT * FROM public.visits; CREATE TEMPORARY TABLE events (n integer);
        """

    private static let writes = """
        INSERT INTO public.visits (site, at, bytes, browser) VALUES ('a', '2024-05-01 12:00+00', 1, 'x');
        INSERT INTO public.visits (site, at, bytes, browser) SELECT 'b', '2024-05-01 12:00+00', i, 'y' FROM generate_series(1, 3) AS i;
        UPDATE public.visits SET bytes = 10 WHERE bytes = 1;
        DELETE FROM public.visits WHERE bytes = 3;
        DELETE FROM public.visits WHERE bytes = 10;
        """

    private static let outcome = """
        key | labels | n | bytes
        {a} | {x}    | 0 | 0
        {b} | {y}    | 1 | 2
        """

    /// Both the function that sets no search path, because its expressions cannot notice, and the one that does.
    @Test(arguments: ["site", "app.tag(site)"])
    func nothingOfTheWritersSearchPathIsUsed(_ expression: String) async throws {
        let definition = Visits.yaml.replacing("site: site\n", with: "site: \(expression)\n")
        let tables = """
            CREATE SCHEMA app; CREATE FUNCTION app.tag(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT lower($1) $$;
            """ + Visits.table
        try await FeedFixture.with(tables, [definition]) { fixture in
            try await fixture.run(Self.evil + Self.writes + "RESET search_path; DISCARD TEMP")
            #expect(
                try await fixture.table(
                    "SELECT key, labels, sum(n) AS n, sum(addends[1]) AS bytes FROM daybook.events GROUP BY 1, 2 ORDER BY 1, 2"
                )
                    == Self.outcome)
            #expect(try await fixture.count("evil.spoils") == 0)
            #expect(try await fixture.table("SELECT cause, detail FROM daybook.gaps") == "cause | detail")
            #expect(try await fixture.count("daybook.events WHERE xid > '1' AND logged_at > 'epoch'") > 0)
        }
    }

    /// Where capture fails, the confession is not overheard either.
    @Test func theGapIsRecordedUnderItsOwnPath() async throws {
        let yaml = Visits.yaml.replacing("bytes: bytes\n", with: "bytes: 1000 / bytes\n")
        try await FeedFixture.with(Visits.table, [yaml]) { fixture in
            try await fixture.run(
                Self.evil
                    + "INSERT INTO public.visits (site, at, bytes) VALUES ('a', '2024-05-01', 0); RESET search_path; DISCARD TEMP"
            )
            #expect(try await fixture.count("evil.spoils") == 0)
            #expect(try await fixture.count("daybook.gaps") == 1)
        }
    }
}
