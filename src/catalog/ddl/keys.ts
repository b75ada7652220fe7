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
import type { DdlContext } from "./context.ts";
import { chooseRelationName } from "./generated-names.ts";
import { lockRelationName } from "./lookup.ts";

const BTREE = 403 as Oid;
/** https://www.postgresql.org/docs/15/limits.html */
const INDEX_COLUMNS_MAX = 32;

export type AttributeTuple = Tuple<(typeof pgAttribute)["columns"]>;

/** The table that gets the key; its rows may be staged in this statement or stored long ago. */
export interface KeyedTable {
  readonly oid: Oid;
  readonly name: string;
  readonly namespace: Oid;
  readonly owner: Oid;
}

export interface KeyPlan {
  readonly kind: "primaryKey" | "unique";
  readonly name: string | undefined;
  readonly columns: readonly string[];
  readonly nullsNotDistinct: boolean;
  readonly position: number | undefined;
}

/** Stages index and constraint. The columns' NOT NULL of a primary key is the caller's. */
export function createKey(
  context: DdlContext,
  table: KeyedTable,
  plan: KeyPlan,
  columns: readonly AttributeTuple[],
): void {
  if (plan.columns.length > INDEX_COLUMNS_MAX) {
    throw new SqlError("54011", `cannot use more than ${INDEX_COLUMNS_MAX} columns in an index`);
  }
  const opclasses = columns.map((column) => defaultOpclass(context, column.atttypid));
  const name = keyName(context, table, plan);
  const index = context.allocateOid();
  const constraint = context.allocateOid();
  insertIndex(context, table, plan, columns, opclasses, index, name);
  insertConstraint(context, table, plan, columns, constraint, name, index);
}

function keyName(context: DdlContext, table: KeyedTable, plan: KeyPlan): string {
  if (plan.name === undefined) {
    return plan.kind === "primaryKey"
      ? chooseRelationName(context, table.namespace, table.name, undefined, "pkey")
      : chooseRelationName(context, table.namespace, table.name, columnsPart(plan), "key");
  }
  lockRelationName(context, table.namespace, plan.name);
  const { catalog } = context;
  if (catalog.find(pgClass, "relname_nsp", [plan.name, table.namespace])) {
    throw new SqlError("42P07", `relation "${plan.name}" already exists`);
  }
  if (catalog.find(pgConstraint, "conrelid_contypid_conname", [table.oid, 0, plan.name])) {
    throw new SqlError(
      "42710",
      `constraint "${plan.name}" for relation "${table.name}" already exists`,
    );
  }
  return plan.name;
}

/** Column names joined by underscores, no longer than PostgreSQL lets them be. */
function columnsPart(plan: KeyPlan): string {
  let text = "";
  for (const column of plan.columns) {
    text = text === "" ? column : `${text}_${column}`;
    if (Buffer.byteLength(text) >= 64) break;
  }
  return text;
}

function insertIndex(
  context: DdlContext,
  table: KeyedTable,
  plan: KeyPlan,
  columns: readonly AttributeTuple[],
  opclasses: readonly { readonly oid: Oid; readonly keyType: Oid }[],
  index: Oid,
  name: string,
): void {
  const { catalog } = context;
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
    relnatts: columns.length,
    relreplident: "n",
  });
  columns.forEach((column, at) => {
    const own = { attrelid: index, attnum: at + 1, ...INDEX_COLUMN };
    catalog.insertLike(pgAttribute, column, own);
    const keyType = opclasses[at]?.keyType ?? NONE;
    if (keyType !== NONE) storeAs(context, index, at + 1, keyType);
  });
  catalog.insert(pgIndex, {
    indexrelid: index,
    indrelid: table.oid,
    indnatts: columns.length,
    indnkeyatts: columns.length,
    indisunique: true,
    indnullsnotdistinct: plan.nullsNotDistinct,
    indisprimary: plan.kind === "primaryKey",
    indkey: columns.map((column) => column.attnum),
    indcollation: columns.map((column) => column.attcollation),
    indclass: opclasses.map((opclass) => opclass.oid),
    indoption: columns.map(() => 0),
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

function insertConstraint(
  context: DdlContext,
  table: KeyedTable,
  plan: KeyPlan,
  columns: readonly AttributeTuple[],
  constraint: Oid,
  name: string,
  index: Oid,
): void {
  const { catalog } = context;
  catalog.insert(pgConstraint, {
    oid: constraint,
    conname: name,
    connamespace: table.namespace,
    contype: plan.kind === "primaryKey" ? "p" : "u",
    conrelid: table.oid,
    conindid: index,
    connoinherit: true,
    conkey: columns.map((column) => column.attnum),
  });
  const self = addressOf(CONSTRAINT_CLASS, constraint);
  for (const column of columns) {
    addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid, column.attnum), "a");
  }
  addDependency(catalog, addressOf(RELATION_CLASS, index), self, "i");
}

/** The default b-tree operator class: the type's own, its base type's, or the one of its kind. */
function defaultOpclass(context: DdlContext, type: Oid): { oid: Oid; keyType: Oid } {
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
