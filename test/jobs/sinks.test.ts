/** Sinks: what they hand over, to files, to nobody, and what is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { JobStage, type Row, until } from "./job-stage.ts";

describe("sinks", () => {
  let stage: JobStage;
  let directory: string;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-sinks-"));
    stage = await JobStage.open();
  });
  afterEach(async () => {
    await stage.close();
    rmSync(directory, { recursive: true });
  });

  /** Statements with "; " between them, each a transaction of its own. */
  const run = async (texts: string): Promise<void> => {
    for (const text of texts.split("; ")) await stage.ask(text);
  };
  const path = (name: string) => join(directory, name);
  const lines = (name: string): unknown[] =>
    readFileSync(path(name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  /** What is left when the lines are followed, as texts. */
  const left = (name: string): string[] => {
    const counts = new Map<string, number>();
    for (const line of lines(name) as { op: string; row: object }[]) {
      const key = JSON.stringify(line.row);
      counts.set(key, (counts.get(key) ?? 0) + (line.op === "insert" ? 1 : -1));
    }
    return [...counts].flatMap(([key, count]) => new Array<string>(count).fill(key)).sort();
  };
  const sinkOf = async (name: string): Promise<Row> => {
    const text = `select connector, rows, state, error from rw_catalog.rw_sinks where name = '${name}'`;
    return (await stage.ask(text))[0] ?? [];
  };

  it("hands over what there is, and then what changes, as lines of a file", async () => {
    await stage.ask("create table t (a int, b text, c bool, d jsonb, e numeric)");
    await stage.ask(
      `insert into t values (1, 'x"y', true, '{"k": [1]}', 1.50), (2, null, false, null, null)`,
    );
    await stage.ask(`create sink k from t with (connector = 'file', path = '${path("k")}')`);
    expect(lines("k")).to.deep.equal([
      { op: "insert", row: { a: 1, b: 'x"y', c: true, d: { k: [1] }, e: 1.5 } },
      { op: "insert", row: { a: 2, b: null, c: false, d: null, e: null } },
    ]);
    expect(await sinkOf("k")).to.deep.equal(["file", "2", "running", null]);
    await run("update t set b = 'z' where a = 2; delete from t where a = 1");
    await run("insert into t (a) values (3); flush");
    const changes = lines("k").slice(2) as { op: string; row: { a: number; b: string | null } }[];
    expect(changes.map(({ op, row }) => `${op} ${row.a} ${row.b}`)).to.have.members([
      ...['delete 1 x"y', "delete 2 null", "insert 2 z", "insert 3 null"],
    ]);
    await run("truncate t; insert into t (a) values (4); flush");
    expect(left("k").map((row) => JSON.parse(row).a)).to.deep.equal([4]);
    await stage.ask("flush");
    expect(await sinkOf("k")).to.deep.equal(["file", "9", "running", null]);
  });

  it("follows a query of joined tables, and a materialized view of groups", async () => {
    await run("create table a (id int, v int); create table b (id int, w text)");
    await run("insert into a values (1, 10), (2, 20); insert into b values (1, 'x'), (2, 'y')");
    await stage.ask(
      `create sink j as select a.id, v, w from a join b on a.id = b.id where v > 5
        with (connector = 'file', path = '${path("j")}')`,
    );
    await stage.ask(
      "create materialized view m as select w, sum(v) from a join b using (id) group by w",
    );
    await stage.ask(`create sink g from m with (connector = 'file', path = '${path("g")}')`);
    await run("update a set v = 1 where id = 1; insert into a values (2, 30); flush");
    await run("delete from b where id = 2; insert into b values (2, 'z'), (3, 'q'); flush; flush");
    expect(left("j")).to.deep.equal(['{"id":2,"v":20,"w":"z"}', '{"id":2,"v":30,"w":"z"}']);
    expect(left("g")).to.deep.equal(['{"w":"x","sum":1}', '{"w":"z","sum":50}']);
  });

  it("goes on where it was after a stop, and cuts off what was not written down", async () => {
    await stage.fill("t", 10);
    await stage.ask(`create sink k from t with (connector = 'file', path = '${path("k")}')`);
    writeFileSync(path("k"), '{"op":"insert","row":{"id":', { flag: "a" });
    await stage.restart();
    await run("insert into t values (11, 1); flush");
    expect(lines("k")).to.have.length(11);
  });

  it("hands over what was committed before a stop in the middle of its making", async () => {
    await stage.fill("t", 1000);
    await stage.ask("set background_ddl = on; set backfill_rate_limit = 0");
    await stage.ask(`create sink k from t with (connector = 'file', path = '${path("k")}')`);
    await stage.untilRests("k");
    await stage.ask("delete from t where id > 3");
    await stage.restart();
    await stage.ask("alter sink k set backfill_rate_limit = default");
    for (const text of ["wait", "flush"]) await stage.ask(text);
    expect(lines("k")).to.have.length(1997);
    expect(left("k").map((row) => JSON.parse(row).id)).to.deep.equal([1, 2, 3]);
  });

  it("tells why it does not get on, and tries again", async () => {
    await stage.fill("t", 2);
    await stage.ask(`create sink k from t with (connector = 'file', path = '${path("k")}')`);
    await stage.ask("create sink b from t with (connector = 'blackhole')");
    const written = readFileSync(path("k"));
    await stage.restart();
    rmSync(path("k"));
    await run("insert into t values (3, 3); flush");
    const why = `file "${path("k")}" was cut by somebody else (It has 0 bytes, of ${written.length} that were written.)`;
    expect(await sinkOf("k")).to.deep.equal(["file", "2", "failing", why]);
    expect(await sinkOf("b")).to.deep.equal(["blackhole", "3", "running", null]);
    const event =
      "select info ->> 'error' from rw_catalog.rw_event_logs where event_type = 'SINK_FAILED'";
    expect(await stage.ask(event)).to.deep.equal([[why]]);
    writeFileSync(path("k"), written);
    await stage.ask("flush");
    expect(await sinkOf("k")).to.deep.equal(["file", "3", "running", null]);
    expect(lines("k")).to.have.length(3);
  });

  it("is held to a rate while it is made, and afterwards", async () => {
    await stage.fill("t", 1000);
    await run("set background_ddl = on; set backfill_rate_limit = 0");
    await stage.ask("create sink k from t with (connector = 'blackhole')");
    const job = await stage.untilRests("k");
    expect(job.total).to.equal(1000);
    expect(await stage.wrong("create sink k from t with (connector = 'blackhole')")).to.equal(
      `42P07 relation "k" already exists DETAIL It is still being created by job ${job.id}.`,
    );
    await run("alter sink k set backfill_rate_limit = default; wait");
    expect((await stage.jobOf("k")).state).to.equal("created");
    await run("alter sink k set sink_rate_limit = 0; insert into t values (0, 0); flush");
    expect(await sinkOf("k")).to.deep.equal(["blackhole", "1000", "paused", null]);
    await stage.ask("alter sink k set sink_rate_limit to 1000");
    const started = performance.now();
    await run("insert into t select g, 1 from generate_series(1, 999) g; flush");
    expect(await sinkOf("k")).to.deep.equal(["blackhole", "2000", "running", null]);
    expect(performance.now() - started).to.be.at.least(450);
    await stage.ask("create sink l from t with (connector = 'blackhole')");
    await stage.untilRests("l");
    await run("alter sink l set sink_rate_limit to 100000; wait");
    expect(await sinkOf("l")).to.deep.equal(["blackhole", "2000", "running", null]);
  });

  it("goes with its job when that is cancelled, dropped or fails", async () => {
    await stage.fill("t", 1000);
    await run("set background_ddl = on; set backfill_rate_limit = 0");
    for (const [name, end] of [
      ["a", "drop sink a"],
      ["b", "cancel jobs $id"],
      ["c", "drop table t cascade"],
    ] as const) {
      await stage.ask(`create sink ${name} from t with (connector = 'blackhole')`);
      const { id } = await stage.untilRests(name);
      await stage.ask(end.replace("$id", String(id)));
      expect((await stage.jobOf(name)).state).to.equal("cancelled");
      await stage.expectGone(name);
    }
    await run("reset background_ddl; reset backfill_rate_limit; create table t (a int)");
    writeFileSync(path("full"), "x");
    const file = `create sink k from t with (connector = 'file', path = '${path("full")}')`;
    const detail = "A sink begins with a file that is not there, or empty.";
    expect(await stage.wrong(file)).to.equal(
      `58P02 file "${path("full")}" is not empty DETAIL ${detail}`,
    );
    expect(await stage.jobOf("k")).to.include({ state: "failed" });
    await stage.expectGone("k");
  });

  it("ends its job when the statement that waits for it is cancelled", async () => {
    await stage.fill("t", 1000);
    const other = await stage.session();
    await other.ask("set backfill_rate_limit = 0");
    const made = stage.wrong("create sink k from t with (connector = 'blackhole')", other);
    await stage.untilState("k", "creating");
    await stage.untilRests("k");
    other.cancel();
    expect(await made).to.equal("57014 canceling statement due to user request");
    const job = await stage.untilState("k", "cancelled");
    expect(job.by).to.equal("root");
    await stage.expectGone("k");
  });

  it("begins at COMMIT in a block", async () => {
    await stage.fill("t", 10);
    await stage.ask("begin; create sink k from t with (connector = 'blackhole')");
    await run("commit; wait");
    expect(await sinkOf("k")).to.deep.equal(["blackhole", "10", "running", null]);
    await stage.ask("begin; create sink l from t with (connector = 'blackhole'); rollback");
    await stage.expectGone("l");
  });

  it("is a relation with a name, an owner and a schema, and no rows", async () => {
    await stage.fill("t", 1);
    await run("create schema s; create role r");
    await stage.ask("create sink k from t with (connector = 'blackhole', sink_rate_limit = 7)");
    await run("comment on sink k is 'what'; alter sink k rename to l; alter sink l set schema s");
    await stage.ask("alter sink s.l owner to r");
    const facts = `select relkind, relnamespace::regnamespace, relowner::regrole,
      obj_description(oid, 'pg_class') from pg_class where relname = 'l'`;
    expect(await stage.ask(facts)).to.deep.equal([["s", "s", "r", "what"]]);
    expect(await stage.ask("show sinks from s")).to.deep.equal([["l"]]);
    expect(await stage.ask("show create sink s.l")).to.deep.equal([
      [
        "s.l",
        "CREATE SINK l AS  SELECT t.id,\n    t.v\n   FROM t WITH (connector = 'blackhole', sink_rate_limit = '7')",
      ],
    ]);
    expect(
      (await stage.ask("describe s.l")).map(([name, type]) => `${name} ${type}`),
    ).to.deep.equal([...["id integer", "v integer", "table description l"]]);
    expect(await stage.wrong("select * from s.l")).to.equal('42809 "l" is a sink');
    expect(await stage.wrong("insert into s.l values (1)")).to.equal('42809 "l" is a sink');
    expect(await stage.wrong("copy s.l to stdout")).to.equal('42809 "l" is a sink');
    expect(await stage.wrong("drop table s.l")).to.equal(
      '42809 "l" is not a table HINT Use DROP SINK to remove a sink.',
    );
    expect(await stage.wrong("drop source s.l")).to.equal(
      '42809 "l" is not a source HINT Use DROP SINK to remove a sink.',
    );
    expect(await stage.wrong("drop table t")).to.equal(
      "2BP01 cannot drop table t because other objects depend on it DETAIL sink s.l depends on table t HINT Use DROP ... CASCADE to drop the dependent objects too.",
    );
    await run("set role r; drop sink s.l, nothing").catch(() => {});
    await run("reset role; drop sink if exists s.l, nothing; drop role r");
    await stage.expectGone("l");
  });

  it("keeps passwords to itself", async () => {
    await stage.fill("t", 1);
    const where = "host = '127.0.0.1', port = 1, user = 'u', database = 'd'";
    const text = `create sink k from t with (connector = 'postgres', ${where}, table = 'x',
      type = 'append-only', force_append_only = true, password = 'hun''ter2' )`;
    const said = await stage.wrong(text);
    expect(said).to.match(/^08006 database "d" at 127.0.0.1:1: connect ECONNREFUSED/);
    for (const query of [
      "select string_agg(statement || coalesce(error, ''), '') from rw_catalog.rw_jobs",
      "select string_agg(statement, '') from rw_catalog.rw_ddl_history",
      "select string_agg(info::text, '') from rw_catalog.rw_event_logs",
    ]) {
      const shown = (await stage.value(query)) ?? "";
      expect(shown).to.include("'***'").and.not.include("ter2");
    }
  });

  it("says what is wrong with options and queries", async () => {
    await stage.fill("t", 1);
    await run("create role r; grant r to root; create schema authorization r");
    const cases: readonly (readonly [text: string, said: string])[] = [
      [
        "from t with (conector = 'file')",
        '22023 option "connector" of a sink is missing HINT Connectors of a sink are: blackhole, file, postgres.',
      ],
      [
        "from t with (connector = 'kafka')",
        '0A000 connector "kafka" of a sink is not supported HINT Connectors of a sink are: blackhole, file, postgres.',
      ],
      ["from t with (connector = 'file')", '22023 connector "file": option "path" is missing'],
      [
        "from t with (connector = 'file', pth = 'x')",
        '22023 unrecognized option "pth" of connector "file" HINT Perhaps you meant "path".',
      ],
      [
        "from t with (connector = 'file', path = 'a', path = 'b')",
        '42601 conflicting or redundant options: "path"',
      ],
      [
        "from t with (connector = 'file', path = 'a')",
        "55000 connector_directory is not set HINT A superuser sets it by ALTER SYSTEM.",
      ],
      [
        "from t with (connector = 'blackhole', sink_rate_limit = -1)",
        '22023 invalid value for option "sink_rate_limit": "-1" DETAIL For connector "blackhole", it must be from 0 to 4294967295.',
      ],
      [
        "from t with (connector = 'blackhole') format upsert encode json",
        '0A000 FORMAT UPSERT ENCODE JSON of connector "blackhole" is not supported',
      ],
      ["from nothing with (connector = 'blackhole')", '42P01 relation "nothing" does not exist'],
      [
        "as select v, count(*) from t group by v with (connector = 'blackhole')",
        "0A000 a sink over a query of groups is not supported HINT Create a materialized view of it, and the sink from that.",
      ],
      [
        "as select id from t limit 1 with (connector = 'blackhole')",
        "0A000 a sink over LIMIT is not supported HINT Create a materialized view of it, and the sink from that.",
      ],
      [
        "as select id, id from t with (connector = 'blackhole')",
        '42701 column "id" specified more than once',
      ],
      ["into t from t with (connector = 'blackhole')", "0A000 CREATE SINK INTO is not supported"],
    ];
    for (const [text, said] of cases) {
      expect(await stage.wrong(`create sink k ${text}`), text).to.equal(said);
    }
    const postgres = (options: string) =>
      `create sink k from t with (connector = 'postgres', host = 'h', user = 'u', database = 'd', table = 'x', ${options})`;
    expect(await stage.wrong(postgres("type = 'upsert'"))).to.equal(
      '22023 a sink of type "upsert" needs option "primary_key"',
    );
    expect(await stage.wrong(postgres("type = 'upsert', primary_key = 'id, w'"))).to.equal(
      '42703 column "w" of option "primary_key" does not exist',
    );
    expect(await stage.wrong(postgres("type = 'append-only'"))).to.equal(
      `22023 a sink of type "append-only" needs rows that never change HINT Add "force_append_only = 'true'" to have changes of rows ignored.`,
    );
    await run("create table r.u (id int); alter table r.u owner to r; set role r");
    expect(
      await stage.wrong(`create sink k from r.u with (connector = 'file', path = '${path("k")}')`),
    ).to.equal(
      "42501 must be superuser or have privileges of the pg_write_server_files role to write a file by its absolute path HINT A relative path is one in connector_directory.",
    );
    expect(
      await stage.wrong(
        postgres("type = 'append-only', force_append_only = 'true'")
          .replace("from t", "from r.u")
          .replace("sink k", "sink r.k"),
      ),
    ).to.equal(
      '2F003 password is required DETAIL Non-superusers must provide a password for a sink of connector "postgres".',
    );
    await run(`reset role; alter system set connector_directory = '${directory}'; set role r`);
    await stage.ask("create sink r.k from r.u with (connector = 'file', path = 'k')");
    expect(
      await stage.wrong("create sink r.l from r.u with (connector = 'file', path = '../l')"),
    ).to.equal('22023 path "../l" leads out of connector_directory');
    await run("reset role; insert into r.u values (1); flush");
    await until("the row is there", async () => lines("k").length === 1);
    await stage.ask("alter system reset connector_directory");
  });
});
