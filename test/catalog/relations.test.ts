/** The declarations against what PostgreSQL's catalogs say of themselves in the built-in rows. */
import { expect } from "chai";
import { AssertionError } from "../../src/base/assert.ts";
import { type Oid, oid } from "../../src/base/ids.ts";
import { allRelations, relationByName, relationByOid } from "../../src/catalog/all-relations.ts";
import { loadBootstrap } from "../../src/catalog/bootstrap.ts";
import type { Columns, Relation, Tuple } from "../../src/catalog/relation.ts";
import { pgAttribute } from "../../src/catalog/relations/pg-attribute.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { pgDepend } from "../../src/catalog/relations/pg-depend.ts";
import { pgIndex } from "../../src/catalog/relations/pg-index.ts";
import { fitsColumn } from "./relations-values.ts";

const bootstrap = loadBootstrap();
const pinned = <C extends Columns>(relation: Relation<C>): Tuple<C>[] =>
  (bootstrap.pinned.find((part) => part.relation.oid === relation.oid)?.rows ?? []).map((row) =>
    relation.view(row),
  );

describe("relations", () => {
  const attributes = pinned(pgAttribute).toSorted((a, b) => a.attnum - b.attnum);
  const columnsOf = (relation: Oid) =>
    attributes.filter((row) => row.attrelid === relation && row.attnum > 0);

  it("are PostgreSQL's catalogs, with their oids", () => {
    const catalogs = pinned(pgClass)
      .filter((row) => row.relkind === "r")
      .map((row) => [row.relname, row.oid, row.relisshared]);
    const declared = allRelations.map(({ name, oid, layout }) => [name, oid, layout.shared]);
    expect(declared).to.have.deep.members(catalogs);
  });

  it("are found by oid and by name", () => {
    expect(relationByOid(oid(1259))).to.equal(pgClass);
    expect(relationByName("pg_class")).to.equal(pgClass);
    expect(relationByOid(oid(1))).to.equal(undefined);
    expect(relationByName("pg_classes")).to.equal(undefined);
  });

  for (const relation of allRelations) {
    it(`${relation.name} has PostgreSQL's columns`, () => {
      const declared = Object.entries(relation.columns).map(([name, { type, nullable }]) => ({
        name,
        type,
        notNull: !nullable,
      }));
      const recorded = columnsOf(relation.oid).map((row) => ({
        name: row.attname,
        type: row.atttypid as number,
        notNull: row.attnotnull,
      }));
      expect(declared).to.deep.equal(recorded);
    });

    it(`${relation.name} keeps apart what PostgreSQL's unique indexes keep apart`, () => {
      const names = columnsOf(relation.oid).map((row) => row.attname);
      const { layout, unique, indexNumbers, columnNames } = relation;
      const declared = ["key", ...unique].map((index) =>
        (layout.indexes[indexNumbers.get(index) ?? -1] ?? []).map((at) => columnNames[at]).join(),
      );
      for (const index of pinned(pgIndex)) {
        if (index.indrelid !== relation.oid || !index.indisunique) continue;
        const name = pinned(pgClass).find((row) => row.oid === index.indexrelid)?.relname ?? "";
        expect(declared, name).to.include(index.indkey.map((n) => names[n - 1]).join());
      }
    });

    it(`${relation.name} has initial values and references that fit`, () => {
      for (const [name, column] of Object.entries(relation.columns)) {
        if (column.initial !== undefined) {
          expect(fitsColumn(column, column.initial), `${relation.name}.${name}`).to.equal(true);
        }
        if (column.references === undefined) continue;
        const target = relationByName(column.references);
        expect(target?.layout.key, `${relation.name}.${name}`).to.have.lengthOf(1);
      }
    });
  }
});

describe("a row", () => {
  const edge = {
    classid: oid(1259),
    objid: oid(16384),
    refclassid: oid(2615),
    refobjid: oid(2200),
    deptype: "n",
  };

  it("has the given values and the initial ones of the others", () => {
    expect(pgDepend.row(edge)).to.deep.equal([1259, 16384, 0, 2615, 2200, 0, "n"]);
  });

  it("takes undefined as not given", () => {
    const given: Parameters<typeof pgDepend.row>[0] = { ...edge };
    Object.assign(given, { objsubid: undefined });
    expect(pgDepend.row(given)).to.deep.equal([1259, 16384, 0, 2615, 2200, 0, "n"]);
  });

  it("needs the values that have no initial one", () => {
    expect(() => pgDepend.row({ classid: oid(1259) })).to.throw(
      AssertionError,
      "pg_depend.objid needs a value",
    );
  });

  it("refuses a column that the relation has not", () => {
    const typo = { ...edge, refobjsubId: 1 };
    expect(() => pgDepend.row(typo)).to.throw(
      AssertionError,
      "pg_depend has no column refobjsubId",
    );
  });

  it("is read by names, and changed into another row", () => {
    const row = pgDepend.view(pgDepend.row(edge));
    expect([row.objid, row.deptype]).to.deep.equal([16384, "n"]);
    expect(pgDepend.change(row, { deptype: "a" })).to.deep.equal([
      1259,
      16384,
      0,
      2615,
      2200,
      0,
      "a",
    ]);
    expect(row.deptype).to.equal("n");
  });

  it("is identified by its key", () => {
    const row = pgAttribute.row({
      attrelid: oid(16384),
      attname: "a",
      atttypid: oid(23),
      attlen: 4,
      attnum: 1,
      attbyval: true,
      attalign: "i",
      attstorage: "p",
    });
    expect(pgAttribute.keyOf(row)).to.deep.equal([16384, 1]);
  });
});
