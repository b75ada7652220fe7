/** COLUMNS: from a definition to a pg_attribute row, its default and its dependencies. */
import type { Oid } from "../../base/ids.ts";
import { SqlError, warning } from "../../base/sql-error.ts";
import type { Catalog } from "../catalog.ts";
import {
  ATTRDEF_CLASS,
  COLLATION_CLASS,
  DEFAULT_COLLATION,
  FIRST_UNPINNED_OID,
  PG_CATALOG,
  RELATION_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { displayName, getNamespace, type TypeTuple } from "../names.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgCollation } from "../relations/pg-collation.ts";
import type { ColumnConstraint, ColumnDefinition, QualifiedName, TypeName } from "../statement.ts";
import { type ResolvedType, reducedPrecision, resolveTypeName, typmodOf } from "../type-name.ts";
import type { DdlContext, StoredExpression } from "./context.ts";
import { searchPathOf } from "./lookup.ts";

/** https://www.postgresql.org/docs/15/limits.html */
export const COLUMNS_MAX = 1600;

const SYSTEM_COLUMNS = new Set(["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"]);

const SERIAL_TYPES: Readonly<Record<string, string>> = {
  serial: "int4",
  serial4: "int4",
  bigserial: "int8",
  serial8: "int8",
  smallserial: "int2",
  serial2: "int2",
};

const SHOWN_TYPES: Readonly<Record<string, string>> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
};

/**
 * A column as a statement wants it, after its constraints have been read and checked against each
 * other.
 */
export interface ColumnPlan {
  readonly name: string;
  readonly type: ResolvedType;
  readonly collation: Oid;
  readonly notNull: boolean;
  readonly default: Extract<ColumnConstraint, { kind: "default" }> | undefined;
  readonly identity: Extract<ColumnConstraint, { kind: "identity" }> | undefined;
  /** serial: a sequence of the column's own feeds it. */
  readonly serial: boolean;
  readonly keys: readonly Extract<ColumnConstraint, { kind: "primaryKey" | "unique" }>[];
  readonly definition: ColumnDefinition;
}

export function planColumn(
  context: DdlContext,
  definition: ColumnDefinition,
  table: string,
): ColumnPlan {
  const { name, constraints } = definition;
  const serialOf = serialType(definition.type);
  const type = resolveColumnType(context, serialOf ?? definition.type);
  const collation = collationOf(context, definition, type.row);
  sayPrecision(context, definition.type);
  const serial = serialOf !== undefined;
  if (constraints.length === 0) {
    return {
      name,
      type,
      collation,
      definition,
      serial,
      notNull: serial,
      default: undefined,
      identity: undefined,
      keys: [],
    };
  }
  const read = readConstraints(name, table, constraints, serial);
  return { name, type, collation, definition, serial, ...read };
}

/**
 * A precision beyond what there is was reduced. PostgreSQL says so twice: when it reads the
 * statement, with a position, and when it makes the columns.
 */
export function sayPrecisions(context: DdlContext, plans: readonly ColumnPlan[]): void {
  for (const { definition } of plans) {
    const said = reducedPrecision(definition.type);
    if (said !== undefined) context.notice(warning("22023", said));
  }
}

export function checkColumnName(name: string): void {
  if (SYSTEM_COLUMNS.has(name)) {
    throw new SqlError("42701", `column name "${name}" conflicts with a system column name`);
  }
}

/** Columns that every table has are nobody's to change. */
export function checkNoSystemColumn(name: string, what: "alter" | "drop" | "rename"): void {
  if (SYSTEM_COLUMNS.has(name)) {
    throw new SqlError("0A000", `cannot ${what} system column "${name}"`);
  }
}

function sayPrecision(context: DdlContext, type: TypeName): void {
  const said = type.modifiers.length === 0 ? undefined : reducedPrecision(type);
  const at = type.position === undefined ? {} : { position: type.position };
  if (said !== undefined) context.notice(warning("22023", said, at));
}

/** Types of the system never change, so their rows are remembered by name. */
function resolveColumnType(context: DdlContext, name: TypeName): ResolvedType {
  const { system, catalog } = context;
  const isSystem = name.schema === "pg_catalog" || (!name.schema && !shadowsSystem(context));
  const known = isSystem && name.arrayDimensions === 0 ? system.types.get(name.name) : undefined;
  if (known) return { row: known, typmod: typmodOf(known, name) };
  const resolved = resolveTypeName(catalog, name, searchPathOf(context));
  const { row } = resolved;
  if (name.arrayDimensions === 0 && row.typnamespace === PG_CATALOG) {
    system.types.set(name.name, row);
  }
  return resolved;
}

/** A path that names pg_catalog behind another schema lets that schema's types come first. */
const shadowsSystem = (context: DdlContext): boolean =>
  context.searchPath.indexOf("pg_catalog") > 0;

function serialType(type: TypeName): TypeName | undefined {
  const base = type.schema === undefined ? SERIAL_TYPES[type.name] : undefined;
  if (base === undefined) return undefined;
  if (type.arrayDimensions > 0) {
    throw new SqlError("0A000", "array of serial is not implemented").at(type.position);
  }
  if (type.modifiers.length > 0) {
    const message = `type modifier is not allowed for type "${SHOWN_TYPES[base]}"`;
    throw new SqlError("42601", message).at(type.position);
  }
  return { ...type, schema: "pg_catalog", name: base };
}

export function checkColumnType({ name, type: { row } }: ColumnPlan): void {
  if (row.typtype === "p") {
    throw new SqlError("42P16", `column "${name}" has pseudo-type ${row.typname}`);
  }
}

function readConstraints(
  column: string,
  table: string,
  constraints: readonly ColumnConstraint[],
  serial: boolean,
) {
  let nullability: boolean | undefined;
  let found: Extract<ColumnConstraint, { kind: "default" }> | undefined;
  let identity: Extract<ColumnConstraint, { kind: "identity" }> | undefined;
  const keys: Extract<ColumnConstraint, { kind: "primaryKey" | "unique" }>[] = [];
  const wanted = (notNull: boolean, position: number | undefined) => {
    if (nullability !== undefined && nullability !== notNull) {
      throw new SqlError(
        "42601",
        `conflicting NULL/NOT NULL declarations for column "${column}" of table "${table}"`,
      ).at(position);
    }
    nullability = notNull;
  };
  for (const constraint of constraints) {
    switch (constraint.kind) {
      case "notNull":
        wanted(true, constraint.position);
        break;
      case "null":
        wanted(false, constraint.position);
        break;
      case "default":
        if (found) throw severalDefaults(column, table).at(constraint.position);
        found = constraint;
        break;
      case "identity":
        if (identity) throw severalIdentities(column, table).at(constraint.position);
        identity = constraint;
        wanted(true, constraint.position);
        break;
      default:
        keys.push(constraint);
    }
    if (identity && found) throw defaultAndIdentity(column, table).at(constraint.position);
  }
  if (serial) {
    // Its default and its NOT NULL come after what is written, and stand nowhere.
    if (found) throw severalDefaults(column, table);
    if (identity) throw defaultAndIdentity(column, table);
    wanted(true, undefined);
  }
  const primary = keys.some((key) => key.kind === "primaryKey");
  return { notNull: nullability === true || primary, default: found, identity, keys };
}

const severalDefaults = (column: string, table: string) =>
  new SqlError(
    "42601",
    `multiple default values specified for column "${column}" of table "${table}"`,
  );
const severalIdentities = (column: string, table: string) =>
  new SqlError(
    "42601",
    `multiple identity specifications for column "${column}" of table "${table}"`,
  );
const defaultAndIdentity = (column: string, table: string) =>
  new SqlError(
    "42601",
    `both default and identity specified for column "${column}" of table "${table}"`,
  );

/** A column's own DEFAULT, or the one that its sequence gives it. */
export function bindColumnDefault(
  context: DdlContext,
  plan: ColumnPlan,
  sequence: Oid | undefined,
): StoredExpression | undefined {
  if (plan.serial && sequence !== undefined) return context.expressions.nextvalOf(sequence);
  if (!plan.default) return undefined;
  const { row, typmod } = plan.type;
  const column = { name: plan.name, type: row.oid, typmod };
  return context.expressions.bindDefault(plan.default.expression, column);
}

/** Stages the pg_attribute row with its default, and what they depend on. */
export function insertColumn(
  context: DdlContext,
  relation: Oid,
  attnum: number,
  plan: ColumnPlan,
  expression: StoredExpression | undefined,
): void {
  const { catalog } = context;
  const { row: type, typmod } = plan.type;
  const { collation } = plan;
  // One literal, without spreads: a row of every column of every CREATE TABLE is made here.
  catalog.insert(pgAttribute, {
    attrelid: relation,
    attname: plan.name,
    atttypid: type.oid,
    attlen: type.typlen,
    attbyval: type.typbyval,
    attalign: type.typalign,
    attstorage: type.typstorage,
    attnum,
    attndims: plan.definition.type.arrayDimensions,
    atttypmod: typmod,
    attnotnull: plan.notNull,
    atthasdef: expression !== undefined,
    attidentity: plan.identity ? (plan.identity.always ? "a" : "d") : "",
    attcollation: collation,
  });
  addColumnDependencies(catalog, relation, attnum, type.oid, collation);
  if (expression) insertDefault(context, relation, attnum, expression);
}

/** A column needs its type and its collation. */
export function addColumnDependencies(
  catalog: Catalog,
  relation: Oid,
  attnum: number,
  type: Oid,
  collation: Oid,
): void {
  if (type >= FIRST_UNPINNED_OID) {
    const column = addressOf(RELATION_CLASS, relation, attnum);
    addDependency(catalog, column, addressOf(TYPE_CLASS, type), "n");
  }
  if (collation !== 0 && collation !== DEFAULT_COLLATION) {
    const column = addressOf(RELATION_CLASS, relation, attnum);
    addDependency(catalog, column, addressOf(COLLATION_CLASS, collation), "n");
  }
}

function collationOf(
  context: DdlContext,
  { collation: written }: ColumnDefinition,
  type: TypeTuple,
): Oid {
  if (!written) return type.typcollation;
  const found = findCollation(context, written);
  if (!found) {
    throw new SqlError(
      "42704",
      `collation "${displayName(written)}" for encoding "UTF8" does not exist`,
    ).at(written.position);
  }
  if (type.typcollation === 0) {
    const shown = context.expressions.typeText(type.oid);
    throw new SqlError("42804", `collations are not supported by type ${shown}`).at(
      written.position,
    );
  }
  return found;
}

function findCollation(context: DdlContext, name: QualifiedName): Oid | undefined {
  const { catalog } = context;
  const namespaces =
    name.schema === undefined
      ? searchPathOf(context)
      : [getNamespace(catalog, name.schema, name.position).oid];
  for (const namespace of namespaces) {
    for (const encoding of [UTF8, ANY_ENCODING]) {
      const key = [name.name, encoding, namespace];
      const found = catalog.find(pgCollation, "name_enc_nsp", key);
      if (found) return found.oid;
    }
  }
  return undefined;
}
const UTF8 = 6;
const ANY_ENCODING = -1;

/** Stages a pg_attrdef row: the tree, automatic with its column, and what it refers to. */
export function insertDefault(
  context: DdlContext,
  relation: Oid,
  attnum: number,
  expression: StoredExpression,
): void {
  const { catalog } = context;
  const oid = context.allocateOid();
  catalog.insert(pgAttrdef, { oid, adrelid: relation, adnum: attnum, adbin: expression.tree });
  const self = addressOf(ATTRDEF_CLASS, oid);
  addDependency(catalog, self, addressOf(RELATION_CLASS, relation, attnum), "a");
  for (const { classOid, oid: referenced, subId } of expression.references) {
    addDependency(catalog, self, addressOf(classOid, referenced, subId), "n");
  }
}
