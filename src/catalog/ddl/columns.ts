/** COLUMNS: from a definition to a pg_attribute row and its dependencies. */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError, warning } from "../../base/sql-error.ts";
import type { Catalog } from "../catalog.ts";
import {
  COLLATION_CLASS,
  DEFAULT_COLLATION,
  FIRST_UNPINNED_OID,
  PG_CATALOG,
  RELATION_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { displayName, type TypeTuple } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgCollation } from "../relations/pg-collation.ts";
import type {
  ColumnConstraint,
  ColumnDefinition,
  QualifiedName,
  TableConstraint,
  TypeName,
} from "../statement.ts";
import { isSystemColumn } from "../system-columns.ts";
import { type ResolvedType, reducedPrecision, resolveTypeName, typmodOf } from "../type-name.ts";
import { compressionOf } from "./compression.ts";
import type { DdlContext } from "./context.ts";
import { namespacesOf } from "./find-named.ts";
import { searchPathOf } from "./lookup.ts";
import { checkMember } from "./member-types.ts";
import type { InheritedColumn } from "./merge-columns.ts";
import { checkNoPseudoType } from "./pseudo-types.ts";
import { checkMayUseType } from "./type-owner.ts";

/** https://www.postgresql.org/docs/15/limits.html */
export const COLUMNS_MAX = 1600;

const SERIAL_TYPES: ReadonlyMap<string, string> = new Map([
  ["serial", "int4"],
  ["serial4", "int4"],
  ["bigserial", "int8"],
  ["serial8", "int8"],
  ["smallserial", "int2"],
  ["serial2", "int2"],
]);

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
  /** The type as written; a column that LIKE takes over has none. */
  readonly written?: TypeName;
  /** DEFAULT or, of a generated column, its expression. */
  readonly default?: DefaultPlan | undefined;
  readonly generated: boolean;
  readonly identity?: IdentityPlan | undefined;
  /** The type of its sequence, where it is not the column's. */
  readonly sequenceType?: Oid;
  /** serial: a sequence of the column's own feeds it. */
  readonly serial: boolean;
  /** Keys, checks and foreign keys that were written with the column. */
  readonly constraints: readonly TableConstraint[];
  /** Other than the type's own, when LIKE takes it over. */
  readonly storage?: string;
  /** The method of COMPRESSION. */
  readonly compression?: string;
  /** Of an array; where nothing is written that says it. */
  readonly dimensions?: number;
  readonly inherited?: InheritedColumn;
}

type DefaultPlan = Extract<ColumnConstraint, { kind: "default" | "generated" }>;
type IdentityPlan = Pick<Extract<ColumnConstraint, { kind: "identity" }>, "always" | "options">;
const NO_CONSTRAINTS: readonly TableConstraint[] = [];

export function planColumn(
  context: DdlContext,
  definition: ColumnDefinition,
  table: string,
): ColumnPlan {
  const { name, constraints, type: written } = definition;
  const serialOf = serialType(written);
  const type = resolveColumnType(context, serialOf ?? written);
  const collation = collationOf(context, definition, type.row);
  sayPrecision(context, written);
  const serial = serialOf !== undefined;
  if (definition.misplaced) throw definition.misplaced;
  const { compression } = definition;
  const stored = compression === undefined ? {} : { compression };
  const plan = { name, type, collation, written, serial, ...stored };
  if (constraints.length > 0) {
    return { ...plan, ...readConstraints(name, table, constraints, serial) };
  }
  return { ...plan, notNull: serial, generated: false, constraints: NO_CONSTRAINTS };
}

/** What is said of a column of a partition, which has its parent's type. */
export type ColumnOptions = Pick<ColumnPlan, "name" | "constraints" | "notNull" | "default">;

/** Throws 0A000 for an identity or a generation expression of its own. */
export function planOptions(definition: ColumnDefinition, table: string): ColumnOptions {
  const { name, constraints } = definition;
  const { identity, generated, ...options } = readConstraints(name, table, constraints, false);
  if (identity) throw notSupported("identity columns of partitions");
  if (generated) throw notSupported("generation expressions of partitions");
  return { name, ...options };
}

/** Throws 42701 for the first column whose name another one has, too. */
export function checkNamedOnce(columns: readonly { readonly name: string }[]): void {
  const last = new Map(columns.map(({ name }, at) => [name, at]));
  const twice = columns.find(({ name }, at) => last.get(name) !== at);
  if (twice) throw new SqlError("42701", `column "${twice.name}" specified more than once`);
}

/** Throws 42703 for a column that is not there. */
export function withOptions(
  columns: readonly ColumnPlan[],
  options: readonly ColumnOptions[],
): readonly ColumnPlan[] {
  const made = [...columns];
  const seen = new Set<string>();
  for (const said of options) {
    const { name } = said;
    if (seen.has(name)) throw new SqlError("42701", `column "${name}" specified more than once`);
    seen.add(name);
    const at = made.findIndex((column) => column.name === name);
    const column = made[at];
    if (!column) throw new SqlError("42703", `column "${name}" does not exist`);
    const notNull = column.notNull || said.notNull;
    made[at] = { ...column, notNull, ...(said.default ? { default: said.default } : {}) };
  }
  return made;
}

/** A column of a composite type, which has no constraints. */
export function planAttribute(context: DdlContext, definition: ColumnDefinition): ColumnPlan {
  const { name, type: written } = definition;
  const type = resolveColumnType(context, written);
  const collation = collationOf(context, definition, type.row);
  sayPrecision(context, written);
  const bare = { notNull: false, generated: false, serial: false, constraints: NO_CONSTRAINTS };
  return { name, type, collation, written, ...bare };
}

/**
 * A precision beyond what there is was reduced. PostgreSQL says so twice: when it reads the
 * statement, with a position, and when it makes the columns.
 */
export function sayPrecisions(context: DdlContext, plans: readonly ColumnPlan[]): void {
  for (const { written } of plans) {
    const said = written && reducedPrecision(written);
    if (said !== undefined) context.notice(warning("22023", said));
  }
}

export function checkColumnName(name: string): void {
  if (isSystemColumn(name)) {
    throw new SqlError("42701", `column name "${name}" conflicts with a system column name`);
  }
}

/** Columns that every table has are nobody's to change. */
export function checkNoSystemColumn(name: string, what: "alter" | "drop" | "rename"): void {
  if (isSystemColumn(name)) {
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
  const resolved = resolveTypeName(catalog, name, searchPathOf(context), context.user.oid);
  const { row } = resolved;
  const isItsName = row.typname === name.name;
  if (isItsName && name.arrayDimensions === 0 && row.typnamespace === PG_CATALOG) {
    system.types.set(name.name, row);
  }
  return resolved;
}

/** A path that names pg_catalog behind another schema lets that schema's types come first. */
const shadowsSystem = (context: DdlContext): boolean =>
  context.searchPath.indexOf("pg_catalog") > 0;

function serialType(type: TypeName): TypeName | undefined {
  const base = type.schema === undefined ? SERIAL_TYPES.get(type.name) : undefined;
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

/** `rowType`: that of a relation that is there. Throws 42501, 42P16. */
export function checkColumnType(
  context: DdlContext,
  { name, type: { row } }: ColumnPlan,
  rowType?: Oid,
): void {
  checkMayUseType(context, row);
  checkNoPseudoType(context, `column "${name}"`, row.oid);
  if (rowType !== undefined) checkMember(context, row.oid, [rowType]);
}

function readConstraints(
  column: string,
  table: string,
  constraints: readonly ColumnConstraint[],
  serial: boolean,
) {
  const reader = new ConstraintReader(column, table);
  for (const constraint of constraints) reader.read(constraint);
  if (serial) reader.readSerial();
  const primary = reader.others.some((constraint) => constraint.kind === "primaryKey");
  return {
    notNull: reader.notNull === true || primary,
    default: reader.default ?? reader.generated,
    generated: reader.generated !== undefined,
    identity: reader.identity,
    constraints: reader.others,
  };
}

/** Reads a column's constraints one after the other, as PostgreSQL does: the first fault counts. */
class ConstraintReader {
  notNull: boolean | undefined;
  default: DefaultPlan | undefined;
  generated: DefaultPlan | undefined;
  identity: Extract<ColumnConstraint, { kind: "identity" }> | undefined;
  readonly others: TableConstraint[] = [];
  readonly #of: string;

  constructor(column: string, table: string) {
    this.#of = `for column "${column}" of table "${table}"`;
  }

  read(constraint: ColumnConstraint): void {
    switch (constraint.kind) {
      case "notNull":
      case "null":
        this.#want(constraint.kind === "notNull", constraint.position);
        break;
      case "default":
        if (this.default) throw this.#severalDefaults().at(constraint.position);
        this.default = constraint;
        break;
      case "generated":
        if (this.generated) {
          throw this.#fault("multiple generation clauses specified").at(constraint.position);
        }
        this.generated = constraint;
        break;
      case "identity":
        if (this.identity) {
          throw this.#fault("multiple identity specifications").at(constraint.position);
        }
        this.identity = constraint;
        this.#want(true, constraint.position);
        break;
      default:
        this.others.push(constraint);
    }
    this.#checkSources("position" in constraint ? constraint.position : undefined);
  }

  /** Its default and its NOT NULL come after what is written, and stand nowhere. */
  readSerial(): void {
    if (this.default) throw this.#severalDefaults();
    if (this.identity) throw this.#fault("both default and identity specified");
    if (this.generated) throw this.#fault("both default and generation expression specified");
    this.#want(true, undefined);
  }

  #checkSources(position: number | undefined): void {
    const both = [
      [this.default && this.identity, "both default and identity specified"],
      [this.default && this.generated, "both default and generation expression specified"],
      [this.identity && this.generated, "both identity and generation expression specified"],
    ] as const;
    for (const [fault, what] of both) if (fault) throw this.#fault(what).at(position);
  }

  #want(notNull: boolean, position: number | undefined): void {
    if (this.notNull !== undefined && this.notNull !== notNull) {
      throw this.#fault("conflicting NULL/NOT NULL declarations").at(position);
    }
    this.notNull = notNull;
  }

  readonly #fault = (what: string): SqlError => new SqlError("42601", `${what} ${this.#of}`);
  readonly #severalDefaults = (): SqlError => this.#fault("multiple default values specified");
}

/** Stages the pg_attribute row and what it depends on; its default comes later. */
export function insertColumn(
  context: DdlContext,
  relation: Oid,
  attnum: number,
  plan: ColumnPlan,
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
    attstorage: plan.storage ?? type.typstorage,
    attcompression: compressionOf(context, type.oid, plan.compression),
    attnum,
    attndims: plan.written?.arrayDimensions ?? plan.dimensions ?? 0,
    atttypmod: typmod,
    attnotnull: plan.notNull,
    attidentity: plan.identity ? (plan.identity.always ? "a" : "d") : "",
    attgenerated: plan.generated ? "s" : "",
    attislocal: plan.inherited?.isLocal ?? true,
    attinhcount: plan.inherited?.count ?? 0,
    attcollation: collation,
  });
  addColumnDependencies(catalog, relation, attnum, type.oid, collation);
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

/** The collation of a column of this type: the written one, or the type's own. */
export function collationOf(
  context: DdlContext,
  { collation: written }: { readonly collation?: QualifiedName },
  type: TypeTuple,
): Oid {
  if (!written) return type.typcollation;
  const found = getCollation(context, written);
  if (type.typcollation === 0) {
    const shown = context.expressions.typeText(type.oid);
    throw new SqlError("42804", `collations are not supported by type ${shown}`).at(
      written.position,
    );
  }
  return found;
}

/** 42704 when there is none of that name. */
export function getCollation(context: DdlContext, name: QualifiedName): Oid {
  const found = findCollation(context, name);
  if (found) return found;
  const message = `collation "${displayName(name)}" for encoding "UTF8" does not exist`;
  throw new SqlError("42704", message).at(name.position);
}

function findCollation(context: DdlContext, name: QualifiedName): Oid | undefined {
  const { catalog } = context;
  for (const namespace of namespacesOf(context, name)) {
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
