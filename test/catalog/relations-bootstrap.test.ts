/** The built-in rows as a whole: nothing dangles, nothing is there twice, every value fits. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import { DataCorrupted } from "../../src/base/assert.ts";
import type { Oid } from "../../src/base/ids.ts";
import type { Row } from "../../src/base/value.ts";
import { allRelations, relationByOid } from "../../src/catalog/all-relations.ts";
import {
  BOOTSTRAP_FORMAT,
  decodeBootstrap,
  loadBootstrap,
  type RelationRows,
} from "../../src/catalog/bootstrap.ts";
import type { Columns, Relation, Tuple } from "../../src/catalog/relation.ts";
import { pgAttribute } from "../../src/catalog/relations/pg-attribute.ts";
import { pgAuthid } from "../../src/catalog/relations/pg-authid.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { pgDatabase } from "../../src/catalog/relations/pg-database.ts";
import { pgDepend } from "../../src/catalog/relations/pg-depend.ts";
import { pgDescription } from "../../src/catalog/relations/pg-description.ts";
import { pgInitPrivs } from "../../src/catalog/relations/pg-init-privs.ts";
import { pgNamespace } from "../../src/catalog/relations/pg-namespace.ts";
import { pgProc } from "../../src/catalog/relations/pg-proc.ts";
import { pgShdescription } from "../../src/catalog/relations/pg-shdescription.ts";
import { fitsColumn } from "./relations-values.ts";

describe("the built-in rows", () => {
  const bootstrap = loadBootstrap();
  const both = [...bootstrap.pinned, ...bootstrap.template];
  const within = <C extends Columns>(parts: readonly RelationRows[], relation: Relation<C>) =>
    parts
      .filter((part) => part.relation.oid === relation.oid)
      .flatMap((part) => part.rows.map((row): Tuple<C> => relation.view(row)));
  const identities = new Map(
    allRelations.map((relation) => [
      relation.name,
      new Set(within(both, relation).map(({ values }) => String(relation.keyOf(values)))),
    ]),
  );
  const exists = (relation: string | undefined, key: unknown) =>
    identities.get(relation ?? "")?.has(String(key)) ?? false;

  it("carry the hash of their text", () => {
    const folder = new URL("../../bootstrap/", import.meta.url);
    const text = gunzipSync(readFileSync(new URL("catalogs.jsonl.gz", folder)));
    const hash = createHash("sha256").update(text).digest("hex");
    expect(bootstrap.hash).to.equal(hash);
    expect(readFileSync(new URL("catalogs.sha256", folder), "utf8")).to.equal(`${hash}\n`);
    expect(bootstrap.formatVersion).to.equal(BOOTSTRAP_FORMAT);
  });

  it("hold only values that their columns store", () => {
    for (const { relation, rows } of both) {
      const columns = Object.entries(relation.columns);
      for (const row of rows) {
        expect(row).to.have.lengthOf(columns.length);
        columns.forEach(([name, column], at) => {
          if (!fitsColumn(column, row[at])) {
            expect.fail(`${relation.name}.${name} cannot hold ${row[at]} (${row})`);
          }
        });
      }
    }
  });

  it("are unique by their keys and unique indexes", () => {
    for (const relation of allRelations) {
      const rows = within(both, relation);
      for (const index of ["key", ...relation.unique]) {
        const columns = relation.layout.indexes[relation.indexNumbers.get(index) ?? -1] ?? [];
        const values = (row: Row) => JSON.stringify(columns.map((at) => row[at]));
        const different = new Set(rows.map((row) => values(row.values)));
        expect(different.size, `${relation.name} by ${index}`).to.equal(rows.length);
      }
    }
  });

  it("refer only to rows that are there", () => {
    for (const { relation, rows } of both) {
      Object.entries(relation.columns).forEach(([name, { references }], at) => {
        if (references === undefined) return;
        for (const row of rows) {
          for (const target of [row[at] ?? 0].flat()) {
            if (target !== 0 && !exists(references, target)) {
              expect.fail(`${relation.name}.${name}: ${references} has no ${target} (${row})`);
            }
          }
        }
      });
    }
  });

  it("describe, protect and connect only objects that are there", () => {
    const objects: (readonly [classOid: number, oid: number])[] = [
      ...within(both, pgDescription).map((row) => [row.classoid, row.objoid] as const),
      ...within(both, pgShdescription).map((row) => [row.classoid, row.objoid] as const),
      ...within(both, pgInitPrivs).map((row) => [row.classoid, row.objoid] as const),
      ...within(both, pgDepend).map((row) => [row.classid, row.objid] as const),
      ...within(both, pgDepend).map((row) => [row.refclassid, row.refobjid] as const),
    ];
    for (const [classOid, oid] of objects) {
      const relation = allRelations.find((each) => each.oid === classOid);
      expect(exists(relation?.name, oid), `${relation?.name} ${oid}`).to.equal(true);
    }
  });

  it("give a TOAST table to the tables that say so, and to no other", () => {
    const owned = within(both, pgClass).filter((row) => row.reltoastrelid !== 0);
    const toast = within(both, pgClass).filter((row) => row.relkind === "t");
    expect(toast).to.have.length(40);
    expect(toast.map((row) => [row.oid, row.relname])).to.have.deep.members(
      owned.map((row) => [row.reltoastrelid, `pg_toast_${row.oid}`]),
    );
  });

  it("give every relation the columns that it counts", () => {
    const counts = new Map<Oid, number>();
    for (const { attrelid, attnum } of within(both, pgAttribute)) {
      if (attnum > 0) counts.set(attrelid, (counts.get(attrelid) ?? 0) + 1);
    }
    for (const row of within(both, pgClass)) {
      expect(counts.get(row.oid) ?? 0, row.relname).to.equal(row.relnatts);
      expect([row.relpages, row.reltuples]).to.deep.equal([0, -1]);
      expect([0, row.oid]).to.include(row.relfilenode);
    }
  });

  it("spell out as many defaults of a function as it counts", () => {
    for (const row of within(both, pgProc)) {
      const defaults = JSON.parse(row.proargdefaults ?? '{"v":1,"sql":[]}');
      expect(defaults.v).to.equal(1);
      expect(defaults.sql, row.proname).to.have.lengthOf(row.pronargdefaults);
    }
  });

  it("are those of a cluster that initdb has just made", () => {
    const databases = within(both, pgDatabase).map((row) => [row.oid, row.datname, row.datcollate]);
    expect(databases).to.deep.equal([
      [1, "template1", "C"],
      [4, "template0", "C"],
      [5, "postgres", "C"],
    ]);
    const roles = within(both, pgAuthid);
    expect(roles.filter((row) => row.rolsuper).map((row) => [row.oid, row.rolname])).to.deep.equal([
      [10, "root"],
    ]);
    for (const role of roles) {
      expect(role.oid === 10 || role.rolname.startsWith("pg_")).to.equal(true);
      expect(role.rolpassword).to.equal(null);
    }
    for (const { relation, rows } of both) {
      for (const row of rows) {
        if (relation.columnNames[0] === "oid") expect(row[0]).to.be.lessThan(16384);
      }
    }
  });

  it("leave to each database its schema public and its extension plpgsql", () => {
    const objects = bootstrap.template.flatMap(({ relation, rows }) =>
      rows.map((row) => `${relation.name} ${String(relation.keyOf(row)).replaceAll(",", " ")}`),
    );
    const [schema] = within(bootstrap.template, pgNamespace);
    expect(schema?.values).to.deep.equal([2200, "public", 6171, ["6171=UC/6171", "=U/6171"]]);
    expect(objects).to.deep.equal([
      "pg_depend 1255 13560 0 3079 13559 0 e",
      "pg_depend 1255 13561 0 3079 13559 0 e",
      "pg_depend 1255 13562 0 3079 13559 0 e",
      "pg_depend 2612 13563 0 1255 13560 0 n",
      "pg_depend 2612 13563 0 1255 13561 0 n",
      "pg_depend 2612 13563 0 1255 13562 0 n",
      "pg_depend 2612 13563 0 3079 13559 0 e",
      "pg_description 2200 2615 0",
      "pg_description 13559 3079 0",
      "pg_description 13563 2612 0",
      "pg_extension 13559",
      "pg_init_privs 2200 2615 0",
      "pg_language 13563",
      "pg_namespace 2200",
      "pg_proc 13560",
      "pg_proc 13561",
      "pg_proc 13562",
    ]);
  });

  it("keep no shared row for a database to copy", () => {
    for (const { relation } of bootstrap.template) {
      expect(relationByOid(relation.oid)?.layout.shared, relation.name).to.equal(false);
    }
  });

  it("are refused when the file is damaged, replaced or of another format", () => {
    const pack = (text: string) => gzipSync(Buffer.from(text));
    const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
    const decode = (text: string) => () => decodeBootstrap(pack(text), hashOf(text));
    const good = '{"format":1,"server":"15.18"}\n';
    expect(decode(good)()).to.deep.equal({
      hash: hashOf(good),
      formatVersion: 1,
      pinned: [],
      template: [],
    });
    expect(() => decodeBootstrap(pack(good), hashOf("else"))).to.throw(DataCorrupted, "SHA-256");
    expect(() => decodeBootstrap(pack(good).subarray(0, 20), hashOf(good))).to.throw(
      DataCorrupted,
      "it is not a whole gzip file",
    );
    expect(decode('{"format":2}\n')).to.throw(DataCorrupted, "its format is 2, not 1");
    const rows = '{"relation":"pg_am","columns":["oid"],"pinned":[],"template":[]}\n';
    expect(decode(good + rows)).to.throw(DataCorrupted, "its pg_am has other columns");
    expect(decode(good + rows.replace("pg_am", "pg_none"))).to.throw(
      DataCorrupted,
      "it has rows of an unknown relation pg_none",
    );
  });
});
