/**
 * CREATE TABLE. https://www.postgresql.org/docs/15/sql-createtable.html
 *
 *   1. resolve and lock the schema (against DROP) and the names that will exist: table, row type,
 *      array type
 *   2. plan the columns: types, defaults, identities, keys, all checked before anything is staged
 *   3. stage, in PostgreSQL's order of oids: sequences of serial columns, the relation with its
 *      types and columns, defaults, keys with their indexes, ownership of the sequences
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, RELATION_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple, NamespaceTuple } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgType } from "../relations/pg-type.ts";
import type { CreateTable, TableKey } from "../statement.ts";
import {
  bindColumnDefault,
  COLUMNS_MAX,
  type ColumnPlan,
  checkColumnName,
  checkColumnType,
  insertColumn,
  planColumn,
  sayPrecisions,
} from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { chooseArrayTypeName, chooseRelationName, freeTypeName } from "./generated-names.ts";
import { createKey, type KeyPlan } from "./keys.ts";
import { checkNotInSystem, creationNamespace, lockRelation, lockRelationName } from "./lookup.ts";
import { insertSequence, planNewSequence } from "./sequences.ts";

const HEAP = 2 as Oid;

export function createTable(context: DdlContext, statement: CreateTable): void {
  const { catalog } = context;
  const { name } = statement.table;
  const namespace = creationNamespace(context, statement.table);
  lockRelationName(context, namespace.oid, name);
  const exists = catalog.find(pgClass, "relname_nsp", [name, namespace.oid]) !== undefined;
  if (exists && statement.ifNotExists) {
    context.notice(notice(`relation "${name}" already exists, skipping`, {}, "42P07"));
    return;
  }
  const planned = statement.columns.map((column) => planColumn(context, column, name));
  const keys = planKeys(statement);
  const columns = withPrimaryKey(planned, keys);
  const making = { name, owner: context.user.oid };
  const sequences = columns.map((column) => columnSequence(context, namespace, making, column));
  checkColumns(context, columns);
  if (exists) throw new SqlError("42P07", `relation "${name}" already exists`);
  freeTypeName(context, namespace.oid, name);
  checkNotInSystem(namespace, name);

  const defaults = columns.map((column, at) =>
    bindColumnDefault(context, column, sequences[at]?.oid),
  );
  const relation = context.allocateOid();
  lockRelation(context, relation, "AccessExclusive");
  const type = insertRowType(context, namespace.oid, name, relation);
  insertTable(context, namespace.oid, name, relation, type, columns, keys.length > 0);
  columns.forEach((column, at) => {
    insertColumn(context, relation, at + 1, column, defaults[at]);
    linkSequence(context, relation, at + 1, column, sequences[at]);
  });
  const table = { oid: relation, name, namespace: namespace.oid, owner: context.user.oid };
  for (const key of keys) {
    const attributes = key.columns.map((column) => {
      const attnum = columns.findIndex((plan) => plan.name === column) + 1;
      const row = catalog.find(pgAttribute, "key", [relation, attnum]);
      if (!row) throw undefinedKeyColumn(column);
      return row;
    });
    createKey(context, table, key, attributes);
  }
}

/**
 * Column and table constraints in one list, checked as written: the primary key first, as
 * PostgreSQL builds them.
 */
function planKeys(statement: CreateTable): KeyPlan[] {
  const keys: KeyPlan[] = [];
  for (const { name, constraints } of statement.columns) {
    for (const constraint of constraints) {
      if (constraint.kind === "primaryKey" || constraint.kind === "unique") {
        keys.push(keyPlan(constraint, [name]));
      }
    }
  }
  for (const key of statement.keys) keys.push(keyPlan(key, key.columns));
  if (keys.length === 0) return keys;
  const names = new Set(statement.columns.map((column) => column.name));
  let primary: KeyPlan | undefined;
  for (const key of keys) {
    if (key.kind === "primaryKey") {
      if (primary) {
        const message = `multiple primary keys for table "${statement.table.name}" are not allowed`;
        throw new SqlError("42P16", message).at(key.position);
      }
      primary = key;
    }
    checkKeyColumns(names, key);
  }
  const others = keys.filter((key) => key !== primary);
  return mergeEqual(primary ? [primary, ...others] : others);
}

const keyPlan = (
  key: Pick<TableKey, "kind" | "name" | "nullsNotDistinct" | "position">,
  columns: readonly string[],
): KeyPlan => ({
  kind: key.kind,
  name: key.name,
  columns,
  nullsNotDistinct: key.nullsNotDistinct ?? false,
  position: key.position,
});

/**
 * UNIQUE over the columns of another key adds nothing: its name moves to the key if that has none.
 */
function mergeEqual(keys: readonly KeyPlan[]): KeyPlan[] {
  const kept: KeyPlan[] = [];
  for (const key of keys) {
    const at = kept.findIndex(
      (other) =>
        other.columns.join("\0") === key.columns.join("\0") &&
        other.nullsNotDistinct === key.nullsNotDistinct,
    );
    const twin = kept[at];
    if (!twin) kept.push(key);
    else if (twin.name === undefined) kept[at] = { ...twin, name: key.name };
  }
  return kept;
}

function withPrimaryKey(
  columns: readonly ColumnPlan[],
  keys: readonly KeyPlan[],
): readonly ColumnPlan[] {
  const [first] = keys;
  if (first?.kind !== "primaryKey") return columns;
  return columns.map((plan) =>
    plan.notNull || !first.columns.includes(plan.name) ? plan : { ...plan, notNull: true },
  );
}

/** What PostgreSQL says of the columns when it makes the relation, in its order. */
function checkColumns(context: DdlContext, columns: readonly ColumnPlan[]): void {
  if (columns.length > COLUMNS_MAX) {
    throw new SqlError("54011", `tables can have at most ${COLUMNS_MAX} columns`);
  }
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw new SqlError("42701", `column "${name}" specified more than once`);
    }
    seen.add(name);
  }
  sayPrecisions(context, columns);
  for (const { name } of columns) checkColumnName(name);
  for (const column of columns) checkColumnType(column);
}

function checkKeyColumns(names: ReadonlySet<string>, key: KeyPlan): void {
  const seen = new Set<string>();
  for (const column of key.columns) {
    if (!names.has(column)) throw undefinedKeyColumn(column).at(key.position);
    if (seen.has(column)) throw repeatedKeyColumn(column, key.kind).at(key.position);
    seen.add(column);
  }
}

const undefinedKeyColumn = (column: string): SqlError =>
  new SqlError("42703", `column "${column}" named in key does not exist`);
const repeatedKeyColumn = (column: string, kind: KeyPlan["kind"]): SqlError =>
  new SqlError(
    "42701",
    `column "${column}" appears twice in ${kind === "primaryKey" ? "primary key" : "unique"} constraint`,
  );

/** The sequence of a serial or identity column, made before the table as in PostgreSQL. */
export function columnSequence(
  context: DdlContext,
  namespace: NamespaceTuple,
  table: { readonly name: string; readonly owner: Oid },
  column: ColumnPlan,
): ClassTuple | undefined {
  if (!column.serial && !column.identity) return undefined;
  const name = chooseRelationName(context, namespace.oid, table.name, column.name, "seq");
  const type = column.type.row.oid;
  const options = column.identity?.options ?? {};
  const identity = column.identity !== undefined;
  const plan = planNewSequence(context, options, { type, identity });
  return insertSequence(context, namespace, name, options, plan, table.owner);
}

/** The sequence behind a column goes with it: automatically, or as a part of an identity. */
export function linkSequence(
  context: DdlContext,
  relation: Oid,
  attnum: number,
  column: ColumnPlan,
  sequence: ClassTuple | undefined,
): void {
  if (!sequence) return;
  const owned = addressOf(RELATION_CLASS, sequence.oid);
  const owner = addressOf(RELATION_CLASS, relation, attnum);
  addDependency(context.catalog, owned, owner, column.identity ? "i" : "a");
}

const NONE = 0 as Oid;
const unnamed = { oid: NONE, typname: "", typnamespace: NONE, typowner: NONE };

/** What all row types, and all arrays of row types, have in common. */
const COMPOSITE = pgType.view(
  pgType.row({
    ...unnamed,
    typlen: -1,
    typtype: "c",
    typcategory: "C",
    typinput: 2290 as Oid, // record_in
    typoutput: 2291 as Oid,
    typreceive: 2402 as Oid,
    typsend: 2403 as Oid,
    typalign: "d",
    typstorage: "x",
  }),
);
const ARRAY = pgType.view(
  pgType.row({
    ...unnamed,
    typlen: -1,
    typtype: "b",
    typcategory: "A",
    typsubscript: 6179 as Oid, // array_subscript_handler
    typinput: 750 as Oid, // array_in
    typoutput: 751 as Oid,
    typreceive: 2400 as Oid,
    typsend: 2401 as Oid,
    typanalyze: 3816 as Oid, // array_typanalyze
    typalign: "d",
    typstorage: "x",
  }),
);

/** The table's row type and the array over it; both are parts of the relation. */
export function insertRowType(
  context: DdlContext,
  namespace: Oid,
  name: string,
  relation: Oid,
): Oid {
  const { catalog } = context;
  const array = context.allocateOid();
  const type = context.allocateOid();
  const typowner = context.user.oid;
  catalog.insertLike(pgType, COMPOSITE, {
    oid: type,
    typname: name,
    typnamespace: namespace,
    typowner,
    typrelid: relation,
    typarray: array,
  });
  catalog.insertLike(pgType, ARRAY, {
    oid: array,
    typname: chooseArrayTypeName(context, namespace, name),
    typnamespace: namespace,
    typowner,
    typelem: type,
  });
  const self = addressOf(TYPE_CLASS, type);
  addDependency(catalog, self, addressOf(RELATION_CLASS, relation), "i");
  addDependency(catalog, addressOf(TYPE_CLASS, array), self, "i");
  return type;
}

function insertTable(
  context: DdlContext,
  namespace: Oid,
  name: string,
  relation: Oid,
  type: Oid,
  columns: readonly ColumnPlan[],
  hasIndex: boolean,
): void {
  const { catalog } = context;
  catalog.insert(pgClass, {
    oid: relation,
    relname: name,
    relnamespace: namespace,
    reltype: type,
    relowner: context.user.oid,
    relam: HEAP,
    relfilenode: relation,
    relkind: "r",
    relnatts: columns.length,
    relhasindex: hasIndex,
    relreplident: "d",
  });
  const self = addressOf(RELATION_CLASS, relation);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace), "n");
  addOwner(catalog, self, context.user.oid);
}
