/** Default operator classes, and which types a class accepts, as recorded from PostgreSQL. */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import { findDefaultOpclass, isBinaryCoercible } from "../../src/catalog/opclasses.ts";
import { pgAm } from "../../src/catalog/relations/pg-am.ts";
import { pgType } from "../../src/catalog/relations/pg-type.ts";
import { memoryCatalog } from "../sql/bind-support.ts";

const recorded = readFileSync(new URL("default-opclasses.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

const ARRAYS = ["_int4", "_text", "int2vector", "oidvector", "_name"];

describe("operator classes", () => {
  const catalog = memoryCatalog();
  const typeOid = (name: string) => {
    const found = catalog.find(pgType, "typname_nsp", [name, 11]);
    return found?.oid ?? oid(0);
  };

  it("are chosen for every type and method as PostgreSQL chooses them", () => {
    const types = catalog.all(pgType).filter(({ typname, typnamespace, typtype, typcategory }) => {
      const isPlain = "brmed".includes(typtype) && typcategory !== "A";
      return typnamespace === 11 && (isPlain || ARRAYS.includes(typname));
    });
    const found: string[] = [];
    for (const method of catalog.all(pgAm)) {
      if (method.amtype !== "i") continue;
      for (const type of types) {
        const opclass = findDefaultOpclass(catalog, type.oid, method.oid);
        if (opclass) found.push(`${method.amname} ${type.typname} ${opclass.opcname}`);
      }
    }
    expect(found.toSorted()).to.deep.equal(recorded.toSorted());
  });

  it("accept the types whose values are values of theirs", () => {
    for (const [source, target, accepted] of [
      ["varchar", "text", true],
      ["text", "varchar", true],
      ["bpchar", "text", false],
      ["int4", "int8", false],
      ["regclass", "oid", true],
      ["oid", "regclass", true],
      ["cidr", "inet", true],
      ["inet", "cidr", false],
      ["_int4", "anyarray", true],
      ["int2vector", "anyarray", true],
      ["int4", "anynonarray", true],
      ["int4range", "anyrange", true],
      ["int4multirange", "anymultirange", true],
      ["pg_class", "record", true],
      ["_pg_class", "_record", true],
      ["_int4", "_record", false],
      ["int4", "anyelement", true],
    ] as const) {
      const found = isBinaryCoercible(catalog, typeOid(source), typeOid(target));
      expect(found, `${source} as ${target}`).to.equal(accepted);
    }
  });
});
