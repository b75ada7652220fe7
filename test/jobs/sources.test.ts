/** Sources: rows that are made up, events of Nexmark, lines of files; and what is refused. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { JobStage, until } from "./job-stage.ts";

describe("sources", () => {
  let stage: JobStage;
  let directory: string;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-sources-"));
    stage = await JobStage.open();
  });
  afterEach(async () => {
    await stage.close();
    rmSync(directory, { recursive: true });
  });

  const path = (name: string) => join(directory, name);
  /** Statements with "; " between them, each a transaction of its own. */
  const run = async (texts: string): Promise<void> => {
    for (const text of texts.split("; ")) await stage.ask(text);
  };
  const count = async (relation: string) =>
    Number(await stage.value(`select count(*) from ${relation}`));
  const untilCount = (relation: string, least: number) =>
    until(`${relation} has ${least} rows`, async () => (await count(relation)) >= least);

  it("makes up rows, each as its number says", async () => {
    const columns = `(a int, b varchar, c float8, d bool, e timestamp, f int)
      with (connector = 'datagen', datagen.rows.per.second = 1000,
      fields.a.kind = 'sequence', fields.a.start = 5, fields.a.end = 54, fields.b.length = 3,
      fields.c.min = 1, fields.c.max = 2, fields.c.seed = 7, fields.f.min = 3, fields.f.max = 4)`;
    await stage.ask(`create source s ${columns}`);
    await stage.ask(`create source t ${columns}`);
    for (const name of ["s", "t"]) await untilCount(name, 50);
    const facts = `select count(distinct a), min(a), max(a), min(length(b)), max(length(b)),
      count(distinct b) > 40, min(c) >= 1 and max(c) < 2, count(distinct c), count(distinct d),
      max(e) < now(), min(f), max(f) from s`;
    expect(await stage.ask(facts)).to.deep.equal([
      ["50", "5", "54", "3", "3", "t", "t", "50", "2", "t", "3", "4"],
    ]);
    const others =
      "select count(*) from (select a, b, c, d, f from s except select a, b, c, d, f from t) x";
    expect(await stage.value(others)).to.equal("0");
  });

  it("keeps to its rate, pauses, and does not make up for it", async () => {
    const rate = 400;
    await stage.ask(
      `create source s (a int) with (connector = 'datagen', datagen.rows.per.second = ${rate})`,
    );
    await untilCount("s", 1);
    const [started, before] = [performance.now(), await count("s")];
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await stage.ask("flush");
    const seconds = (performance.now() - started) / 1000;
    expect((await count("s")) - before).to.be.closeTo(rate * seconds, rate * seconds * 0.1);
    await run("alter source s set source_rate_limit = 0; flush");
    const paused = await count("s");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await stage.ask("flush");
    expect(await count("s")).to.equal(paused);
    const state = "select state, rate_limit from rw_catalog.rw_sources";
    expect(await stage.ask(state)).to.deep.equal([["paused", "0"]]);
    await run("alter source s set backfill_rate_limit = default; flush");
    await untilCount("s", paused + 1);
    expect((await count("s")) - paused).to.be.lessThan(rate / 2);
  });

  it("goes on with the next row after a stop", async () => {
    await stage.ask(
      `create source s (a int) with (connector = 'datagen', datagen.rows.per.second = 2000,
        fields.a.kind = 'sequence', fields.a.start = 0, fields.a.end = 1499)`,
    );
    await untilCount("s", 1);
    await stage.restart();
    await stage.restart();
    await untilCount("s", 1500);
    await stage.ask("flush");
    const facts = "select count(*), count(distinct a), max(a) from s";
    expect(await stage.ask(facts)).to.deep.equal([["1500", "1500", "1499"]]);
  });

  it("has the events of an auction house", async () => {
    const events =
      "connector = 'nexmark', nexmark.event.num = 500, nexmark.min.event.gap.in.ns = 100000";
    await stage.ask(
      `create source bid (auction bigint, bidder bigint, price bigint, channel varchar,
        date_time timestamp) with (${events}, nexmark.table.type = 'Bid')`,
    );
    await stage.ask(
      `create source auction (id bigint, seller bigint, expires timestamp, date_time timestamp)
        with (${events}, nexmark.table.type = 'Auction')`,
    );
    await stage.ask(
      `create source person (id bigint, name varchar, city varchar, state varchar)
        with (${events}, nexmark.table.type = 'Person')`,
    );
    await stage.ask(
      `create source nexmark (event_type bigint, person jsonb, auction jsonb, bid jsonb)
        with (${events})`,
    );
    for (const [name, least] of [
      ["bid", 460],
      ["auction", 30],
      ["person", 10],
      ["nexmark", 500],
    ] as const) {
      await untilCount(name, least);
      expect(await count(name), name).to.equal(least);
    }
    const facts = `select (select count(*) from auction where seller not in (select id from person)),
      (select count(*) from bid where auction not in (select id from auction)),
      (select count(distinct id) from auction), (select bool_and(expires > date_time) from auction),
      (select bool_and(name like '% %' and length(state) = 2) from person),
      (select max(date_time) - min(date_time) < '1 s' from bid)`;
    expect(await stage.ask(facts)).to.deep.equal([["0", "0", "30", "t", "t", "t"]]);
    const types =
      "select event_type, count(*), count(bid), count(person) from nexmark group by 1 order by 1";
    expect(await stage.ask(types)).to.deep.equal([
      ["0", "10", "0", "10"],
      ["1", "30", "0", "0"],
      ["2", "460", "460", "0"],
    ]);
    const same = `select count(*) from (select (bid ->> 'price')::bigint p from nexmark
      where bid is not null except all select price from bid) x`;
    expect(await stage.value(same)).to.equal("0");
  });

  it("follows lines of a file, views and sinks follow it", async () => {
    writeFileSync(
      path("f"),
      '{"a": 1, "b": "x\\u00e9", "c": 12345678901234567890}\n{"a": 2}\n{"a"',
    );
    await stage.ask(
      `create source s (a int, b text, c numeric, d jsonb) with (connector = 'file', path = '${path("f")}')
        format plain encode json`,
    );
    expect(await stage.ask("select a, b, c, d from s order by a")).to.deep.equal([
      ["1", "xé", "12345678901234567890", null],
      ["2", null, null, null],
    ]);
    await stage.ask("create view v as select a + 1 as n from s");
    await stage.ask("create materialized view m as select count(*) as n, sum(a) as a from s");
    await stage.ask(`create sink k from s with (connector = 'blackhole')`);
    appendFileSync(
      path("f"),
      ': 3, "d": {"x": [1, "}"]}, "unknown": true}\n\n{"a": 4, "b": null}\n',
    );
    await run("flush; flush");
    expect(await stage.ask("select a, d from s where a > 2 order by a")).to.deep.equal([
      ["3", '{"x": [1, "}"]}'],
      ["4", null],
    ]);
    expect(await stage.ask("select n, a from m")).to.deep.equal([["4", "10"]]);
    expect(await stage.value("select max(n) from v")).to.equal("5");
    expect(await stage.value("select rows from rw_catalog.rw_sinks")).to.equal("4");
  });

  it("reads the files of a directory in their order, and each line once", async () => {
    mkdirSync(path("d"));
    for (const name of ["2", "1"]) writeFileSync(path(`d/${name}`), `{"a": ${name}}\n`);
    await stage.ask(`alter system set connector_directory = '${directory}'`);
    await stage.ask("create source s (a int) with (connector = 'file', path = 'd')");
    writeFileSync(path("d/3"), '{"a": 3}\n');
    appendFileSync(path("d/1"), '{"a": 10}\n');
    await stage.restart();
    await stage.ask("flush");
    expect(await stage.ask("select a from s order by 1")).to.deep.equal([
      ["1"],
      ["2"],
      ["3"],
      ["10"],
    ]);
    await stage.ask("alter system reset connector_directory");
  });

  it("stops at a line that is wrong, or passes over it", async () => {
    const lines = ['{"a": 1}', '{"a": "x"}', "[1]", '{"a": 2', '{"a": 3}'];
    writeFileSync(path("f"), `${lines.join("\n")}\n`);
    const source = (name: string, more = "") =>
      `create source ${name} (a int) with (connector = 'file', path = '${path("f")}'${more})`;
    await run(`${source("s")}; ${source("i", ", on_error = 'ignore'")}; flush`);
    expect(await stage.ask("select a from s")).to.deep.equal([["1"]]);
    expect(await stage.ask("select a from i order by 1")).to.deep.equal([["1"], ["3"]]);
    const wrong = (line: number) => `line ${line} of file "${path("f")}"`;
    const why = 'column "a": invalid input syntax for type integer: "x"';
    expect(
      await stage.ask("select name, state, error from rw_catalog.rw_sources order by 1"),
    ).to.deep.equal([
      ["i", "running", null],
      ["s", "failing", `${wrong(2)}: ${why}`],
    ]);
    // Which of the two sources comes to its lines first is nobody's promise.
    const events = await stage.ask(
      `select event_type, info ->> 'error' from rw_catalog.rw_event_logs
        order by event_type desc, unique_id::int`,
    );
    expect(events).to.deep.equal([
      ["SOURCE_ROW_IGNORED", `${wrong(2)}: ${why}`],
      ["SOURCE_ROW_IGNORED", `${wrong(3)}: it is not a JSON object`],
      ["SOURCE_ROW_IGNORED", events[2]?.[1]],
      ["SOURCE_FAILED", `${wrong(2)}: ${why}`],
    ]);
    expect(events[2]?.[1]).to.include(`${wrong(4)}: invalid JSON: `);
  });

  it("is changed by nobody else", async () => {
    await stage.ask("create source s (a int) with (connector = 'datagen', source_rate_limit = 0)");
    const cases: readonly (readonly [text: string, said: string])[] = [
      ["insert into s values (1)", '42809 cannot change source "s"'],
      ["update s set a = 1", '42809 cannot change source "s"'],
      ["delete from s", '42809 cannot change source "s"'],
      ["copy s from stdin", '42809 cannot copy to source "s"'],
      ["truncate s", '42809 "s" is not a table'],
      ["select * from s for update", '42809 cannot lock rows in source "s"'],
      [
        "create index on s (a)",
        '42809 cannot create index on relation "s" DETAIL This operation is not supported for sources.',
      ],
      ["alter table s add column b int", '42809 "s" is not a table'],
      ["alter source s add column b int", "0A000 ALTER SOURCE ADD COLUMN is not supported"],
      [
        "alter source s set sink_rate_limit = 1",
        "0A000 ALTER SOURCE SET SINK_RATE_LIMIT is not supported",
      ],
      ["drop table s", '42809 "s" is not a table HINT Use DROP SOURCE to remove a source.'],
      ["create table x (a int references s)", '42809 referenced relation "s" is not a table'],
      ["create source s (a int) with (connector = 'datagen')", '42P07 relation "s" already exists'],
    ];
    for (const [text, said] of cases) expect(await stage.wrong(text), text).to.equal(said);
    await stage.ask("create source if not exists s (b int) with (connector = 'datagen')");
    expect(await stage.ask("show sources")).to.deep.equal([["s"]]);
    expect(await stage.ask("show create source s")).to.deep.equal([
      [
        "public.s",
        "CREATE SOURCE s (a integer) WITH (connector = 'datagen', source_rate_limit = '0')",
      ],
    ]);
    expect(
      await stage.ask("select relkind, relispopulated from pg_class where relname = 's'"),
    ).to.deep.equal([["x", "t"]]);
    await run("create view v as select * from s; create role r; alter source s owner to r");
    const hint = "HINT Use DROP ... CASCADE to drop the dependent objects too.";
    expect(await stage.wrong("drop source s")).to.equal(
      `2BP01 cannot drop source s because other objects depend on it DETAIL view v depends on source s ${hint}`,
    );
    expect(await stage.wrong("vacuum s")).to.equal(undefined);
    await run("create role q; set role q");
    expect(await stage.wrong("select * from s")).to.equal("42501 permission denied for source s");
    expect(await stage.wrong("drop source s")).to.equal("42501 must be owner of source s");
    await run("reset role; drop source s cascade; drop role r");
    await stage.expectGone("s");
  });

  it("cannot be read before its job is done, and goes with it", async () => {
    await run("set background_ddl = on; create table t (a int)");
    writeFileSync(path("f"), '{"a": "x"}\n');
    await stage.ask(`create source s (a int) with (connector = 'file', path = '${path("f")}')`);
    const job = await stage.untilState("s", "failed");
    expect(job.error).to.equal(
      `line 1 of file "${path("f")}": column "a": invalid input syntax for type integer: "x"`,
    );
    await stage.expectGone("s");
    await stage.ask("reset background_ddl");
    const missing = `create source s (a int) with (connector = 'file', path = '${path("none")}')`;
    expect(await stage.wrong(missing)).to.equal(
      `58P01 could not open file "${path("none")}": No such file or directory`,
    );
    await stage.expectGone("s");
  });

  it("says what is wrong with options and columns", async () => {
    const datagen = "with (connector = 'datagen'";
    const nexmark = "with (connector = 'nexmark', nexmark.table.type = 'Bid')";
    const cases: readonly (readonly [text: string, said: string])[] = [
      [
        `(a int) ${datagen}, fields.b.kind = 'random')`,
        '42703 column "b" of option "fields.b.kind" does not exist',
      ],
      [
        `(a int) ${datagen}, fields.a.knd = 'random')`,
        '22023 unrecognized option "fields.a.knd" of connector "datagen"',
      ],
      [
        `(a int) ${datagen}, datagen.rows.per.secnd = 1)`,
        '22023 unrecognized option "datagen.rows.per.secnd" of connector "datagen" HINT Perhaps you meant "datagen.rows.per.second".',
      ],
      [
        `(a int) ${datagen}, fields.a.kind = 'x')`,
        `22023 invalid value for option "fields.a.kind": "x" DETAIL For connector "datagen", it must be "sequence" or "random".`,
      ],
      [
        `(a int) ${datagen}, fields.a.length = 3)`,
        '22023 option "fields.a.length" is not one of a random column of type int4',
      ],
      [
        `(a int2) ${datagen}, fields.a.max = 70000)`,
        '22023 invalid value for option "fields.a.max": "70000" DETAIL For connector "datagen", it is out of range.',
      ],
      [
        `(a bytea) ${datagen})`,
        '0A000 connector "datagen" for columns of type bytea is not supported',
      ],
      [`(a int primary key) ${datagen})`, "0A000 PRIMARY KEY in a source is not supported"],
      [`(a int default 1) ${datagen})`, "0A000 DEFAULT in a source is not supported"],
      [`(a int, check (a > 0)) ${datagen})`, "0A000 CHECK in a source is not supported"],
      [`(a int, a int) ${datagen})`, '42701 column "a" specified more than once'],
      [`${datagen})`, '42601 source "s" has no columns'],
      [
        `(a int) ${nexmark}`,
        `42703 column "a" is none of nexmark's table Bid HINT It has: auction, bidder, price, channel, url, date_time, extra.`,
      ],
      [
        `(price int) ${nexmark}`,
        `42804 column "price" is of type int4, and nexmark's is of type int8`,
      ],
      [
        "(a int) with (connector = 'kafka')",
        '0A000 connector "kafka" of a source is not supported HINT Connectors of a source are: datagen, file, nexmark.',
      ],
      [
        "(a int) with (connector = 'file', path = 'x', on_error = 'warn')",
        '22023 invalid value for option "on_error": "warn" DETAIL For connector "file", it must be "stop" or "ignore".',
      ],
    ];
    for (const [text, said] of cases) {
      expect(await stage.wrong(`create source s ${text}`), text).to.equal(said);
    }
    await run("create role r; grant r to root; create schema authorization r; set role r");
    expect(
      await stage.wrong(
        "create source r.s (a int) with (connector = 'file', path = '/etc/passwd')",
      ),
    ).to.equal(
      "42501 must be superuser or have privileges of the pg_read_server_files role to read a file by its absolute path HINT A relative path is one in connector_directory.",
    );
  });
});
