/** The table x, whose columns expressions may name: one of each type, some with a length. */
import type { Oid } from "../../../src/base/ids.ts";
import type { BuiltinCatalog } from "../../../src/sql/bind/builtin.ts";

interface ColumnOfX {
  readonly name: string;
  /** As SQL. */
  readonly type: string;
  readonly typname: string;
  readonly typmod?: number;
  readonly collation?: "C" | "POSIX";
}

const plain = (...types: readonly string[]): ColumnOfX[] =>
  types.map((type) => ({
    name: `c_${type}`,
    type: type === "char" ? '"char"' : type,
    typname: type,
  }));

export const columnsOfX: readonly ColumnOfX[] = [
  ...plain(
    "bool",
    "int2",
    "int4",
    "int8",
    "numeric",
    "float4",
    "float8",
    "money",
    "text",
    "varchar",
  ),
  ...plain(
    "name",
    "char",
    "bytea",
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
  ),
  ...plain(
    "uuid",
    "json",
    "jsonb",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "varbit",
    "oid",
    "regclass",
  ),
  ...plain("regtype", "regproc", "xid", "tid", "pg_lsn", "point", "box", "int4range", "numrange"),
  ...plain("tsvector", "tsquery", "xml", "bpchar", "int4multirange", "daterange", "tstzrange"),
  { name: "n52", type: "numeric(5,2)", typname: "numeric", typmod: 327686 },
  { name: "v5", type: "varchar(5)", typname: "varchar", typmod: 9 },
  { name: "c3", type: "char(3)", typname: "bpchar", typmod: 7 },
  { name: "b8", type: "bit(8)", typname: "bit", typmod: 8 },
  { name: "vb4", type: "bit varying(4)", typname: "varbit", typmod: 4 },
  { name: "ts3", type: "timestamp(3)", typname: "timestamp", typmod: 3 },
  { name: "iv", type: "interval day to second(2)", typname: "interval", typmod: 470286338 },
  { name: "t_c", type: 'text COLLATE "C"', typname: "text", collation: "C" },
  { name: "t_p", type: 'text COLLATE "POSIX"', typname: "text", collation: "POSIX" },
  { name: "v_c", type: 'varchar(7) COLLATE "C"', typname: "varchar", typmod: 11, collation: "C" },
  { name: "Odd name", type: "text", typname: "text" },
  { name: "select", type: "integer", typname: "int4" },
  { name: "ai", type: "integer[]", typname: "_int4" },
  { name: "at", type: "text[]", typname: "_text" },
  { name: "an", type: "numeric(4,1)[]", typname: "_numeric", typmod: 262149 },
  { name: "av", type: "varchar(4)[]", typname: "_varchar", typmod: 8 },
  { name: "atz", type: "timestamptz[]", typname: "_timestamptz" },
  { name: "iv2", type: "int2vector", typname: "int2vector" },
  { name: "ov", type: "oidvector", typname: "oidvector" },
];

export const createX = `CREATE TABLE x (${columnsOfX
  .map(({ name, type }) => `"${name}" ${type}`)
  .join(", ")})`;

const quoted = (name: string): string =>
  /^[a-z_0-9]+$/.test(name) && name !== "select" ? name : `"${name}"`;

const byType = new Map<Oid, string[]>();
export function indexColumns(builtin: BuiltinCatalog): void {
  for (const { name, typname } of columnsOfX) {
    const type = builtin.typesByName.get(typname)?.oid;
    if (type === undefined) throw new Error(`no type ${typname}`);
    const names = [quoted(name), `x.${quoted(name)}`];
    byType.set(type, [...(byType.get(type) ?? []), ...names]);
  }
}
export const columnsOfType = (type: Oid): readonly string[] => byType.get(type) ?? [];
