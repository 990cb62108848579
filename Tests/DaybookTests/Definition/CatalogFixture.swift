import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// A database of its own with an application's tables, and definitions to hold against it.
struct CatalogFixture {
    let connection: PostgresConnection

    static func with(_ script: String, _ body: (CatalogFixture) async throws -> Void) async throws {
        try await SharedCluster.withDatabase("definitions") { database in
            try await PostgresConnection.withConnection(PostgresConfiguration(database)) { connection in
                try await connection.execute(script)
                try await body(CatalogFixture(connection: connection))
            }
        }
    }

    /// Resolves one definition, named x.yml in messages.
    func resolve(_ yaml: String) async throws -> Rollup {
        let loaded = try DefinitionLoader.parse(yaml, file: "x.yml")
        return try #require(try await DefinitionCatalog.resolve(loaded, on: connection).first)
    }

    /// What the catalog says of definitions, named 1.yml, 2.yml… or, for one, x.yml; empty when all is well.
    func problems(_ yamls: String...) async throws -> [String] {
        var loaded = LoadedDefinitions(rollups: [], lines: DefinitionLines())
        for (number, yaml) in yamls.enumerated() {
            let one = try DefinitionLoader.parse(yaml, file: yamls.count == 1 ? "x.yml" : "\(number + 1).yml")
            loaded.rollups += one.rollups
            loaded.lines.merge(one.lines)
        }
        return try await problems(loaded)
    }

    func problems(_ loaded: LoadedDefinitions) async throws -> [String] {
        do {
            _ = try await DefinitionCatalog.resolve(loaded, on: connection)
            return []
        } catch let error as DefinitionError {
            return error.problems.map(\.description)
        }
    }

    /// A digest of everything that the catalog knows of tables, columns, types and functions.
    func catalogDigest() async throws -> String {
        try await connection.query(
            """
            SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
                SELECT 'c' || oid || relname || relnamespace FROM pg_class
                UNION ALL SELECT 'a' || attrelid || attname || attnum FROM pg_attribute
                UNION ALL SELECT 't' || oid || typname FROM pg_type
                UNION ALL SELECT 'n' || oid || nspname FROM pg_namespace
                UNION ALL SELECT 'p' || oid || proname FROM pg_proc
            ) AS catalog (line)
            """)[0].decode(String.self)
    }
}

extension CatalogFixture {
    /// The sources of the two shipped definitions.
    static let application = """
        CREATE TABLE reddit_post_outcomes (
            id bigserial PRIMARY KEY, user_id integer NOT NULL, subreddit text NOT NULL, title text,
            occurred_at timestamptz NOT NULL, success boolean NOT NULL,
            views integer NOT NULL, upvotes integer NOT NULL, comment_count integer
        );
        CREATE TABLE caption_variants (
            id serial, user_id integer NOT NULL, ranked_metadata jsonb, created_at timestamptz
        );
        CREATE TABLE content_generations (
            id serial, user_id integer, generation_type text NOT NULL, created_at timestamptz
        );
        """

    /// The source of ``SampleDefinition``, with a column of most kinds besides.
    static let visits = """
        CREATE SCHEMA app;
        CREATE TYPE app.mood AS ENUM ('calm', 'wild');
        CREATE DOMAIN app.site_name AS text CHECK (value <> '');
        CREATE COLLATION app.insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE FUNCTION app.double(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT 2 * $1';
        CREATE TABLE visits (
            site text, size integer, agent text, seen_at timestamptz, is_robot boolean,
            mood app.mood, host app.site_name, loose text COLLATE app.insensitive, price numeric(10, 2),
            ratio double precision,
            code char(4), tags text[], note jsonb, local_at timestamp, seen_on date,
            key uuid, big bigint, small smallint,
            short varchar(10), "Odd ""name" text, twice integer GENERATED ALWAYS AS (size * 2) STORED
        );
        """
}
