/** The checker's rules about indexes and about how relations are stored notice when broken. */
import { expect } from "chai";
import { type Oid, oid } from "../../src/base/ids.ts";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { checkOptions } from "../../src/sql/bind/check-options.ts";
import { Breaker, type Broken } from "./check-broken.ts";
import { DdlCluster } from "./check-fixture.ts";

const WORKLOAD = [
  `create unlogged table t (a int, b text, c int[], d point, e jsonb, u int unique with (fillfactor = 50))
     with (fillfactor = 70, toast.autovacuum_enabled = off)`,
  `create unique index ta on t (a desc nulls last, lower(b)) include (e) where a > 0 and b <> ''`,
  `create index te on t ((a + 1), (b || 'x') collate "POSIX" text_pattern_ops)`,
  `create index concurrently on t using gin (e jsonb_path_ops, c)`,
  `create index td on t using gist (d); create index on t using spgist (d)`,
  `create index th on t using hash (b); create index on t using brin (a, b)`,
  `alter table t cluster on te; alter table t alter a set not null`,
  `create unique index ti on t (a); alter table t replica identity using index ti`,
  `alter table t add unique using index ti; alter table t set logged`,
  `alter table t alter b set (n_distinct = 5), alter b set storage external`,
  `alter index ta set (fillfactor = 60); alter index te alter 1 set statistics 7`,
  `create table like_t (like t including all)`,
  `alter table t drop column c; reindex table t; truncate t restart identity`,
  `alter table t reset (fillfactor, toast.autovacuum_enabled); drop index td cascade`,
  `alter table t set (fillfactor = 70, toast.autovacuum_enabled = off)`,
];

describe("the checker of indexes", () => {
  let cluster: DdlCluster;
  let ids: Map<string, Oid>;
  before(async () => {
    cluster = await DdlCluster.open();
  });
  after(() => cluster.close());

  it("finds nothing wrong after any statement", async function () {
    this.timeout(120_000);
    for (const text of WORKLOAD) {
      await cluster.run(text);
      expect(cluster.check(checkOptions), text).to.deep.equal([]);
    }
    const catalog = cluster.catalog();
    ids = new Map([...catalog.all(pgClass)].map((row) => [row.relname, row.oid] as const));
    catalog.transaction.abort();
  });

  const id = (name: string): Oid => ids.get(name) ?? oid(0);
  const index = (name: string) => ({ indexrelid: id(name) });
  const relation = (name: string) => ({ oid: id(name) });
  const broken = new Breaker(() => cluster);
  const breakages: readonly [string, (broken: Broken) => Broken, RegExp][] = [
    [
      "an index that is kept otherwise than its table",
      (b) => b.set("pg_class", relation("ta"), { relpersistence: "u" }),
      /it is kept as u, its table p$/,
    ],
    [
      "more expressions than columns",
      (b) => b.set("pg_index", index("te"), { indkey: [1, 0] }),
      /indkey names 1 expressions, and indexprs has 2$/,
    ],
    [
      "an index of no access method",
      (b) => b.set("pg_class", relation("th"), { relam: oid(2) }),
      /2 is no index access method$/,
    ],
    [
      "a unique index of a method that has none",
      (b) => b.set("pg_index", index("th"), { indisunique: true }),
      /hash has no unique indexes$/,
    ],
    [
      "several columns where there is one",
      (b) => b.set("pg_class", relation("ta"), { relam: oid(405) }),
      /hash has one column, not 2$/,
    ],
    [
      "included columns of a method that has none",
      (b) => b.set("pg_class", relation("ta"), { relam: oid(2742) }),
      /gin includes no columns$/,
    ],
    [
      "an order that is not kept",
      (b) => b.set("pg_index", index("th"), { indoption: [1] }),
      /hash keeps no order$/,
    ],
    [
      "a table clustered by what has no order",
      (b) => b.set("pg_index", index("th"), { indisclustered: true }),
      /tables are not clustered by hash$/,
    ],
    [
      "a table clustered twice",
      (b) => b.set("pg_index", index("ta"), { indisclustered: true }),
      /it is clustered by 2 indexes$/,
    ],
    [
      "two identities",
      (b) => b.set("pg_index", index("ta"), { indisreplident: true }),
      /2 indexes are its replica identity$/,
    ],
    [
      "an operator class of another method",
      (b) => b.set("pg_index", index("th"), { indclass: [oid(1978)] }),
      /operator class 1978 is of access method 403$/,
    ],
    [
      "an index that does not depend on its column",
      (b) => b.remove("pg_depend", { objid: id("th"), refobjid: id("t") }),
      /it has no dependency a on column 2 of pg_class \d+$/,
    ],
    [
      "an expression whose column it does not depend on",
      (b) => b.remove("pg_depend", { objid: id("te"), refobjid: id("t"), refobjsubid: 1 }),
      /it uses column 1 of pg_class \d+ and does not depend on it$/,
    ],
    [
      "a parameter that no table has",
      (b) => b.set("pg_class", relation("t"), { reloptions: ["fastupdate=off"] }),
      /unrecognized parameter "fastupdate"$/,
    ],
    [
      "a value that no parameter has",
      (b) => b.set("pg_class", relation("ta"), { reloptions: ["fillfactor=5"] }),
      /value 5 out of bounds for option "fillfactor"$/,
    ],
    [
      "parameters of a sequence",
      (b) => b.set("pg_class", relation("t"), { relkind: "S" }),
      /relkind S has no parameters$/,
    ],
    [
      "a parameter that no column has",
      (b) =>
        b.set("pg_attribute", { attrelid: id("t"), attnum: 2 }, { attoptions: ["fillfactor=70"] }),
      /unrecognized parameter "fillfactor"$/,
    ],
    [
      "a TOAST table of nobody",
      (b) => b.set("pg_class", relation("t"), { reltoastrelid: oid(0) }),
      /it is the TOAST table of 0 tables$/,
    ],
    [
      "a TOAST table of another owner",
      (b) => b.set("pg_class", relation(`pg_toast_${id("t")}`), { relowner: oid(1) }),
      /it has not its table's owner$/,
    ],
    [
      "a TOAST table that is kept otherwise than its table",
      (b) => b.set("pg_class", relation(`pg_toast_${id("t")}`), { relpersistence: "u" }),
      /it is kept as u, its table p$/,
    ],
  ];
  for (const [what, breakIt, expected] of breakages) {
    it(`notices ${what}`, () => {
      const faults = checkCatalog(breakIt(broken.catalog()), checkOptions);
      const noticed = faults.filter((fault) => expected.test(fault));
      expect(noticed).not.to.have.lengthOf(0, faults.join("\n"));
    });
  }
});
