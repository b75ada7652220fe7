/** Connections: objects that sinks name for what is at their other end. */
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import pg from "pg";
import { launch } from "../support/server.ts";
import { JobStage } from "./job-stage.ts";

const OPTIONS = "type = 'postgres', host = '127.0.0.1', user = 'u', database = 'd'";
const SINK = "connector = 'postgres', table = 'x', type = 'upsert', primary_key = 'id'";

describe("connections", () => {
  let stage: JobStage;

  beforeEach(async () => {
    stage = await JobStage.open();
  });
  afterEach(() => stage.close());

  /** Statements with "; " between them, each a transaction of its own. */
  const run = async (texts: string): Promise<void> => {
    for (const text of texts.split("; ")) await stage.ask(text);
  };
  const expectWrong = async (cases: readonly (readonly [text: string, said: string])[]) => {
    for (const [text, said] of cases) expect(await stage.wrong(text), text).to.equal(said);
  };

  it("says where a sink hands its rows over, behind a stop, too", async () => {
    const target = await launch();
    const { host, port } = target;
    const there = new pg.Client({ host, port, user: "root", database: "dev" });
    await there.connect();
    await there.query("create table x (id int primary key, v int)");
    const rows = async () => {
      await stage.ask("flush");
      const text = { text: "select id, v from x order by id", rowMode: "array" } as const;
      return (await there.query(text)).rows;
    };
    try {
      await stage.fill("t", 2);
      await stage.ask(
        `create connection c with (type = 'postgres', host = '${host}', port = ${port},
          user = 'root', password = 'secret', database = 'dev')`,
      );
      await stage.ask(`create sink k from t with (${SINK}, connection = c)`);
      expect(await rows()).to.deep.equal([
        [1, 1],
        [2, 2],
      ]);
      await run("create schema s; alter connection c rename to d; alter connection d set schema s");
      await stage.restart();
      await run("update t set v = 5 where id = 1; delete from t where id = 2");
      expect(await rows()).to.deep.equal([[1, 5]]);
      const sink = `select connection_id = (select id from rw_catalog.rw_connections), state, error,
        definition from rw_catalog.rw_sinks`;
      const [told] = await stage.ask(sink);
      expect(told?.slice(0, 3)).to.deep.equal(["t", "running", null]);
      expect(told?.[3]).to.match(/WITH \(connector = 'postgres', connection = s\.d, table = 'x', /);
      expect(await stage.faults()).to.deep.equal([]);
      await stage.ask("drop connection s.d cascade");
      await stage.expectGone("k");
    } finally {
      await there.end();
    }
  });

  it("is an object of a schema, with an owner", async () => {
    await run(`create connection c with (${OPTIONS}, password = 'x'); create schema s`);
    await run("create role r; create role o; grant r to root; grant create on schema s to r");
    await expectWrong([
      [`create connection c with (${OPTIONS})`, '42710 connection "c" already exists'],
      ["drop connection c, nothing", '42704 connection "nothing" does not exist'],
      [
        `create connection pg_catalog.c with (${OPTIONS})`,
        '42501 permission denied to create "pg_catalog.c" DETAIL System catalog modifications are currently disallowed.',
      ],
      [`create connection n.c with (${OPTIONS})`, '3F000 schema "n" does not exist'],
    ]);
    await run(`create connection if not exists c with (${OPTIONS}); drop connection if exists n.c`);
    await run(`create connection s.c with (${OPTIONS}); comment on connection s.c is 'there'`);
    await expectWrong([
      ["alter connection c set schema s", '42710 connection "c" already exists in schema "s"'],
      [
        "drop schema s",
        "2BP01 cannot drop schema s because other objects depend on it DETAIL connection s.c depends on schema s HINT Use DROP ... CASCADE to drop the dependent objects too.",
      ],
    ]);
    expect(await stage.ask("select description from pg_description where classoid = 15109")).to.eql(
      [["there"]],
    );
    await stage.ask("set role r");
    await expectWrong([
      [`create connection public.d with (${OPTIONS})`, "42501 permission denied for schema public"],
      ["drop connection c", "42501 must be owner of connection c"],
      ["alter connection c rename to d", "42501 must be owner of connection c"],
      ["alter connection c owner to r", "42501 must be owner of connection c"],
      ["comment on connection c is null", "42501 must be owner of connection c"],
    ]);
    await run("reset role; alter connection c owner to o");
    expect(await stage.wrong("drop role o")).to.equal(
      '2BP01 role "o" cannot be dropped because some objects depend on it DETAIL owner of connection c',
    );
    await run("reassign owned by o to r; drop role o; drop schema s cascade; drop owned by r");
    await run("drop role r");
    expect(await stage.ask("show connections")).to.deep.equal([]);
    const told = `select statement, objects from rw_catalog.rw_ddl_history
      where objects::text ~ 'connection' order by epoch limit 1`;
    expect(await stage.ask(told)).to.deep.equal([
      [
        `create connection c with (${OPTIONS}, password = '***')`,
        '{"created connection public.c"}',
      ],
    ]);
  });

  it("shows its options, but no password", async () => {
    await stage.ask(`create connection c with (${OPTIONS}, password = 'x"', port = 7)`);
    await stage.ask(`create connection d with (${OPTIONS})`);
    const others = `"host":"127.0.0.1","user":"u","database":"d"`;
    expect(await stage.ask("show connections from public")).to.deep.equal([
      ["c", "postgres", `{${others},"password":"***","port":"7"}`],
      ["d", "postgres", `{${others}}`],
    ]);
    expect(await stage.ask("show connections like 'd%'")).to.have.length(1);
    const listed = `select name, schema_id::regnamespace, owner::regrole, type_, connection_params
      from rw_catalog.rw_connections where name = 'd'`;
    expect(await stage.ask(listed)).to.deep.equal([
      ["d", "public", "root", "postgres", `{${others}}`],
    ]);
    expect(await stage.wrong("select * from rw_catalog.rw_connection")).to.match(/^42P01/);
  });

  it("says what is wrong with it, and with who names it", async () => {
    await stage.fill("t", 1);
    await run(`create connection c with (${OPTIONS}); create role r; grant r to root`);
    const sink = (options: string) => `create sink k from t with (${options})`;
    await expectWrong([
      [
        "create connection d with (type = 'kafka')",
        '0A000 type "kafka" of a connection is not supported HINT Types of a connection are: postgres.',
      ],
      [
        "create connection d with (host = 'x')",
        '22023 option "type" of a connection is missing HINT Types of a connection are: postgres.',
      ],
      [
        "create connection d with (type = 'postgres', host = 'h')",
        '22023 type "postgres": option "user" is missing',
      ],
      [
        `create connection d with (${OPTIONS}, prot = 5)`,
        '22023 unrecognized option "prot" of type "postgres" HINT Perhaps you meant "port".',
      ],
      [
        `create connection d with (${OPTIONS}, port = 0)`,
        '22023 invalid value for option "port": "0" DETAIL For type "postgres", it must be from 1 to 65535.',
      ],
      [
        `create connection d with (${OPTIONS}, host = 'x')`,
        '42601 conflicting or redundant options: "host"',
      ],
      [
        `create connection d with (${OPTIONS}, connection = c)`,
        '22023 unrecognized option "connection" of type "postgres"',
      ],
      [sink(`${SINK}, connection = n`), '42704 connection "n" does not exist'],
      [sink(`${SINK}, connection = n.c`), '3F000 schema "n" does not exist'],
      [
        sink(`${SINK}, host = 'x', connection = c`),
        '22023 option "host" is given by connection "c", too',
      ],
      [
        sink(`${SINK}, connection = c, connection = c`),
        '42601 conflicting or redundant options: "connection"',
      ],
      [
        sink("connector = 'blackhole', connection = c"),
        '22023 unrecognized option "connection" of connector "blackhole"',
      ],
      [
        "create source s (a int) with (connector = 'file', connection = c)",
        '22023 unrecognized option "connection" of connector "file"',
      ],
    ]);
    await run("alter connection c owner to r; create schema authorization r; set role r");
    await run(`create table r.t (id int); create connection r.c with (${OPTIONS}, password = 'x')`);
    const own = (options: string) => `create sink r.k from r.t with (${options})`;
    await expectWrong([
      [
        own(`${SINK}, connection = public.c`),
        '2F003 password is required DETAIL Non-superusers must provide a password for a sink of connector "postgres".',
      ],
    ]);
    await run("reset role; alter connection c owner to root; set role r");
    await expectWrong([
      [own(`${SINK}, connection = public.c`), "42501 must be owner of connection public.c"],
    ]);
    await run("reset role; drop schema r cascade; drop role r");
  });
});
