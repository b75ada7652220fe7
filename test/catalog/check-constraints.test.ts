/** The checker's rules about constraints, their triggers and expressions notice when broken. */
import { expect } from "chai";
import { type Oid, oid } from "../../src/base/ids.ts";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { addDependency } from "../../src/catalog/dependencies.ts";
import { addressOf } from "../../src/catalog/describe.ts";
import { pgAttribute } from "../../src/catalog/relations/pg-attribute.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { pgConstraint } from "../../src/catalog/relations/pg-constraint.ts";
import { pgDepend } from "../../src/catalog/relations/pg-depend.ts";
import { pgDescription } from "../../src/catalog/relations/pg-description.ts";
import { pgIndex } from "../../src/catalog/relations/pg-index.ts";
import { Breaker, type Broken } from "./check-broken.ts";
import { DdlCluster } from "./check-fixture.ts";

const WORKLOAD = [
  `create table p (id int primary key, k int unique, d int unique deferrable initially deferred)`,
  `create table f (a int check (a > 0), b int references p on delete set null (b) deferrable,
     c int references p (k) on update cascade, g int generated always as (a) stored,
     constraint two check (a > 1) no inherit, unique (a) include (b))`,
  `alter table f add check (a > 2) not valid, add foreign key (a) references p not valid`,
  `alter table f validate constraint f_a_check1, alter constraint f_b_fkey initially deferred`,
  `alter table f rename constraint two to three; alter table p rename constraint p_pkey to first`,
  `alter table f add column z int constraint zc check (z > 0) unique references p`,
  `alter table f drop column z; alter table f drop constraint f_c_fkey`,
  `create table l (like f including all excluding generated excluding constraints)`,
];

describe("the checker of constraints", () => {
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
      expect(cluster.check(), text).to.deep.equal([]);
    }
    const catalog = cluster.catalog();
    const relations = [...catalog.all(pgClass)].map((row) => [row.relname, row.oid] as const);
    const constraints = [...catalog.all(pgConstraint)].map(
      (row) => [`constraint ${row.conname}`, row.oid] as const,
    );
    ids = new Map([...relations, ...constraints]);
    catalog.transaction.abort();
  });

  const id = (name: string): Oid => ids.get(name) ?? oid(0);
  const broken = new Breaker(() => cluster);
  const B_FKEY = { conname: "f_b_fkey" };
  const breakages: readonly [string, (broken: Broken) => Broken, RegExp][] = [
    [
      "a constraint of no kind",
      (b) => b.set("pg_constraint", { conname: "three" }, { contype: "z" }),
      /: of kind z$/,
    ],
    [
      "a check of a column that is not there",
      (b) => b.set("pg_constraint", { conname: "three" }, { conkey: [17] }),
      /relation \d+ has no column 17$/,
    ],
    [
      "a check without expression",
      (b) => b.set("pg_constraint", { conname: "three" }, { conbin: null }),
      /the check has no expression$/,
    ],
    [
      "a check that references something",
      (b) => b.set("pg_constraint", { conname: "three" }, { confkey: [1] }),
      /it is no foreign key and references something$/,
    ],
    [
      "a table that counts its checks wrong",
      (b) => b.set("pg_class", { relname: "f" }, { relchecks: 1 }),
      /relchecks is 1, and it has 4 checks$/,
    ],
    [
      "a key over no columns",
      (b) => b.set("pg_constraint", { conname: "first" }, { conkey: null }),
      /it is over no columns$/,
    ],
    [
      "a constraint that is deferred and not deferrable",
      (b) => b.set("pg_constraint", B_FKEY, { condeferrable: false }),
      /it is initially deferred and not deferrable$/,
    ],
    [
      "a deferrable key whose index checks at once",
      (b) => b.set("pg_index", { indexrelid: id("p_d_key") }, { indimmediate: true }),
      /its index \d+ checks at once$/,
    ],
    [
      "a foreign key with operators missing",
      (b) => b.set("pg_constraint", B_FKEY, { conffeqop: [] }),
      /conffeqop has 0 values for 1 columns$/,
    ],
    [
      "a foreign key with an operator that does not compare",
      (b) => b.set("pg_constraint", B_FKEY, { conpfeqop: [551] }),
      /operator 551 does not compare$/,
    ],
    [
      "a foreign key that sets a column of others",
      (b) => b.set("pg_constraint", B_FKEY, { confdelsetcols: [1] }),
      /ON DELETE sets column 1, which is not its own$/,
    ],
    [
      "a foreign key with an action of no kind",
      (b) => b.set("pg_constraint", B_FKEY, { confupdtype: "q" }),
      /its actions are q and n$/,
    ],
    [
      "a foreign key to a column that is not there",
      (b) => b.set("pg_constraint", B_FKEY, { confkey: [9] }),
      /relation \d+ has no column 9$/,
    ],
    [
      "a foreign key on another index",
      (b) => b.set("pg_constraint", B_FKEY, { conindid: id("p_k_key") }),
      /the referenced index \d+ is over columns 2, not 1$/,
    ],
    [
      "a foreign key on an index that does not check at once",
      (b) => b.set("pg_index", { indexrelid: id("first") }, { indimmediate: false }),
      /the referenced index \d+ does not check at once$/,
    ],
    [
      "a foreign key without one of its triggers",
      (b) => b.remove("pg_trigger", { tgconstraint: id("constraint f_b_fkey"), tgfoid: 1650 }),
      /0 triggers call function 1650$/,
    ],
    [
      "a trigger more than there should be",
      (b) =>
        b.copy(
          "pg_trigger",
          { tgfoid: 1644 },
          { tgconstraint: id("constraint three"), tgname: "x" },
        ),
      /it has 1 triggers, not 0$/,
    ],
    [
      "a trigger on the other table",
      (b) => b.set("pg_trigger", { tgfoid: 1644 }, { tgrelid: id("p") }),
      /its trigger \d+ is on relation \d+$/,
    ],
    [
      "a trigger that is deferred otherwise",
      (b) => b.set("pg_trigger", { tgfoid: 1645 }, { tginitdeferred: false }),
      /its trigger \d+ is deferred otherwise than the constraint$/,
    ],
    [
      "a table that does not know of its triggers",
      (b) => b.set("pg_class", { relname: "p" }, { relhastriggers: false }),
      /relation \d+ says that it has no trigger$/,
    ],
    [
      "a deferrable key without its trigger",
      (b) => b.remove("pg_trigger", { tgconstrindid: id("p_d_key") }),
      /0 triggers call function 1250$/,
    ],
    [
      "a foreign key that does not depend on the index",
      (b) => b.remove("pg_depend", { refobjid: id("first"), deptype: "n" }),
      /pg_constraint \d+: it has no dependency n on pg_class \d+$/,
    ],
    [
      "a trigger that does not depend on its constraint",
      (b) => b.remove("pg_depend", { refobjid: id("constraint f_b_fkey"), deptype: "i" }),
      /pg_trigger \d+: it has no dependency i on pg_constraint \d+$/,
    ],
    [
      "a generated column without expression",
      (b) => b.remove("pg_attrdef", { adrelid: id("f"), adnum: 4 }),
      /it is generated from no expression$/,
    ],
    [
      "a dropped column that is generated",
      (b) =>
        b.set("pg_attribute", { attrelid: id("f"), attisdropped: true }, { attgenerated: "s" }),
      /the column is dropped and still has a generation expression$/,
    ],
  ];
  for (const [what, breakIt, expected] of breakages) {
    it(`notices ${what}`, () => {
      const faults = checkCatalog(breakIt(broken.catalog()));
      const noticed = faults.filter((fault) => expected.test(fault));
      expect(noticed).not.to.have.lengthOf(0, faults.join("\n"));
    });
  }

  it("compares expressions with what is stored about them, when it is given a reader", () => {
    const source = broken.catalog();
    const references = [{ classOid: oid(1259), oid: id("f"), subId: 1 }];
    const read = (columns: readonly number[]) => () => ({ columns, references });
    expect(checkCatalog(source, { readExpression: read([1]) })).to.have.lengthOf(0);
    expect(checkCatalog(source, { readExpression: read([1, 2]) }).join("\n")).to.match(
      /pg_constraint \d+: conkey is 1, and the check is about columns 1,2/,
    );
    const uses = checkCatalog(
      broken.catalog().remove("pg_depend", { objid: id("constraint three"), deptype: "n" }),
      { readExpression: read([1]) },
    );
    expect(uses.join("\n")).to.match(
      /pg_constraint \d+: it uses column 1 of pg_class \d+ and does not depend on it/,
    );
    const generated = broken
      .catalog()
      .set("pg_attribute", { attrelid: id("f"), attnum: 1 }, { attgenerated: "s" });
    expect(checkCatalog(generated, { readExpression: read([1]) }).join("\n")).to.match(
      /pg_attrdef \d+: it is of generated column 1/,
    );
  });

  it("finds comments on what LIKE took over", async () => {
    const comments = [
      ["f", 1259, id("f"), 2],
      ["f_a_b_key", 1259, id("f_a_b_key"), 0],
    ] as const;
    await cluster.stage((catalog) => {
      for (const [description, classoid, objoid, objsubid] of comments) {
        catalog.insert(pgDescription, { objoid, classoid: oid(classoid), objsubid, description });
      }
    });
    await cluster.run(`create table m (x int, like f including comments including indexes)`);
    const catalog = cluster.catalog();
    const relation = (name: string) => catalog.find(pgClass, "relname_nsp", [name, 2200])?.oid;
    const comment = (name: string, subId: number) =>
      catalog.find(pgDescription, "key", [relation(name) ?? 0, 1259, subId])?.description;
    expect(comment("m", 3)).to.equal("f");
    expect(comment("m", 2)).to.equal(undefined);
    expect(comment("m_a_b_key", 0)).to.equal("f_a_b_key");
    catalog.transaction.abort();
    expect(cluster.check()).to.deep.equal([]);
  });

  it("is content with a key over an index that was there", async () => {
    await cluster.run(
      `create table u (a int, b int, c int, constraint i unique (b, a) include (c))`,
    );
    await cluster.stage((catalog) => {
      const index = catalog.find(pgClass, "relname_nsp", ["i", 2200])?.oid ?? oid(0);
      const [row] = catalog.list(pgConstraint, "conname_nsp", ["i", 2200]);
      expect(row).not.to.equal(undefined);
      if (!row) return;
      // What CREATE UNIQUE INDEX leaves: the index alone, automatic with its columns.
      const of = [...catalog.list(pgDepend, "key", [2606, row.oid])];
      for (const each of [...of, ...catalog.list(pgDepend, "key", [1259, index])]) {
        catalog.delete(pgDepend, each);
      }
      catalog.delete(pgConstraint, row);
      const self = addressOf(oid(1259), index);
      for (const attnum of [1, 2, 3]) {
        addDependency(catalog, self, addressOf(oid(1259), row.conrelid, attnum), "a");
      }
    });
    expect(cluster.check()).to.deep.equal([]);
    await cluster.run(`alter table u add constraint "Pk" primary key using index i deferrable`);
    expect(cluster.check()).to.deep.equal([]);
    const catalog = cluster.catalog();
    const [row] = catalog.list(pgConstraint, "conname_nsp", ["Pk", 2200]);
    const index = catalog.find(pgIndex, "key", [row?.conindid ?? 0]);
    expect([row?.contype, row?.conkey, row?.condeferrable]).to.deep.equal(["p", [2, 1], true]);
    expect([index?.indisprimary, index?.indimmediate]).to.deep.equal([true, false]);
    const nullable = [1, 2, 3].map(
      (attnum) => catalog.find(pgAttribute, "key", [row?.conrelid ?? 0, attnum])?.attnotnull,
    );
    expect(nullable).to.deep.equal([true, true, false]);
    catalog.transaction.abort();
    await cluster.run(`drop table u`);
  });

  it("finds nothing left of what is dropped", async () => {
    await cluster.run(`drop table f, l, m, p`);
    expect(cluster.check()).to.deep.equal([]);
    const catalog = cluster.catalog();
    const left = [...catalog.all(pgConstraint)].filter((row) => row.oid >= 16384);
    catalog.transaction.abort();
    expect(left).to.have.lengthOf(0);
  });
});
