/** Drivers that people use, against the real server. */
import { expect } from "chai";
import pg from "pg";
import postgres from "postgres";
import { type Address, launch } from "../support/server.ts";
import { say, WireClient } from "../support/wire-client.ts";

const open: { end(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.end().catch(() => {})));
});

async function nodePostgres({ host, port }: Address): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user: "root", database: "dev" });
  client.on("error", () => {});
  await client.connect();
  open.push(client);
  return client;
}

function postgresJs({ host, port }: Address, max = 1): postgres.Sql {
  const sql = postgres({ host, port, user: "root", database: "dev", max, onnotice: () => {} });
  open.push({ end: () => sql.end({ timeout: 1 }) });
  return sql;
}

const errorOf = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => undefined,
    (error: unknown) => error,
  );

async function untilWaiting(client: pg.Client, pid: number): Promise<void> {
  const text = "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $1";
  for (;;) {
    const { rows } = await client.query(text, [pid]);
    if (rows[0].wait_event_type === "Lock") return;
  }
}

describe("node-postgres on the real server", () => {
  it("makes tables and reads of them with parameters what \\d reads", async () => {
    const client = await nodePostgres(await launch());
    const made = await client.query(
      "CREATE TABLE t (id bigserial PRIMARY KEY, v varchar(40) NOT NULL DEFAULT 'x', w int UNIQUE)",
    );
    expect(made.command).to.equal("CREATE");
    const columns = await client.query(
      `SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
              pg_get_expr(d.adbin, d.adrelid) AS expression
         FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = $1::regclass AND a.attnum > $2 AND NOT a.attisdropped
        ORDER BY a.attnum`,
      ["t", 0],
    );
    expect(columns.rows).to.deep.equal([
      {
        attname: "id",
        type: "bigint",
        attnotnull: true,
        expression: "nextval('t_id_seq'::regclass)",
      },
      {
        attname: "v",
        type: "character varying(40)",
        attnotnull: true,
        expression: "'x'::character varying",
      },
      { attname: "w", type: "integer", attnotnull: false, expression: null },
    ]);
    const keys = await client.query(
      "SELECT conname, contype, conkey FROM pg_constraint WHERE conrelid = $1::regclass ORDER BY 1",
      ["t"],
    );
    expect(keys.rows).to.deep.equal([
      { conname: "t_pkey", contype: "p", conkey: [1] },
      { conname: "t_w_key", contype: "u", conkey: [3] },
    ]);
    const named = await client.query(
      `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
        WHERE table_schema = $1 AND table_name = ANY($2) ORDER BY ordinal_position`,
      ["public", ["t", "nosuch"]],
    );
    expect(named.rows.map((row) => Object.values(row).join(" "))).to.deep.equal([
      "t id bigint NO",
      "t v character varying NO",
      "t w integer YES",
    ]);
    expect((await client.query("SELECT * FROM t")).fields.map(({ name }) => name)).to.deep.equal([
      "id",
      "v",
      "w",
    ]);
  });

  it("gets errors with all their fields", async () => {
    const client = await nodePostgres(await launch());
    await client.query("CREATE TABLE t (id int)");
    const duplicate = await errorOf(client.query("CREATE TABLE t (id int)"));
    expect(duplicate).to.include({
      severity: "ERROR",
      code: "42P07",
      message: 'relation "t" already exists',
    });
    const column = await errorOf(client.query("SELECT idd FROM t"));
    expect(column).to.include({
      code: "42703",
      position: "8",
      hint: 'Perhaps you meant to reference the column "t.id".',
    });
    await client.query("CREATE SCHEMA app; CREATE TABLE app.u (id int)");
    const needed = await errorOf(client.query("DROP SCHEMA app"));
    expect(needed).to.include({
      code: "2BP01",
      message: "cannot drop schema app because other objects depend on it",
      detail: "table app.u depends on schema app",
      hint: "Use DROP ... CASCADE to drop the dependent objects too.",
    });
    expect(await errorOf(client.query("SELEC 1"))).to.include({ code: "42601", position: "1" });
    expect(await errorOf(client.query("SELECT $1::int", ["x"]))).to.include({ code: "22P02" });
    expect((await client.query("SELECT 1 AS one")).rows).to.deep.equal([{ one: 1 }]);
  });

  it("runs transactions, and notices reach it", async () => {
    const server = await launch();
    const [client, other] = [await nodePostgres(server), await nodePostgres(server)];
    const notices: string[] = [];
    client.on("notice", ({ message }) => notices.push(String(message)));
    await client.query("BEGIN");
    await client.query("CREATE TABLE t (id int)");
    const count = "SELECT count(*)::int AS n FROM pg_class WHERE relname = 't'";
    expect((await client.query(count)).rows).to.deep.equal([{ n: 1 }]);
    expect((await other.query(count)).rows).to.deep.equal([{ n: 0 }]);
    await client.query("COMMIT");
    expect((await other.query(count)).rows).to.deep.equal([{ n: 1 }]);
    await client.query("BEGIN");
    await client.query("DROP TABLE IF EXISTS t, nosuch");
    await client.query("ROLLBACK");
    expect(notices).to.deep.equal(['table "nosuch" does not exist, skipping']);
    expect((await other.query(count)).rows).to.deep.equal([{ n: 1 }]);
  });

  it("prepares statements, which notice that their result changed", async () => {
    const server = await launch();
    const [client, other] = [await nodePostgres(server), await nodePostgres(server)];
    await client.query("CREATE TABLE t (id int)");
    const query = { name: "all", text: "SELECT * FROM t" };
    expect((await client.query(query)).fields).to.have.length(1);
    expect((await client.query(query)).fields).to.have.length(1);
    await other.query("ALTER TABLE t ADD COLUMN v text");
    expect(await errorOf(client.query(query))).to.include({
      code: "0A000",
      message: "cached plan must not change result type",
      routine: "RevalidateCachedQuery",
    });
    expect((await client.query("SELECT * FROM t")).fields).to.have.length(2);
    const byName = { name: "by name", text: "SELECT relkind FROM pg_class WHERE relname = $1" };
    expect((await client.query(byName, ["t"])).rows).to.deep.equal([{ relkind: "r" }]);
    expect((await client.query(byName, ["nosuch"])).rows).to.deep.equal([]);
  });

  it("fills a table by a query with parameters", async () => {
    const client = await nodePostgres(await launch());
    const made = await client.query("create table given as select $1::int as a, $2 as b", [1, "x"]);
    expect([made.command, made.rowCount]).to.deep.equal(["SELECT", 1]);
    const { rows } = await client.query("select a, b, pg_typeof(b)::text as type from given");
    expect(rows).to.deep.equal([{ a: 1, b: "x", type: "text" }]);
    const { command } = await client.query("select $1::date as d into later", ["2020-01-01"]);
    expect(command).to.equal("SELECT");
    const view = client.query("create materialized view never as select $1::int", [1]);
    expect(await errorOf(view)).to.include({
      code: "0A000",
      message: "materialized views may not be defined using bound parameters",
    });
  });

  it("cancels what runs and what waits", async () => {
    const server = await launch();
    const [client, holder] = [await nodePostgres(server), await nodePostgres(server)];
    const other = await nodePostgres(server);
    const pid = (await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;
    const sleeping = errorOf(client.query("SELECT pg_sleep(60)"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await other.query("SELECT pg_cancel_backend($1)", [pid]);
    const cancelled = { code: "57014", message: "canceling statement due to user request" };
    expect(await sleeping).to.include(cancelled);
    await holder.query("BEGIN; CREATE SCHEMA s");
    const waiting = errorOf(client.query("CREATE SCHEMA s"));
    await untilWaiting(other, pid);
    await other.query("SELECT pg_cancel_backend($1)", [pid]);
    expect(await waiting).to.include(cancelled);
    expect((await client.query("SELECT 1 AS one")).rows).to.deep.equal([{ one: 1 }]);
  });

  it("sees in pg_locks who waits for whom", async () => {
    const server = await launch();
    const [holder, waiter] = [await nodePostgres(server), await nodePostgres(server)];
    const other = await nodePostgres(server);
    const pid = async (client: pg.Client) =>
      (await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;
    const [first, second] = [await pid(holder), await pid(waiter)];
    await holder.query("CREATE TABLE t (id int)");
    await holder.query("BEGIN; ALTER TABLE t ADD COLUMN v int");
    const waiting = waiter.query("DROP TABLE t");
    await untilWaiting(other, second);
    const { rows } = await other.query(
      `SELECT pid, locktype, mode, granted FROM pg_locks
        WHERE relation = 't'::regclass ORDER BY granted DESC`,
    );
    const lock = { locktype: "relation", mode: "AccessExclusiveLock" };
    expect(rows).to.deep.equal([
      { pid: first, ...lock, granted: true },
      { pid: second, ...lock, granted: false },
    ]);
    await holder.query("COMMIT");
    await waiting;
  });

  it("hears what others notify", async () => {
    const address = await launch();
    const [listener, other] = [await nodePostgres(address), await nodePostgres(address)];
    const heard = new Promise((resolve) => listener.once("notification", resolve));
    await listener.query("LISTEN channel");
    await other.query("NOTIFY channel, 'payload'");
    expect(await heard).to.include({ channel: "channel", payload: "payload" });
  });

  it("is told what there is not", async () => {
    const client = await nodePostgres(await launch());
    for (const text of ["LOAD 'x'", "COPY (SELECT 1) TO PROGRAM 'cat'"]) {
      const error = await errorOf(client.query(text));
      expect(error, text).to.include({ code: "0A000" });
      expect(String(error), text).to.match(/is not supported/);
    }
  });

  it("comes into no database that there is not, and as no role", async () => {
    const { host, port } = await launch();
    const connect = (user: string, database: string) => {
      const client = new pg.Client({ host, port, user, database });
      client.on("error", () => {});
      return errorOf(client.connect());
    };
    expect(await connect("root", "nosuch")).to.include({
      severity: "FATAL",
      code: "3D000",
      message: 'database "nosuch" does not exist',
    });
    expect(await connect("nobody", "dev")).to.include({ severity: "FATAL", code: "28000" });
  });
});

describe("postgres.js on the real server", () => {
  it("pipelines statements, and each is answered in its turn", async () => {
    const sql = postgresJs(await launch());
    const made = Array.from({ length: 50 }, (_, at) => sql.unsafe(`CREATE TABLE t${at} (id int)`));
    const read = Array.from(
      { length: 50 },
      (_, at) => sql`SELECT relname FROM pg_class WHERE relname = ${`t${at}`}`,
    );
    await Promise.all(made);
    const rows = await Promise.all(read);
    expect(rows.map(([row]) => row?.["relname"])).to.deep.equal(
      Array.from({ length: 50 }, (_, at) => `t${at}`),
    );
  });

  it("runs a transaction with savepoints in one pipeline", async () => {
    const sql = postgresJs(await launch());
    await sql.begin(async (block) => {
      await block`CREATE TABLE one (id int)`;
      await block
        .savepoint(async (inner) => {
          await inner`CREATE TABLE two (id int)`;
          await inner`CREATE TABLE one (id int)`;
        })
        .catch((error: { code: string }) => expect(error.code).to.equal("42P07"));
      await block`CREATE TABLE three (id int)`;
    });
    const names = await sql`
      SELECT relname FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY relname`;
    expect(names.map(({ relname }) => relname)).to.deep.equal(["one", "three"]);
  });

  it("gives arrays, numbers and nulls as JavaScript has them", async () => {
    const sql = postgresJs(await launch());
    const [row] = await sql`
      SELECT ${[1, 2]}::int[] AS list, ${null}::text AS nothing, ${7}::int AS number,
             ${"é"}::text AS text, ${true}::bool AS yes`;
    expect(row).to.deep.equal({ list: [1, 2], nothing: null, number: 7, text: "é", yes: true });
  });

  it("serves several connections at once", async () => {
    const sql = postgresJs(await launch(), 8);
    const made = Array.from({ length: 80 }, (_, at) => sql.unsafe(`CREATE SCHEMA s${at}`));
    await Promise.all(made);
    const [row] =
      await sql`SELECT count(*)::int AS n FROM pg_namespace WHERE nspname ~ '^s[0-9]+$'`;
    expect(row?.["n"]).to.equal(80);
  });
});

describe("a client that asks for binary results", () => {
  it("gets each type in PostgreSQL's bytes", async () => {
    const { port } = await launch();
    const client = new WireClient(port);
    open.push({ end: async () => client.close() });
    await client.start({ user: "root", database: "dev" });
    const columns = {
      "1::int2": "0001",
      "-2::int4": "fffffffe",
      "3::int8": "0000000000000003",
      true: "01",
      "1.5::float8": "3ff8000000000000",
      "'text'": "74657874",
      "'pg_class'::regclass::oid": "000004eb",
      relname: "70675f636c617373",
      relkind: "72",
      "'{1,2}'::int4[]":
        "0000000100000000000000170000000200000001000000040000000100000004" + "00000002",
    };
    const text = `SELECT ${Object.keys(columns).join(", ")} FROM pg_class WHERE relname = $1`;
    client.send(say.Parse("", text), say.Bind("", "", ["pg_class"], [], [1]));
    client.send(say.Execute(""), say.Sync());
    const lines = await client.until("ReadyForQuery");
    const row = lines.find((line) => line.startsWith("DataRow")) ?? lines.join("\n");
    const values = row.split(" ").slice(1).map(hexOf);
    expect(values).to.deep.equal(Object.values(columns));
  });
});

/**
 * The bytes of a value as the wire client tells them: quoted when they are printable, else in hex.
 */
const hexOf = (told: string): string =>
  told.startsWith("0x") ? told.slice(2) : Buffer.from(JSON.parse(told) as string).toString("hex");
