/**
 * WHAT A CREATE TABLE OR ADD COLUMN IS TO MAKE: columns, and constraints of columns and table alike
 * in the order in which they stand.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { ClassTuple } from "../names.ts";
import type {
  CheckConstraint,
  CreateTable,
  ForeignKeyConstraint,
  IndexConstraint,
  KeyConstraint,
  TableConstraint,
} from "../statement.ts";
import { isSystemColumn } from "../system-columns.ts";
import {
  type ColumnOptions,
  type ColumnPlan,
  planColumn,
  planOptions,
  withOptions,
} from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { undefinedKeyColumn } from "./index-columns.ts";
import { severalPrimaryKeys } from "./keys.ts";
import { type LikeSource, planLike } from "./like.ts";
import { findParents, mergeColumns } from "./merge-columns.ts";
import { checkTypedColumn, columnsOfType } from "./typed-tables.ts";

export interface TablePlan {
  readonly parents: readonly ClassTuple[];
  readonly columns: readonly ColumnPlan[];
  readonly checks: readonly CheckConstraint[];
  /** The primary key first, as PostgreSQL builds them. */
  readonly keys: readonly IndexConstraint[];
  readonly foreignKeys: readonly ForeignKeyConstraint[];
  readonly likes: readonly LikeSource[];
  /** Of a typed table. */
  readonly ofType?: Oid;
}

export function planTable(
  context: DdlContext,
  { table, elements, parents: named = [], bound, ofType }: CreateTable,
  persistence: string,
): TablePlan {
  const typed = ofType && columnsOfType(context, ofType);
  const own: ColumnPlan[] = [...(typed?.columns ?? [])];
  const constraints: TableConstraint[] = [];
  const options: ColumnOptions[] = [];
  const likes: LikeSource[] = [];
  for (const element of elements) {
    if (element.kind === "column" && (bound || typed)) {
      if (typed) checkTypedColumn(element.column);
      const column = planOptions(element.column, table.name);
      options.push(column);
      constraints.push(...column.constraints);
    } else if (element.kind === "column") {
      const column = planColumn(context, element.column, table.name);
      own.push(column);
      constraints.push(...column.constraints);
    } else if (element.kind === "like") {
      const like = planLike(context, element);
      own.push(...like.columns);
      likes.push(like);
    } else constraints.push(element);
  }
  const parents = findParents(context, named, persistence, bound !== undefined);
  const columns = withOptions(mergeColumns(context, parents, own), options);
  const made = { parents, likes, ...(typed ? { ofType: typed.type } : {}) };
  if (constraints.length === 0) return { ...made, columns, checks: [], keys: [], foreignKeys: [] };
  const { checks, keys, foreignKeys } = sortConstraints(constraints);
  const names = new Set(columns.map((column) => column.name));
  const planned = planKeys(keys, table.name, (key) => checkNewKey(names, key));
  const all = withPrimaryKey(columns, planned);
  return { ...made, columns: all, checks, keys: planned, foreignKeys };
}

/** Constraints by kind, each kind in its order. */
export function sortConstraints(constraints: readonly TableConstraint[]) {
  const checks: CheckConstraint[] = [];
  const keys: IndexConstraint[] = [];
  const foreignKeys: ForeignKeyConstraint[] = [];
  for (const constraint of constraints) {
    if (constraint.kind === "check") checks.push(constraint);
    else if (constraint.kind === "foreignKey") foreignKeys.push(constraint);
    else keys.push(constraint);
  }
  return { checks, keys, foreignKeys };
}

/**
 * One primary key at most, which comes first. A key that repeats another adds nothing: its name
 * moves to the other if that has none.
 */
export function planKeys(
  keys: readonly IndexConstraint[],
  table: string,
  check: (key: KeyConstraint) => void,
): IndexConstraint[] {
  let primary: IndexConstraint | undefined;
  for (const key of keys) {
    if (key.kind === "primaryKey") {
      if (primary) throw severalPrimaryKeys(table).at(key.position);
      primary = key;
    }
    if (key.kind !== "exclusion") check(key);
  }
  const kept: IndexConstraint[] = [];
  const others = keys.filter((key) => key !== primary);
  for (const key of primary ? [primary, ...others] : others) {
    const at = kept.findIndex((other) => sameIndex(other, key));
    const twin = kept[at];
    if (!twin) kept.push(key);
    else if (twin.name === undefined && key.name !== undefined) {
      kept[at] = { ...twin, name: key.name };
    }
  }
  return kept;
}

function sameIndex(one: IndexConstraint, other: IndexConstraint): boolean {
  if (one.kind === "exclusion" || other.kind === "exclusion") return sameExclusion(one, other);
  return sameKey(one, other);
}

/** By how they are written; parameters of the index do not count. */
function sameExclusion(one: IndexConstraint, other: IndexConstraint): boolean {
  const written = (constraint: IndexConstraint): string => {
    const { name: _, options: __, tablespace: ___, position: ____, ...what } = constraint;
    return JSON.stringify(what, (key, value) => (key === "location" ? undefined : value));
  };
  return written(one) === written(other);
}

const sameKey = (one: KeyConstraint, other: KeyConstraint): boolean =>
  one.columns.join("\0") === other.columns.join("\0") &&
  one.including.join("\0") === other.including.join("\0") &&
  (one.nullsNotDistinct ?? false) === (other.nullsNotDistinct ?? false) &&
  one.deferrable === other.deferrable &&
  one.initiallyDeferred === other.initiallyDeferred;

function checkNewKey(names: ReadonlySet<string>, key: KeyConstraint): void {
  if (key.usingIndex !== undefined) {
    const message = "cannot use an existing index in CREATE TABLE";
    throw new SqlError("0A000", message).at(key.position);
  }
  const isColumn = (name: string) => names.has(name) || isSystemColumn(name);
  checkNotTwice(key, (column) => {
    if (!isColumn(column)) throw undefinedKeyColumn(column).at(key.position);
  });
  const included = key.including.find((column) => !isColumn(column));
  if (included !== undefined) throw undefinedKeyColumn(included).at(key.position);
}

/** 42701 for a column that a key names twice. `see` gets each column before. */
export function checkNotTwice(key: KeyConstraint, see: (column: string) => void = () => {}): void {
  const seen = new Set<string>();
  for (const column of key.columns) {
    see(column);
    if (seen.has(column)) {
      const kind = key.kind === "primaryKey" ? "primary key" : "unique";
      const message = `column "${column}" appears twice in ${kind} constraint`;
      throw new SqlError("42701", message).at(key.position);
    }
    seen.add(column);
  }
}

/** Columns of the primary key are NOT NULL; so are system columns, of which nobody may say so. */
function withPrimaryKey(
  columns: readonly ColumnPlan[],
  [first]: readonly IndexConstraint[],
): readonly ColumnPlan[] {
  if (first?.kind !== "primaryKey") return columns;
  const system = first.columns.find(isSystemColumn);
  if (system !== undefined) {
    throw new SqlError("0A000", `cannot alter system column "${system}"`);
  }
  return columns.map((plan) =>
    plan.notNull || !first.columns.includes(plan.name) ? plan : { ...plan, notNull: true },
  );
}
