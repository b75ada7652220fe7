/** The checker: sound catalogs pass, and every rule notices when it is broken. */
import { expect } from "chai";
import { type Oid, oid } from "../../src/base/ids.ts";
import { relationByName } from "../../src/catalog/all-relations.ts";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { CONNECTION_CLASS } from "../../src/catalog/class-oids.ts";
import type { Relation } from "../../src/catalog/relation.ts";
import { rwTablespace } from "../../src/catalog/relations/rw-tablespace.ts";
import { Breaker, type Broken } from "./check-broken.ts";
import { DdlCluster } from "./check-fixture.ts";

const WORKLOAD = [
  `create role ada; create role bob`,
  `create schema s authorization ada`,
  `create table s.t (id serial primary key, a int generated always as identity,
     b text default 'x' unique, c varchar(10)[], d numeric(10,2) not null default 1)`,
  `create table keys (a int, b int, c int, unique (a, b), primary key (c, a))`,
  `create sequence q; alter sequence q owned by keys.a`,
  `create table uses (t s.t, u s.t[])`,
  `alter table keys drop column b; alter table keys add column e bigserial unique`,
  `alter table s.t rename to renamed; alter table s.renamed rename column b to bb`,
  `alter table s.renamed owner to ada; alter schema s owner to bob`,
  `alter table s.renamed set schema public; alter index t_pkey rename to upk`,
  `alter sequence q increment by -2 minvalue -10 maxvalue 10 start 3 restart cycle`,
  `create type span as range (subtype = int8); create table spans (s span)`,
  `create tablespace fast owner ada location '/fast'; alter tablespace fast rename to faster`,
  `create table parts (a int) partition by list (a) tablespace faster`,
  `create connection con with (type = 'postgres', host = 'h', user = 'u', database = 'd')`,
  `alter connection con owner to ada`,
  `create database other owner ada; alter database other rename to another`,
];

describe("the checker", () => {
  let cluster: DdlCluster;
  let names: Map<string, Oid>;
  before(async () => {
    cluster = await DdlCluster.open();
  });
  after(() => cluster.close());

  it("finds nothing wrong with the built-in rows and the first databases", () => {
    expect(cluster.check()).to.deep.equal([]);
  });

  it("finds nothing wrong after any statement", async () => {
    for (const text of WORKLOAD) {
      await cluster.run(text);
      expect(cluster.check(), text).to.deep.equal([]);
    }
    const pgClass = relationByName("pg_class") as Relation;
    names = new Map(
      cluster.storage.store
        .scan(pgClass.layout, cluster.database, cluster.storage.sequencer.epoch)
        .map((row) => pgClass.view(row) as unknown as { relname: string; oid: Oid })
        .map(({ relname, oid: id }) => [relname, id]),
    );
  });

  const broken = new Breaker(() => cluster);
  const id = (name: string): Oid => names.get(name) ?? oid(0);
  const T = () => ({ oid: id("renamed") });
  const column = (attnum: number) => ({ attrelid: id("renamed"), attnum });
  const breakages: readonly [string, (broken: Broken) => Broken, RegExp][] = [
    [
      "a reference to nothing",
      (b) => b.set("pg_class", T(), { relnamespace: 99999 }),
      /^dev: pg_class \d+: relnamespace is 99999, which pg_namespace has not$/,
    ],
    [
      "two rows with one key",
      (b) => b.copy("pg_class", T(), { relname: "twin" }),
      /^dev: pg_class has more than one row with \(\d+\) in key$/,
    ],
    [
      "two rows with one name",
      (b) => b.set("pg_class", { relname: "upk" }, { relname: "renamed" }),
      /^dev: pg_class has more than one row with \(renamed, 2200\) in relname_nsp$/,
    ],
    [
      "two databases with one name",
      (b) => b.set("pg_database", { datname: "another" }, { datname: "dev" }),
      /^pg_database has more than one row with \(dev\) in datname$/,
    ],
    [
      "a name that is too long",
      (b) => b.set("pg_attribute", column(1), { attname: "é".repeat(32) }),
      /attname takes 64 bytes, more than 63$/,
    ],
    [
      "null where there is none",
      (b) => b.set("pg_class", T(), { relkind: "r", reltablespace: null }),
      /reltablespace is null$/,
    ],
    [
      "an oid that was never given out",
      (b) => b.set("pg_attrdef", { adrelid: id("renamed"), adnum: 1 }, { oid: 4_000_000_000 }),
      /^dev: pg_attrdef 4000000000: its oid is not below \d+/,
    ],
    [
      "an oid used twice",
      (b) => b.set("pg_authid", { rolname: "bob" }, { oid: id("upk") }),
      /^dev: oid \d+ is used in pg_authid and in pg_class$/,
    ],
    [
      "a tree that does not decode",
      (b) => b.set("pg_attrdef", { adrelid: id("renamed"), adnum: 1 }, { adbin: "1 + 1" }),
      /^dev: pg_attrdef \d+: adbin does not decode/,
    ],
    [
      "a column too few",
      (b) => b.remove("pg_attribute", column(4)),
      /relnatts is 5, and it has 4 columns$/,
    ],
    [
      "a gap in the numbers of columns",
      (b) => b.set("pg_attribute", column(5), { attnum: 7 }),
      /^dev: pg_class \d+: it has no column 5$/,
    ],
    [
      "a column that is not laid out as its type",
      (b) => b.set("pg_attribute", column(1), { attlen: 8 }),
      /it is not laid out as type int4$/,
    ],
    [
      "a dropped column with remains",
      (b) => b.set("pg_attribute", { attrelid: id("keys"), attnum: 2 }, { attnotnull: true }),
      /the column is dropped and still has NOT NULL$/,
    ],
    [
      "a default that the column does not know",
      (b) => b.set("pg_attribute", column(3), { atthasdef: false }),
      /atthasdef is false, and it has 1 defaults$/,
    ],
    [
      "a default of a dropped column",
      (b) => b.set("pg_attrdef", { adrelid: id("renamed"), adnum: 3 }, { adnum: 9 }),
      /^dev: pg_attrdef \d+: there is no column 9 of relation \d+$/,
    ],
    [
      "a row type with another name",
      (b) => b.set("pg_type", { typname: "renamed" }, { typname: "t" }),
      /its row type \d+ is called t$/,
    ],
    [
      "a row type of another relation",
      (b) => b.set("pg_type", { typname: "renamed" }, { typrelid: id("keys") }),
      /relation \d+ has row type \d+$/,
    ],
    [
      "an array type of another type",
      (b) => b.set("pg_type", { typname: "_renamed" }, { typelem: 23 }),
      /its array type \d+ is one over type 23$/,
    ],
    [
      "an index without pg_index row",
      (b) => b.remove("pg_index", { indexrelid: id("upk") }),
      /the index has no pg_index row$/,
    ],
    [
      "a table that does not know of its index",
      (b) => b.set("pg_class", T(), { relhasindex: false }),
      /relation \d+ says that it has no index$/,
    ],
    [
      "an index over a column that is not there",
      (b) => b.set("pg_index", { indexrelid: id("upk") }, { indkey: [17] }),
      /^dev: pg_index \d+: relation \d+ has no column 17$/,
    ],
    [
      "an index with collations of fewer columns",
      (b) => b.set("pg_index", { indexrelid: id("upk") }, { indcollation: [] }),
      /indcollation has 0 columns, not 1$/,
    ],
    [
      "a primary key that may be null",
      (b) => b.set("pg_attribute", column(1), { attnotnull: false }),
      /column 1 of the primary key may be null$/,
    ],
    [
      "a primary key without constraint",
      (b) => b.remove("pg_constraint", { conname: "upk" }),
      /0 primary key constraints stand on it$/,
    ],
    [
      "a key over other columns than its index",
      (b) => b.set("pg_constraint", { conname: "upk" }, { conkey: [2] }),
      /its index \d+ is over columns 1, not 2$/,
    ],
    [
      "a key with another name than its index",
      (b) => b.set("pg_constraint", { conname: "upk" }, { conname: "t_pkey" }),
      /its index \d+ is called upk$/,
    ],
    [
      "a constraint outside its table's schema",
      (b) => b.set("pg_constraint", { conname: "upk" }, { connamespace: 11 }),
      /it is not in its table's schema$/,
    ],
    [
      "a sequence without rules",
      (b) => b.remove("pg_sequence", { seqrelid: id("q") }),
      /the sequence has no pg_sequence row$/,
    ],
    [
      "a sequence with other columns",
      (b) => b.set("pg_attribute", { attrelid: id("q"), attnum: 3 }, { attname: "called" }),
      /the sequence has columns last_value,log_cnt,called$/,
    ],
    [
      "a sequence whose bounds its type cannot hold",
      (b) => b.set("pg_sequence", { seqrelid: id("t_id_seq") }, { seqmax: 1n << 40n }),
      /its bounds are 1 and 1099511627776$/,
    ],
    [
      "an owned sequence of somebody else",
      (b) => b.set("pg_class", { relname: "t_a_seq" }, { relowner: 10 }),
      /has not the table's owner$/,
    ],
    [
      "an identity without sequence",
      (b) => b.remove("pg_depend", { objid: id("t_a_seq"), deptype: "i" }),
      /the identity has 0 sequences$/,
    ],
    [
      "a sequence that is internal to a plain column",
      (b) => b.set("pg_attribute", column(2), { attidentity: "" }),
      /is internal to a column without identity$/,
    ],
    [
      "a dependency on nothing",
      (b) => b.set("pg_depend", { objid: id("q"), deptype: "a" }, { refobjid: 77777 }),
      /^dev: pg_depend .*: there is no column 1 of pg_class 77777$/,
    ],
    [
      "a missing dependency on the schema",
      (b) => b.remove("pg_depend", { objid: id("renamed"), deptype: "n" }),
      /^dev: pg_class \d+: it has no dependency n on pg_namespace 2200$/,
    ],
    [
      "a missing dependency of a type",
      (b) => b.remove("pg_depend", { refobjid: id("renamed"), deptype: "i" }),
      /^dev: pg_type \d+: it has no dependency i on pg_class \d+$/,
    ],
    [
      "a missing dependency of a column on its type",
      (b) => b.remove("pg_depend", { objid: id("uses"), objsubid: 2 }),
      /^dev: column 2 of pg_class \d+: it has no dependency n on pg_type \d+$/,
    ],
    [
      "a dependency on the schema that it left",
      (b) => b.copy("pg_depend", { objid: id("renamed"), deptype: "n" }, { refobjid: 11 }),
      /relation \d+ is in schema 2200$/,
    ],
    [
      "a comment on nothing",
      (b) =>
        b.copy(
          "pg_description",
          { objoid: 2200 },
          { objoid: id("renamed"), classoid: 1259, objsubid: 9 },
        ),
      /^template1: pg_description .*: there is no column 9 of pg_class \d+$/,
    ],
    [
      "an owner that pg_shdepend does not know",
      (b) => b.remove("pg_shdepend", { objid: id("renamed") }),
      /^dev: pg_class \d+: pg_shdepend does not say that role \d+ owns it$/,
    ],
    [
      "a tablespace that pg_shdepend does not know",
      (b) => b.remove("pg_shdepend", { objid: id("parts") }),
      /^dev: pg_class \d+: pg_shdepend does not say that it is in tablespace \d+$/,
    ],
    [
      "a tablespace in pg_shdepend that is another",
      (b) => b.set("pg_class", { oid: id("parts") }, { reltablespace: 0 }),
      /^pg_shdepend .*: the object is not in this tablespace$/,
    ],
    [
      "a connection of a kind that is not there",
      (b) => b.set("rw_connection", { connname: "con" }, { type: "kafka" }),
      /^dev: rw_connection \d+: its type is kafka$/,
    ],
    [
      "a connection without a dependency on its schema",
      (b) => b.remove("pg_depend", { classid: CONNECTION_CLASS }),
      /^dev: rw_connection \d+: it has no dependency n on pg_namespace 2200$/,
    ],
    [
      "a connection without its owner in pg_shdepend",
      (b) => b.remove("pg_shdepend", { classid: CONNECTION_CLASS }),
      /^dev: rw_connection \d+: pg_shdepend does not say that role \d+ owns it$/,
    ],
    [
      "an owner of an index in pg_shdepend",
      (b) => b.copy("pg_shdepend", { objid: id("renamed") }, { objid: id("upk") }),
      /^pg_shdepend .*: the object has not this owner$/,
    ],
    [
      "a row of a database that is not there",
      (b) => b.remove("pg_database", { datname: "another" }),
      /^pg_namespace: 1 rows of database \d+: there is no such database$/,
    ],
    [
      "a row of a shared relation in one database",
      (b) => b.copy("pg_authid", { rolname: "bob" }, { rolname: "eve" }, oid(1)),
      /^pg_authid: 1 rows of database 1: the relation is shared$/,
    ],
    [
      "a user's row in every database",
      (b) => b.copy("pg_class", T(), { relname: "everywhere" }, oid(0)),
      /^pg_class \d+: a user's row is in every database$/,
    ],
  ];
  for (const [what, breakIt, expected] of breakages) {
    it(`notices ${what}`, () => {
      const faults = checkCatalog(breakIt(broken.catalog()));
      expect(faults.filter((fault) => expected.test(fault))).not.to.have.lengthOf(
        0,
        faults.join("\n"),
      );
    });
  }

  it("notices a tablespace without a directory", async () => {
    const [place] = [...cluster.catalog().all(rwTablespace)];
    if (!place) throw new Error("there is a tablespace");
    const { spcid, location } = place;
    await cluster.stage((catalog) => catalog.delete(rwTablespace, place));
    expect(cluster.check()).to.deep.equal([`pg_tablespace ${spcid}: it has no directory`]);
    await cluster.stage((catalog) => catalog.insert(rwTablespace, { spcid, location }));
    expect(cluster.check()).to.deep.equal([]);
  });

  it("finds nothing left of what is dropped", async () => {
    await cluster.run(
      `drop table uses; drop table renamed, keys, parts; drop schema s; drop connection con`,
    );
    await cluster.run(`drop database another; drop tablespace faster; drop role ada, bob`);
    expect(cluster.check()).to.deep.equal([]);
  });
});
