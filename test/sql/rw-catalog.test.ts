/** The schema rw_catalog: the catalog by other names, and what each commit did. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { rwRelations } from "../../src/sql/bind/rw-catalog.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { Parameters } from "../../src/sql/settings/parameters.ts";
import { LocalSession } from "../support/local-session.ts";
import { SimDisk } from "../support/sim-disk.ts";

class Server {
  readonly #engine: CatalogEngine;
  readonly #session: LocalSession;

  static async open(directory: string, disk: SimDisk, ddlHistoryDays = 90): Promise<Server> {
    const onFatal = (error: Error) => {
      throw error;
    };
    const parameters = new Parameters([
      { name: "ddl_history_days", value: String(ddlHistoryDays), source: "command line" },
    ]);
    const options = { directory, disk, database: "dev", onFatal, parameters };
    const engine = await CatalogEngine.open(options);
    const service = new Sessions({ engine });
    return new Server(engine, await LocalSession.open(service, "dev"));
  }

  private constructor(engine: CatalogEngine, session: LocalSession) {
    this.#engine = engine;
    this.#session = session;
  }

  /** Rows with | between values; errors as `ERROR code message`. */
  async ask(text: string): Promise<string[]> {
    this.#session.start(text);
    await this.#session.answered();
    return this.#session.take().flatMap((answer) => {
      if (answer.kind === "row") return [answer.values.map((value) => value ?? "∅").join("|")];
      if (answer.kind !== "error") return [];
      return [`ERROR ${(answer.error as { code?: string }).code} ${answer.error.message}`];
    });
  }

  async close(): Promise<void> {
    this.#session.close();
    await this.#engine.close();
  }
}

const HISTORY = `SELECT user_name, database, statement, objects
  FROM rw_catalog.rw_ddl_history WHERE epoch > 1 ORDER BY epoch`;

describe("rw_catalog", () => {
  let directory: string;
  let disk: SimDisk;
  let server: Server;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-rw-"));
    disk = new SimDisk();
  });
  beforeEach(async () => {
    server = await Server.open(directory, disk);
  });
  afterEach(() => server.close());
  after(() => rmSync(directory, { recursive: true }));

  it("tells what commits did", async () => {
    await server.ask("CREATE SCHEMA s");
    await server.ask('CREATE TABLE s.t (id int PRIMARY KEY, "N" text); CREATE ROLE r');
    await server.ask("BEGIN; ALTER TABLE s.t ADD c int; ALTER TABLE s.t RENAME TO u; COMMIT");
    await server.ask("CREATE SEQUENCE q");
    await server.ask("SELECT nextval('q')");
    await server.ask("DROP SEQUENCE q");
    await server.ask("CREATE DATABASE other");
    await server.ask("DROP SCHEMA s CASCADE");
    expect(await server.ask(HISTORY)).to.deep.equal([
      'root|dev|CREATE SCHEMA s|{"created schema s"}',
      'root|dev|CREATE TABLE s.t (id int PRIMARY KEY, "N" text)\n CREATE ROLE r|' +
        '{"created table s.t","created index s.t_pkey","created role r"}',
      'root|dev| ALTER TABLE s.t ADD c int\n ALTER TABLE s.t RENAME TO u|{"altered table s.u"}',
      'root|dev|CREATE SEQUENCE q|{"created sequence public.q"}',
      'root|dev|DROP SEQUENCE q|{"dropped sequence public.q"}',
      'root|∅|CREATE DATABASE other|{"created database other"}',
      'root|dev|DROP SCHEMA s CASCADE|{"dropped index s.t_pkey","dropped table s.u","dropped schema s"}',
    ]);
  });

  it("remembers it over a restart, and with pages that are built anew", async () => {
    const told = await server.ask(HISTORY);
    expect(told.length).to.equal(7);
    await server.close();
    for (const suffix of ["", "-wal", "-shm"]) {
      rmSync(join(directory, `pages.db${suffix}`), { force: true });
    }
    server = await Server.open(directory, disk);
    expect(await server.ask(HISTORY)).to.deep.equal(told);
  });

  it("has columns as its queries give them", async () => {
    for (const { facts, query } of rwRelations) {
      if (query === undefined) continue;
      const [answer] = await server.ask(`SELECT count(*) FROM rw_catalog.${facts.name}`);
      expect(answer, facts.name).to.match(/^\d+$/);
    }
  });

  it("shows the catalog by RisingWave's names", async () => {
    await server.ask("CREATE TABLE a (x int NOT NULL DEFAULT 7, y varchar(3) UNIQUE)");
    expect(
      await server.ask("SELECT name, definition, acl FROM rw_catalog.rw_tables WHERE name = 'a'"),
    ).to.deep.equal([
      "a|CREATE TABLE a (x integer DEFAULT 7 NOT NULL, y character varying(3), " +
        "CONSTRAINT a_y_key UNIQUE (y))|∅",
    ]);
    expect(
      await server.ask(`SELECT c.name, position, data_type, is_nullable FROM rw_catalog.rw_columns c
        JOIN rw_catalog.rw_tables t ON t.id = relation_id WHERE t.name = 'a' ORDER BY 2`),
    ).to.deep.equal(["x|1|integer|f", "y|2|character varying|t"]);
    expect(
      await server.ask("SELECT name, relation_type FROM rw_catalog.rw_relations WHERE id >= 16384"),
    ).to.deep.equal(["a|table", "a_y_key|index"]);
    expect(
      await server.ask("SELECT name FROM rw_catalog.rw_schemas WHERE id = 15000"),
    ).to.deep.equal(["rw_catalog"]);
  });

  it("is nobody's to make, and its log is not to be read past its view", async () => {
    expect(await server.ask("CREATE SCHEMA rw_catalog")).to.deep.equal([
      'ERROR 42939 unacceptable schema name "rw_catalog"',
    ]);
    expect(await server.ask("TABLE rw_catalog.rw_ddl_log")).to.deep.equal([
      'ERROR 42P01 relation "rw_catalog.rw_ddl_log" does not exist',
    ]);
    expect(
      await server.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'rw_catalog'"),
    ).to.deep.equal(["0"]);
  });

  it("is found without its name behind the schemas of search_path", async () => {
    const found = "SELECT count(*) > 5 FROM rw_tables";
    expect(await server.ask("SELECT count(*) FROM rw_views WHERE name = 'w'")).to.deep.equal(["0"]);
    await server.ask("CREATE VIEW w AS SELECT name FROM rw_schemas WHERE id = 15000");
    expect(await server.ask("TABLE w")).to.deep.equal(["rw_catalog"]);
    await server.ask("CREATE TABLE rw_tables (mine int)");
    expect(await server.ask("TABLE rw_tables")).to.deep.equal([]);
    expect(await server.ask(found)).to.deep.equal(["f"]);
    await server.ask("DROP TABLE rw_tables");
    expect(
      await server.ask("SELECT count(*) FROM rw_tables WHERE name = 'rw_tables'"),
    ).to.deep.equal(["0"]);
    for (const [name, wanted] of [
      ["rw_ddl_log", 'relation "rw_ddl_log" does not exist'],
      ["rw_fragments", 'relation "rw_fragments" does not exist'],
      ["public.rw_views", 'relation "public.rw_views" does not exist'],
    ] as const) {
      expect(await server.ask(`TABLE ${name}`)).to.deep.equal([`ERROR 42P01 ${wanted}`]);
    }
  });
});
