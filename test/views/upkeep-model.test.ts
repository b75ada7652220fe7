/**
 * MATERIALIZED VIEWS BY CHANCE: random views over random tables, random transactions, and after
 * each maintenance the view's rows are those of its query. UPKEEP_RUNS is a number of maintenances,
 * SEED repeats a run.
 */
import { expect } from "chai";
import type { LocalSession } from "../support/local-session.ts";
import { MaintainingEngine } from "../support/maintaining-engine.ts";
import { Random, seedOfRun } from "../support/random.ts";

const RUNS = Number(process.env["UPKEEP_RUNS"] ?? 150);
const seed = seedOfRun();

/** Columns a, b int and c text; one with a key, one with an index, one with neither. */
const TABLES = ["keyed", "indexed", "plain"] as const;
const SCHEMA = `
  create table keyed (a int, b int, c text, id serial primary key);
  create table indexed (a int, b int, c text);
  create index on indexed (a);
  create index on indexed (c, a);
  create table plain (a int, b int, c text);
  create view part as select b as a, a + 1 as b, upper(c) as c from plain where b < 6;
  create view pair as select k.a, i.b, k.c from keyed k join indexed i on k.a = i.a;
`;
const SOURCES = [...TABLES, "part", "pair", "kept"] as const;

class Maker {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick<T>(...items: readonly T[]): T {
    return this.#random.pick(items);
  }

  #value(table: string): string {
    const column = (name: string) => `${table}.${name}`;
    return this.pick(column("a"), column("b"), `${column("a")} + ${column("b")}`, "7");
  }

  #condition(table: string): string {
    const value = this.#value(table);
    const bound = this.#random.below(8);
    return this.pick(
      `${value} < ${bound}`,
      `${value} is distinct from ${bound}`,
      `${table}.c like 'x%'`,
      `${table}.c is null`,
      `${value} in (1, 2, ${bound})`,
    );
  }

  /** FROM and WHERE; the aliases that it names are x, y, z. */
  #from(): { readonly text: string; readonly aliases: readonly string[] } {
    const aliases = ["x", "y", "z"].slice(0, this.pick(1, 1, 1, 2, 2, 3));
    const [first, ...others] = aliases;
    const joins = others.map((alias, at) => {
      const before = aliases[at] as string;
      const on = this.pick(
        `${alias}.a = ${before}.a`,
        `${alias}.a = ${before}.b`,
        `${alias}.c = ${before}.c and ${alias}.a = ${before}.a`,
      );
      return ` join ${this.pick(...TABLES, this.pick(...SOURCES))} ${alias} on ${on}`;
    });
    const source = this.pick<string>(...SOURCES, "(select a, b, c from plain where a > 1)");
    const wheres = aliases.filter(() => this.#random.chance(0.4)).map((at) => this.#condition(at));
    const where = wheres.length > 0 ? ` where ${wheres.join(" and ")}` : "";
    return { text: `from ${source} ${first}${joins.join("")}${where}`, aliases };
  }

  #groups(): string {
    const { text, aliases } = this.#from();
    const at = this.pick(...aliases);
    const keys = this.pick(
      [`x.a`],
      [`x.c`],
      [`${at}.c`, `x.a`],
      [`x.a % 3`],
      [`coalesce(x.c, 'none')`],
      [],
    );
    const sums = [
      "count(*)",
      `sum(${this.#value(at)})`,
      `sum(${at}.b::bigint)`,
      `avg(${this.#value("x")})`,
      `count(${at}.b) filter (where ${this.#condition("x")})`,
    ];
    const others = [
      `min(${at}.c)`,
      `count(distinct ${at}.a)`,
      `array_agg(${at}.b order by ${at}.b)`,
    ];
    const all = this.#random.chance(0.5) ? sums : [...sums, ...others];
    const results = all.filter(() => this.#random.chance(0.5));
    const columns = [...keys, ...results, "count(*)"].map((each, n) => `${each} as k${n}`);
    const having = this.#random.chance(0.25) ? " having count(*) > 1" : "";
    const grouped = keys.length > 0 ? ` group by ${keys.join(", ")}` : "";
    return `select ${columns.join(", ")} ${text}${grouped}${having}`;
  }

  view(): string {
    if (this.#random.chance(0.45)) return this.#groups();
    const { text, aliases } = this.#from();
    const columns = aliases.flatMap((at) => [this.#value(at), `${at}.c`]);
    const distinct = this.#random.chance(0.3) ? "distinct " : "";
    const named = columns.map((column, n) => `${column} as v${n}`).join(", ");
    if (this.#random.chance(0.06)) {
      return `select x.a, y.b from plain x left join keyed y on x.a = y.a`;
    }
    return `select ${distinct}${named} ${text}`;
  }

  change(): string {
    const table = this.pick(...TABLES);
    const small = () => this.pick("null", ...Array.from({ length: 9 }, (_, at) => String(at)));
    const row = () => `(${small()}, ${small()}, ${this.pick("null", "'x'", "'xy'", "'z'", "''")})`;
    const rows = () => Array.from({ length: 1 + this.#random.below(4) }, row).join(", ");
    const insert = () => `insert into ${table} (a, b, c) values ${rows()}`;
    return this.pick(
      insert,
      insert,
      insert,
      () => `update ${table} set b = ${small()} where a = ${small()}`,
      () =>
        `update ${table} set a = ${small()}, c = ${this.pick("'x'", "null")} where b = ${small()}`,
      () => `update ${table} set b = b where a > ${small()}`,
      () => `delete from ${table} where a = ${small()}`,
      () => `delete from ${table} where b is null or c = 'xy'`,
    )();
  }

  /** More than stays in memory. */
  large(table = this.pick(...TABLES)): string {
    const text = "repeat('x', g % 3) || case when g % 2 = 0 then repeat('long', 12) else '' end";
    return this.pick(
      `insert into ${table} (a, b, c) select 20 + g % 700, g % 9, ${text} from generate_series(1, 1800) g`,
      `update ${table} set b = (b + 1) % 9 where a >= 20`,
      `update ${table} set b = (b + 1) % 9 where a >= 20`,
      `delete from ${table} where a >= 20 and b < 7`,
    );
  }

  transaction(): string {
    const statements = Array.from({ length: 1 + this.#random.below(3) }, () =>
      this.#random.chance(0.12) ? this.large() : this.change(),
    );
    const [first] = statements;
    const chance = this.#random.fraction();
    if (chance < 0.03) return `truncate ${this.pick(...TABLES)}`;
    if (chance < 0.05) return `vacuum ${this.pick(...TABLES)}`;
    if (chance < 0.5) return first as string;
    if (chance < 0.6) return `begin; ${statements.join("; ")}; rollback`;
    const [last = this.change()] = [this.change()];
    if (chance < 0.7) {
      return `begin; ${statements.join("; ")}; savepoint s; ${last}; rollback to s; ${first}; commit`;
    }
    return `begin; ${statements.join("; ")}; commit`;
  }
}

describe(`materialized views by chance (SEED=${seed})`, function () {
  this.timeout(0);
  let server: MaintainingEngine;

  before(async () => {
    server = await MaintainingEngine.open();
    server.settleSlowly();
  });
  after(() => server.close());

  it(`${RUNS} maintenances leave the rows of the query`, async () => {
    const seen = new Map<string, number>();
    for (let done = 0, number = 0; done < RUNS; number++) {
      done += await story(server, number, seen);
    }
    if (RUNS >= 300) {
      for (const how of ["rows", "join", "groups", "sums", "recompute"]) {
        expect(seen.get(how), how).to.be.greaterThan(0);
      }
    }
  });
});

const VIEWS = 5;
const ROUNDS = 12;

async function story(
  server: MaintainingEngine,
  number: number,
  seen: Map<string, number>,
): Promise<number> {
  const maker = new Maker(new Random(seed).fork(number));
  const session = await server.session();
  try {
    await session.ask(`create schema story; set search_path = story; ${SCHEMA}`);
    for (let at = 0; at < 8; at++) await session.ask(maker.change());
    for (const table of TABLES) if (maker.pick(true, false)) await session.ask(maker.large(table));
    await session.ask("create materialized view kept as select a, b, c from indexed where a < 7");
    server.note("kept", server.engine.storage.sequencer.epoch);
    const views = [...Array(VIEWS)].map((_, at) => ({ name: `m${at}`, query: maker.view() }));
    for (const { name, query } of views) {
      await session.ask(`create materialized view ${name} as ${query}`);
      server.note(name, server.engine.storage.sequencer.epoch);
    }
    views.push({ name: "kept", query: "select a, b, c from indexed where a < 7" });
    const log: string[] = [];
    let count = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (let at = maker.pick(0, 1, 1, 2, 3, 4); at > 0; at--) {
        log.push(maker.transaction());
        await session.ask(log.at(-1) as string);
      }
      for (const { name, query } of views) {
        if (maker.pick(true, true, false)) continue;
        const done = await server.maintain(session, name);
        count++;
        seen.set(done.how, (seen.get(done.how) ?? 0) + 1);
        const about = `story ${number}, round ${round}, ${name}: ${query}\n${log.join(";\n")}\n`;
        expect(done.why ?? "", about).to.not.match(/lacks|could not be computed/);
        const held = await rowsOf(session, name);
        const wanted = await rowsOf(session, `(${query})`);
        expect(held, `${about}${JSON.stringify(done)}`).to.deep.equal(wanted);
      }
    }
    for (const { name } of views) server.note(name, undefined);
    await session.run("drop schema story cascade");
    return count;
  } finally {
    session.close();
  }
}

const rowsOf = async (session: LocalSession, from: string): Promise<string[]> =>
  (await session.ask(`select * from ${from} v`)).map((row) => JSON.stringify(row)).sort();
