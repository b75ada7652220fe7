import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { pgNamespace } from "../../src/catalog/relations/pg-namespace.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { TranslationCache } from "../../src/sql/translate/translation-cache.ts";
import type { Scalar } from "../../src/sql/types/scalar.ts";
import type { Mutation } from "../../src/wal/fragment.ts";
import { QueryBench } from "./translate-support.ts";

describe("running translated queries", () => {
  let bench: QueryBench;
  before(async () => {
    await loadGrammar();
    bench = new QueryBench();
  });
  after(() => bench.close());

  const insertClass = (oid: number, relname: string, relnamespace = 2200): Mutation => {
    const like = bench.catalog.find(pgClass, "relname_nsp", ["pg_am", 11]);
    if (!like) throw new Error("pg_am is built in");
    const row = pgClass.change(like, { oid, relname, relnamespace } as never);
    return { kind: "insert", rel: pgClass.oid, db: bench.snapshot.database, row };
  };

  const failure = (run: () => unknown): Error => {
    try {
      run();
    } catch (error) {
      return error as Error;
    }
    throw new Error("it succeeded");
  };

  async function streamed(text: string, signal?: AbortSignal): Promise<Scalar[][]> {
    const { result } = bench.run(text, [], signal ? { signal } : {});
    if (result.kind === "rows") throw new Error("the query stayed on the main thread");
    const rows: Scalar[][] = [];
    for await (const batch of result.batches) rows.push(...batch.map((row) => [...row]));
    return rows;
  }

  it("gives texts that differ in constants one SQL text", () => {
    const one = bench.translate("SELECT relname FROM pg_class WHERE oid = 5 AND relkind = 'r'");
    const other = bench.translate("SELECT relname FROM pg_class WHERE oid = 7 AND relkind = 'v'");
    expect(one.sql).to.equal(other.sql);
    expect(one.bindings).to.not.deep.equal(other.bindings);
  });

  it("makes a regular expression that is a plain name an equality", () => {
    const { sql } = bench.translate("SELECT oid FROM pg_class WHERE relname ~ '^(pg_am)$'");
    expect(sql).to.include(`("relname" = ?)`.replace(`("`, `(t1."`));
    const special = bench.translate("SELECT oid FROM pg_class WHERE relname ~ '^(pg.am)$'");
    expect(special.sql).to.not.include(`"relname" = ?`);
  });

  it("counts the rows of scans, not those of look-ups by key", () => {
    expect(bench.translate("SELECT 1 FROM pg_class WHERE oid = 1259").sql).to.not.include("tick(");
    expect(bench.translate("SELECT 1 FROM pg_class WHERE relkind = 'r'").sql).to.include("tick(");
    expect(
      bench.translate("SELECT * FROM generate_series(1, 3) a, generate_series(1, 3) b").sql,
    ).to.match(/tick\(t1\.c1\).*tick\(t2\.c1\)/);
  });

  it("needs no test for many rows where a unique key is given", () => {
    const pinned =
      "SELECT (SELECT nspname FROM pg_namespace n WHERE n.oid = c.relnamespace) FROM pg_class c";
    expect(bench.translate(pinned).sql).to.not.include("more_than_one_row");
    const open =
      "SELECT (SELECT nspname FROM pg_namespace n WHERE n.nspowner = c.relowner) FROM pg_class c";
    expect(bench.translate(open).sql).to.include("more_than_one_row");
  });

  it("runs a query that scans many rows on a reader thread, with the same answer", async () => {
    const text =
      "SELECT count(*), max(p.proname || g) FROM pg_proc p, generate_series(1, 20) g WHERE p.oid < 10000";
    const few = bench.show(text.replace("1, 20", "20, 20"))[1]?.split(" | ");
    const [row] = await streamed(text);
    expect(row?.[0]).to.equal(BigInt(few?.[0] ?? 0) * 20n);
    expect(row?.[1]).to.be.a("string");
  });

  it("streams what registered functions of a reader thread make", async () => {
    const rows = await streamed(
      "SELECT p.oid::regproc::text, format_type(p.prorettype, NULL) FROM pg_proc p, generate_series(1, 12) WHERE p.oid < 10000",
    );
    expect(rows.length).to.be.greaterThan(32_768);
    expect(rows).to.deep.include(["format_type", "text"]);
  });

  it("ends a query that is cancelled on a reader thread", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const endless =
      "SELECT count(*) FROM pg_proc a, pg_proc b, pg_proc c WHERE a.pronargs + b.pronargs + c.pronargs < 0";
    const error = await streamed(endless, controller.signal).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(SqlError);
    expect(error.code).to.equal("57014");
  });

  it("hands what a function throws to the caller unchanged", () => {
    const wait = new Error("a lock is held");
    const nextval = () => {
      throw wait;
    };
    const environment = { ...bench.environment, effects: { nextval } as never };
    const translation = bench.translate("SELECT nextval(1259)");
    expect(translation.flags.effects).to.equal(true);
    const thrown = failure(() => bench.runner.run(translation, [], bench.snapshot, environment));
    expect(thrown).to.equal(wait);
    expect(bench.show("SELECT 1")).to.deep.equal(["?column?:23", "1"]);
  });

  it("shows a transaction's own mutations to the query and to its functions", () => {
    const before = bench.snapshot;
    bench.snapshot = { ...before, mutations: [insertClass(30_000, "mine")] };
    const seen = bench.show(
      "SELECT oid, oid::regclass, pg_table_is_visible(oid) FROM pg_class WHERE relname = 'mine'",
    );
    bench.snapshot = before;
    expect(seen.slice(1)).to.deep.equal(["30000 | mine | t"]);
    expect(bench.show("SELECT 1 FROM pg_class WHERE relname = 'mine'")).to.have.length(1);
  });

  it("names a limit of SQLite that a statement exceeds", () => {
    const tables = Array.from({ length: 65 }, (_, at) => `pg_am t${at}`).join(", ");
    const many = failure(() => bench.translate(`SELECT 1 FROM ${tables}`)) as SqlError;
    expect([many.code, many.message]).to.deep.equal(["54001", "statement too complex"]);
    const sum = `SELECT ${Array.from({ length: 1200 }, () => "1").join(" + ")}`;
    const deep = failure(() => bench.run(sum)) as SqlError;
    // JavaScript's stack may be the first that does not suffice: that depends on what is compiled.
    expect(`${deep.code} ${deep.message}`).to.match(
      /^54001 (statement too complex|stack depth limit exceeded)$/,
    );
  });

  it("takes long lists and long chains of conditions", () => {
    const list = Array.from({ length: 40_000 }, (_, at) => at).join(", ");
    expect(bench.show(`SELECT 39999 IN (${list})`)[1]).to.equal("t");
    const chain = Array.from({ length: 3_000 }, (_, at) => `oid = ${at}`).join(" OR ");
    expect(bench.show(`SELECT count(*) FROM pg_namespace WHERE ${chain}`)[1]).to.equal("3");
  });

  it("binds parameters in stored form", () => {
    const { result } = bench.run("SELECT relname, $2::int4 + 1 FROM pg_class WHERE relname = $1", [
      "pg_am",
      41n,
    ]);
    expect(result).to.deep.equal({ kind: "rows", rows: [["pg_am", 42n]] });
  });

  describe("kept translations", () => {
    const find = (cache: TranslationCache<number>, made: { count: number }) =>
      cache.getOrMake("key", bench.snapshot.epoch, bench.catalog, (reader) => {
        reader.find(pgClass, "relname_nsp", ["kept", 2200]);
        reader.find(pgNamespace, "nspname", ["public"]);
        return ++made.count;
      });

    it("hold while their look-ups find the same rows, whatever else is committed", () => {
      const cache = new TranslationCache<number>();
      const made = { count: 0 };
      expect(find(cache, made)).to.equal(1);
      expect(find(cache, made)).to.equal(1);
      bench.commit([insertClass(31_000, "other")]);
      expect(find(cache, made)).to.equal(1);
    });

    it("end when a look-up that failed would succeed", () => {
      const cache = new TranslationCache<number>();
      const made = { count: 0 };
      expect(find(cache, made)).to.equal(1);
      bench.commit([insertClass(31_001, "kept")]);
      expect(find(cache, made)).to.equal(2);
      expect(cache.size).to.equal(1);
    });
  });
});
