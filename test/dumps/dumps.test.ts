/**
 * pg_dump, pg_dumpall and pg_restore of PostgreSQL 15 against the real server.
 *
 * Each *.sql beside this file fills an empty database; what pg_dump makes of it is compared with
 * the *.dump of the same name, which a PostgreSQL 15 server gave: UPDATE=1 with PG_PORT records it
 * from one at 127.0.0.1:PG_PORT, of which root is a superuser. A dump restored is the same dump,
 * on both. In schemas/ are those of applications: their rows, made by the clock, are not dumped.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "chai";
import { connectTo, runProgram } from "../support/client-program.ts";
import { psql } from "../support/psql.ts";
import { type Address, launch, temporaryDirectory } from "../support/server.ts";

const DATABASE = "dumped";
const AGAIN = "restored";

const sets: readonly { readonly folder: string; readonly options: readonly string[] }[] = [
  { folder: ".", options: [] },
  { folder: "schemas", options: ["--schema-only"] },
];

for (const { folder, options } of sets) {
  describe(`pg_dump dumps what it dumps on PostgreSQL 15: ${folder}`, () => {
    const directory = join(import.meta.dirname, folder);
    for (const script of readdirSync(directory).filter((name) => name.endsWith(".sql"))) {
      it(script, async function () {
        this.timeout(120_000);
        const golden = join(directory, `${basename(script, ".sql")}.dump`);
        if (process.env["UPDATE"] === "1") {
          const port = Number(process.env["PG_PORT"]);
          expect(port, "PG_PORT, the port of a PostgreSQL 15 server").to.be.above(0);
          const address = { host: "127.0.0.1", port };
          const dump = await fillAndDump(address, join(directory, script), options);
          expect(await restoreAndDump(address, dump, options)).to.equal(dump);
          writeFileSync(golden, dump);
          return;
        }
        const wanted = readFileSync(golden, "utf8").split("\n");
        const server = await launch();
        const dump = await fillAndDump(server, join(directory, script), options);
        expect(dump.split("\n")).to.deep.equal(wanted);
        expect((await restoreAndDump(server, dump, options)).split("\n")).to.deep.equal(wanted);

        const files = join(temporaryDirectory(), "dump");
        const parts = [...options, "-Fd", "-j2", "-f", files];
        await succeed("pg_dump", [...to(server, DATABASE), ...parts]);
        await create(server, AGAIN);
        await succeed("pg_restore", [...to(server, AGAIN), "-j2", files]);
        const again = await dumpOf(server, AGAIN, options);
        expect(again.split("\n")).to.deep.equal(wanted);
      });
    }
  });
}

describe("pg_dump of what PostgreSQL does not have", () => {
  it("leaves sources and sinks out", async function () {
    this.timeout(120_000);
    const server = await launch();
    const tables = `CREATE TABLE t (a int CHECK (a > 0), b text); INSERT INTO t VALUES (1, 'x');
      CREATE VIEW v AS SELECT b FROM t WHERE a < 9;`;
    const streams = `CREATE SOURCE s (a int) WITH (connector = 'datagen', source_rate_limit = 0);
      CREATE SINK k FROM t WITH (connector = 'blackhole');
      CREATE SINK l AS SELECT upper(b) AS u FROM v WHERE b > 'a' WITH (connector = 'blackhole');
      COMMENT ON SOURCE s IS 'endless'; COMMENT ON SINK k IS 'nothing comes back';`;
    await create(server, DATABASE);
    await succeed("psql", [...to(server, DATABASE), "-qv", "ON_ERROR_STOP=1"], tables + streams);
    await create(server, AGAIN);
    await succeed("psql", [...to(server, AGAIN), "-qv", "ON_ERROR_STOP=1"], tables);
    expect(await dumpOf(server, DATABASE)).to.equal(await dumpOf(server, AGAIN));
  });
});

describe("pg_dumpall", () => {
  it("dumps roles, tablespaces and every database", async function () {
    this.timeout(120_000);
    const server = await launch();
    const location = temporaryDirectory();
    const fill = `CREATE ROLE app LOGIN CONNECTION LIMIT 3 VALID UNTIL '2030-01-01 00:00:00+00';
      CREATE ROLE readers; GRANT readers TO app;
      ALTER ROLE app SET search_path = app, public;
      CREATE TABLESPACE fast OWNER app LOCATION '${location}' WITH (seq_page_cost = 0.5);
      COMMENT ON TABLESPACE fast IS 'a disk'; GRANT CREATE ON TABLESPACE fast TO readers;
      ALTER ROLE app SET temp_tablespaces = fast;
      CREATE DATABASE shop OWNER app TABLESPACE fast; ALTER DATABASE shop SET work_mem = '8MB';
      \\connect shop
      CREATE SCHEMA app AUTHORIZATION app; CREATE TABLE app.things (id int PRIMARY KEY)
        TABLESPACE pg_default;
      ALTER TABLE app.things OWNER TO app;
      INSERT INTO app.things VALUES (1), (2);`;
    await succeed("psql", [...to(server, "dev"), "-qv", "ON_ERROR_STOP=1"], fill);
    const dump = await dumpAll(server);
    for (const statement of [
      "ALTER ROLE app WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 3 VALID UNTIL '2030-01-01 00:00:00+00';",
      "ALTER ROLE app SET search_path TO 'app', 'public';",
      "GRANT readers TO app GRANTED BY root;",
      `CREATE TABLESPACE fast OWNER app LOCATION '${location}';`,
      "ALTER TABLESPACE fast SET (seq_page_cost=0.5);",
      "GRANT ALL ON TABLESPACE fast TO readers;",
      "COMMENT ON TABLESPACE fast IS 'a disk';",
      "ALTER DATABASE shop OWNER TO app;",
      "ALTER DATABASE shop SET work_mem TO '8MB';",
      "ALTER TABLE app.things OWNER TO app;",
    ]) {
      expect(dump.split("\n")).to.include(statement);
    }

    const other = await launch();
    const restored = await psql(other, ["-qf", "-"], { input: dump });
    const errors = restored.err.split("\n").filter((line) => line.includes("ERROR"));
    expect(errors.map((line) => line.replace(/.*ERROR: */, ""))).to.deep.equal([
      'role "root" already exists',
      'database "dev" already exists',
    ]);
    expect(await dumpAll(other)).to.equal(dump);
  });
});

const to = (address: Address, database: string): string[] => [
  ...[...connectTo(address), "-d", database],
];

async function succeed(
  program: string,
  parameters: readonly string[],
  input = "",
): Promise<string> {
  const { code, out, err: said } = await runProgram(program, parameters, { input });
  const err = said.replaceAll(/^.*WARNING: {2}wal_level is insufficient .*\nHINT: .*\n/gm, "");
  expect({ program, code, err }).to.deep.equal({ program, code: 0, err: "" });
  return out;
}

async function create(address: Address, database: string): Promise<void> {
  const remove = `DROP DATABASE IF EXISTS ${database}`;
  const setUp = await psql(address, ["-q", "-c", remove, "-c", `CREATE DATABASE ${database}`]);
  expect(setUp.code, setUp.err).to.equal(0);
}

async function fillAndDump(
  address: Address,
  script: string,
  options: readonly string[],
): Promise<string> {
  await create(address, DATABASE);
  const quiet = ["-qc", "SET client_min_messages = error", "-v", "ON_ERROR_STOP=1"];
  await succeed("psql", [...to(address, DATABASE), ...quiet, "-f", script]);
  return dumpOf(address, DATABASE, options);
}

async function restoreAndDump(
  address: Address,
  dump: string,
  options: readonly string[],
): Promise<string> {
  await create(address, AGAIN);
  await succeed("psql", [...to(address, AGAIN), "-v", "ON_ERROR_STOP=1"], dump);
  return dumpOf(address, AGAIN, options);
}

const dumpOf = async (
  address: Address,
  database: string,
  options: readonly string[] = [],
): Promise<string> => normalised(await succeed("pg_dump", [...to(address, database), ...options]));
const dumpAll = async (address: Address): Promise<string> =>
  normalised(await succeed("pg_dumpall", connectTo(address)));

/** Versions and the key that keeps psql from running what a dump's values say differ. */
const normalised = (text: string): string =>
  text.replaceAll(/^(-- Dumped .* version .*|\\(un)?restrict .*)\n/gm, "");
