/**
 * PRIMARY KEY AND UNIQUE: a constraint, the index that carries it, and how they depend on each
 * other.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { pgType } from "../relations/pg-type.ts";
import type { KeyConstraint } from "../statement.ts";
import { isSystemColumn } from "./columns.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import {
  checkConstraintName,
  chooseRelationName,
  clip,
  IDENTIFIER_BYTES_MAX,
  joinColumns,
} from "./generated-names.ts";
import { lockRelationName } from "./lookup.ts";
import { insertRecheckTrigger } from "./triggers.ts";

export const BTREE = 403 as Oid;
/** https://www.postgresql.org/docs/15/limits.html */
const INDEX_COLUMNS_MAX = 32;

/** The table that gets a constraint. Its rows may be staged by this statement or stored before. */
export interface ConstrainedTable {
  readonly oid: Oid;
  readonly name: string;
  readonly namespace: Oid;
  readonly owner: Oid;
}

interface Opclass {
  readonly oid: Oid;
  readonly keyType: Oid;
}
/** Columns of the index: those of the key, and those that are only stored with it. */
interface IndexColumns {
  readonly key: readonly AttributeTuple[];
  readonly included: readonly AttributeTuple[];
  readonly opclasses: readonly Opclass[];
}

/**
 * Stages index and constraint. The columns' NOT NULL of a primary key is the caller's. `indexNames`
 * are those of the index's columns where they are not the table's.
 */
export function createKey(
  context: DdlContext,
  table: ConstrainedTable,
  key: KeyConstraint,
  indexNames: readonly string[] = [...key.columns, ...key.including],
) {
  const { catalog } = context;
  if (key.columns.length + key.including.length > INDEX_COLUMNS_MAX) {
    throw new SqlError("54011", `cannot use more than ${INDEX_COLUMNS_MAX} columns in an index`);
  }
  const columns = indexColumns(context, table.oid, key);
  checkSinglePrimaryKey(context, table, key);
  if ([...key.columns, ...key.including].some(isSystemColumn)) {
    throw new SqlError("0A000", "index creation on system columns is not supported");
  }
  const names = indexColumnNames(indexNames);
  const name = keyName(context, table, key, names);
  const index = context.allocateOid();
  insertIndex(context, table, key, { ...columns, names }, index, name);
  const attnums = [...columns.key, ...columns.included].map((column) => column.attnum);
  const constraint = insertKeyConstraint(context, table, key, attnums, name, index);
  const row = catalog.find(pgClass, "key", [table.oid]);
  if (row && !row.relhasindex) catalog.update(pgClass, row, { relhasindex: true });
  return { index, constraint };
}

function indexColumns(context: DdlContext, table: Oid, key: KeyConstraint): IndexColumns {
  const found: AttributeTuple[] = [];
  const opclasses: Opclass[] = [];
  for (const name of key.columns) {
    const column = keyColumn(context, table, name);
    opclasses.push(defaultOpclass(context, column?.atttypid ?? (SYSTEM_TYPES[name] as Oid)));
    if (column) found.push(column);
  }
  const included = key.including.flatMap((name) => keyColumn(context, table, name) ?? []);
  return { key: found, included, opclasses };
}

/** undefined for a system column. */
function keyColumn(context: DdlContext, table: Oid, name: string): AttributeTuple | undefined {
  const column = context.catalog.find(pgAttribute, "relid_attnam", [table, name]);
  if (column || isSystemColumn(name)) return column;
  throw undefinedKeyColumn(name);
}

export const undefinedKeyColumn = (column: string): SqlError =>
  new SqlError("42703", `column "${column}" named in key does not exist`);

const SYSTEM_TYPES: Readonly<Record<string, number>> = {
  tableoid: 26,
  ctid: 27,
  xmin: 28,
  xmax: 28,
  cmin: 29,
  cmax: 29,
};

export function checkSinglePrimaryKey(
  context: DdlContext,
  table: ConstrainedTable,
  key: KeyConstraint,
): void {
  if (key.kind !== "primaryKey") return;
  const indexes = context.catalog.list(pgIndex, "indrelid", [table.oid]);
  if (indexes.some((index) => index.indisprimary)) throw severalPrimaryKeys(table.name);
}

export const severalPrimaryKeys = (table: string): SqlError =>
  new SqlError("42P16", `multiple primary keys for table "${table}" are not allowed`);

function keyName(
  context: DdlContext,
  table: ConstrainedTable,
  key: KeyConstraint,
  columns: readonly string[],
): string {
  const { name, namespace } = table;
  if (key.name === undefined) {
    if (key.kind === "primaryKey") {
      return chooseRelationName(context, namespace, name, undefined, "pkey");
    }
    return chooseRelationName(context, namespace, name, joinColumns(columns), "key");
  }
  lockRelationName(context, namespace, key.name);
  if (context.catalog.find(pgClass, "relname_nsp", [key.name, namespace])) {
    throw new SqlError("42P07", `relation "${key.name}" already exists`);
  }
  checkConstraintName(context, table, key.name);
  return key.name;
}

/** Names of an index's columns: one that comes again gets a number. */
function indexColumnNames(columns: readonly string[]): string[] {
  const names: string[] = [];
  for (const column of columns) {
    let name = column;
    for (let number = 1; names.includes(name); number++) {
      const digits = String(number);
      name = `${clip(column, IDENTIFIER_BYTES_MAX - digits.length)}${digits}`;
    }
    names.push(name);
  }
  return names;
}

function insertIndex(
  context: DdlContext,
  table: ConstrainedTable,
  key: KeyConstraint,
  columns: IndexColumns & { readonly names: readonly string[] },
  index: Oid,
  name: string,
): void {
  const { catalog } = context;
  const all = [...columns.key, ...columns.included];
  catalog.insert(pgClass, {
    oid: index,
    relname: name,
    relnamespace: table.namespace,
    relowner: table.owner,
    relam: BTREE,
    relfilenode: index,
    relpages: 1,
    reltuples: 0,
    relkind: "i",
    relnatts: all.length,
    relreplident: "n",
  });
  all.forEach((column, at) => {
    const attname = columns.names[at] as string;
    const own = { attrelid: index, attnum: at + 1, attname, ...INDEX_COLUMN };
    const isKey = at < columns.key.length;
    catalog.insertLike(pgAttribute, column, isKey ? own : { ...own, attcollation: NONE });
    const keyType = columns.opclasses[at]?.keyType ?? NONE;
    if (keyType !== NONE) storeAs(context, index, at + 1, keyType);
  });
  catalog.insert(pgIndex, {
    indexrelid: index,
    indrelid: table.oid,
    indnatts: all.length,
    indnkeyatts: columns.key.length,
    indisunique: true,
    indnullsnotdistinct: key.nullsNotDistinct ?? false,
    indisprimary: key.kind === "primaryKey",
    indimmediate: !key.deferrable,
    indkey: all.map((column) => column.attnum),
    indcollation: columns.key.map((column) => column.attcollation),
    indclass: columns.opclasses.map((opclass) => opclass.oid),
    indoption: columns.key.map(() => 0),
  });
}

/** What an index column does not take from the table's. */
const INDEX_COLUMN = { attnotnull: false, atthasdef: false, attidentity: "", attgenerated: "" };
const NONE = 0 as Oid;

/** An operator class may keep another type than the column's: name as cstring. */
function storeAs(context: DdlContext, index: Oid, attnum: number, keyType: Oid): void {
  const { catalog } = context;
  const type = catalog.find(pgType, "key", [keyType]);
  const column = catalog.find(pgAttribute, "key", [index, attnum]);
  if (!type || !column) return;
  catalog.update(pgAttribute, column, {
    atttypid: keyType,
    atttypmod: -1,
    attlen: type.typlen,
    attbyval: type.typbyval,
    attalign: type.typalign,
    attstorage: type.typstorage,
  });
}

/** Stages the constraint that an index carries; `attnums` are all columns of the index. */
export function insertKeyConstraint(
  context: DdlContext,
  table: ConstrainedTable,
  key: KeyConstraint,
  attnums: readonly number[],
  name: string,
  index: Oid,
): Oid {
  const { catalog } = context;
  const oid = context.allocateOid();
  catalog.insert(pgConstraint, {
    oid,
    conname: name,
    connamespace: table.namespace,
    contype: key.kind === "primaryKey" ? "p" : "u",
    condeferrable: key.deferrable,
    condeferred: key.initiallyDeferred,
    conrelid: table.oid,
    conindid: index,
    connoinherit: true,
    conkey: attnums.slice(0, key.columns.length),
  });
  const self = addressOf(CONSTRAINT_CLASS, oid);
  for (const attnum of new Set(attnums)) {
    addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid, attnum), "a");
  }
  addDependency(catalog, addressOf(RELATION_CLASS, index), self, "i");
  if (key.deferrable) insertRecheckTrigger(context, table.oid, key, oid, index);
  return oid;
}

/** The default b-tree operator class: the type's own, its base type's, or the one of its kind. */
export function defaultOpclass(context: DdlContext, type: Oid): Opclass {
  const known = context.system.opclasses.get(type);
  if (known) return known;
  const row = context.catalog.find(pgType, "key", [type]);
  if (row?.typtype === "d") return defaultOpclass(context, row.typbasetype);
  const accepted = acceptedTypes(row);
  const candidates = context.catalog
    .list(pgOpclass, "am_name_nsp", [BTREE])
    .filter((opclass) => opclass.opcdefault);
  for (const input of [type, ...accepted]) {
    const found = candidates.find((opclass) => opclass.opcintype === input);
    if (!found) continue;
    const opclass = { oid: found.oid, keyType: found.opckeytype };
    context.system.opclasses.set(type, opclass);
    return opclass;
  }
  throw new SqlError(
    "42704",
    `data type ${context.expressions.typeText(type)} has no default operator class for access method "btree"`,
    {
      hint: "You must specify an operator class for the index or define a default operator class for the data type.",
    },
  );
}

const [BYTEA, TEXT, OID, INET] = [17, 25, 26, 869];
const [ANYARRAY, ANYENUM, RECORD, ANYRANGE, ANYMULTIRANGE] = [2277, 3500, 2249, 3831, 4537];
/** Types that are the same bytes as another one, which has the operators. */
const BINARY_COERCIBLE: Readonly<Record<string, number>> = {
  varchar: TEXT,
  pg_node_tree: TEXT,
  pg_ndistinct: BYTEA,
  pg_dependencies: BYTEA,
  pg_mcv_list: BYTEA,
  cidr: INET,
  regproc: OID,
  regprocedure: OID,
  regoper: OID,
  regoperator: OID,
  regclass: OID,
  regcollation: OID,
  regtype: OID,
  regrole: OID,
  regnamespace: OID,
  regconfig: OID,
  regdictionary: OID,
};

function acceptedTypes(row: Tuple<(typeof pgType)["columns"]> | undefined): number[] {
  if (!row) return [];
  const same = BINARY_COERCIBLE[row.typname];
  if (same !== undefined) return [same];
  if (row.typcategory === "A") return [ANYARRAY];
  switch (row.typtype) {
    case "e":
      return [ANYENUM];
    case "c":
      return [RECORD];
    case "r":
      return [ANYRANGE];
    case "m":
      return [ANYMULTIRANGE];
    default:
      return [];
  }
}
