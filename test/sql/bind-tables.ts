/**
 * The tables that golden cases of the binder name: test/sql/bind-golden/tables.sql says the same in
 * SQL.
 */
import { type Oid, oid } from "../../src/base/ids.ts";
import { pgAttribute } from "../../src/catalog/relations/pg-attribute.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { pgConstraint } from "../../src/catalog/relations/pg-constraint.ts";
import { pgType } from "../../src/catalog/relations/pg-type.ts";
import { builtin, MemoryCatalog } from "./bind-support.ts";

type Column = readonly [
  name: string,
  type: number,
  typmod?: number,
  collation?: number | undefined,
];

const tables: Readonly<Record<string, readonly Column[]>> = {
  t1: [
    ["id", 23],
    ["name", 25],
    ["n", 1700, 655366],
    ["ts", 1184],
    ["arr", 1007],
    ["b", 16],
    ["v", 1043, 14],
    ["c", 1042, 9],
  ],
  t2: [
    ["x", 23],
    ["y", 25],
  ],
  t3: [["j", 114]],
  t4: [
    ["id", 20],
    ["q", 25],
  ],
};

const OWNER = oid(10);
const PUBLIC = oid(2200);

export class TestCatalog extends MemoryCatalog {
  readonly #names = new Map<Oid, string>();

  nameOf(relation: Oid): string {
    return this.#names.get(relation) ?? this.find(pgClass, "key", [relation])?.relname ?? "?";
  }

  addTable(id: number, name: string, columns: readonly Column[]): void {
    const [relation, rowType, arrayType] = [oid(id), oid(id + 1), oid(id + 2)];
    this.#names.set(relation, name);
    const type = {
      typnamespace: PUBLIC,
      typowner: OWNER,
      typlen: -1,
      typinput: oid(2290),
      typoutput: oid(2291),
      typalign: "d",
      typstorage: "x",
    };
    this.add(pgType, {
      ...type,
      oid: rowType,
      typname: name,
      typtype: "c",
      typcategory: "C",
      typrelid: relation,
      typarray: arrayType,
    });
    this.add(pgType, {
      ...type,
      oid: arrayType,
      typname: `_${name}`,
      typtype: "b",
      typcategory: "A",
      typsubscript: oid(6179),
      typelem: rowType,
    });
    this.addClass(id, name, "r", columns.length, rowType);
    columns.forEach(([attname, atttypid, atttypmod = -1, collation], at) => {
      this.add(pgAttribute, {
        attrelid: relation,
        attname,
        atttypid: oid(atttypid),
        atttypmod,
        attnum: at + 1,
        attlen: -1,
        attbyval: false,
        attalign: "i",
        attstorage: "x",
        attcollation: oid(collation ?? builtin.types.get(oid(atttypid))?.collation ?? 0),
      });
    });
  }

  addClass(id: number, relname: string, relkind: string, relnatts: number, reltype = oid(0)): void {
    const relreplident = relkind === "r" ? "d" : "n";
    const columns = { relname, relkind, relnatts, reltype, relreplident };
    this.add(pgClass, { oid: oid(id), relnamespace: PUBLIC, relowner: OWNER, ...columns });
  }
}

export function testCatalog(): TestCatalog {
  const catalog = new TestCatalog();
  Object.entries(tables).forEach(([name, columns], at) => {
    catalog.addTable(20000 + 10 * at, name, columns);
  });
  catalog.addClass(20100, "t1_pkey", "i", 1);
  catalog.addClass(20101, "s1", "S", 3);
  [
    ["last_value", 20],
    ["log_cnt", 20],
    ["is_called", 16],
  ].forEach(([attname, type], at) => {
    catalog.add(pgAttribute, {
      attrelid: oid(20101),
      attname: String(attname),
      atttypid: oid(Number(type)),
      attnum: at + 1,
      attlen: 8,
      attbyval: true,
      attalign: "d",
      attstorage: "p",
    });
  });
  catalog.add(pgConstraint, {
    oid: oid(20102),
    conname: "t1_pkey",
    connamespace: PUBLIC,
    contype: "p",
    conrelid: oid(20000),
    conindid: oid(20100),
    conkey: [1],
    connoinherit: true,
  });
  return catalog;
}
