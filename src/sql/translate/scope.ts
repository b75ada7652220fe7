/**
 * What a query's range table entries are called in the SQLite text, and how their columns are
 * written.
 */

import { assert } from "../../base/assert.ts";
import { BULK_MIN, type Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { xidOfEpoch } from "../../pages/commit-xids.ts";
import type { TableLayout } from "../../pages/layout.ts";
import { ROWS } from "../../pages/row-file.ts";
import type { Column, Expression, RangeTableEntry, Typed, WindowDefinition } from "../bind/tree.ts";
import { MADE_ATTRIBUTE } from "../bind/update.ts";
import { type Emitter, quoted } from "./emitter.ts";
import type { Frame } from "./frames.ts";

/** A common table expression that queries below may name. */
export interface CommonTableScope {
  readonly alias: string;
  /** Within a recursive arm that reads its working table as JSON: arguments of json_each. */
  readonly state?: string;
}

export interface ScopeEntry {
  readonly entry: RangeTableEntry;
  readonly alias: string;
  /** The text for attribute n (1-based; an attnum for relations). */
  readonly column: (attribute: number) => string;
  /** NULL exactly where an outer join found no row: of stored relations, and where asked for. */
  readonly present?: string;
  /** Its rows have a column for that. */
  readonly marked?: boolean;
}

export interface Scope {
  readonly parent: Scope | undefined;
  /** By range table number - 1; joins have none. */
  readonly entries: (ScopeEntry | undefined)[];
  readonly commonTables: Map<string, CommonTableScope>;
  readonly rangeTable: readonly RangeTableEntry[];
  readonly windows: readonly WindowDefinition[];
  /** Windows whose rows are kept and numbered, by their place in `windows`. */
  readonly frames: Map<number, Frame>;
}

export const newScope = (
  parent: Scope | undefined,
  rangeTable: readonly RangeTableEntry[],
  windows: readonly WindowDefinition[] = [],
): Scope => ({
  parent,
  entries: [],
  commonTables: new Map(),
  rangeTable,
  windows,
  frames: new Map(),
});

export function scopeAt(scope: Scope, levelsUp: number): Scope {
  let at: Scope | undefined = scope;
  for (let level = 0; level < levelsUp; level++) at = at?.parent;
  assert(at, "a reference beyond the outermost query");
  return at;
}

export function entryAt(scope: Scope, table: number): ScopeEntry {
  const found = scope.entries[table - 1];
  assert(found, `range table entry ${table} is not in FROM`);
  return found;
}

/** The text of a column reference. */
export function columnText(emitter: Emitter, scope: Scope, column: Column & Typed): string {
  const home = scopeAt(scope, column.levelsUp);
  const entry = home.rangeTable[column.table - 1];
  assert(entry, `no range table entry ${column.table}`);
  if (entry.kind === "join") {
    if (column.attribute === 0) return joinedRow(emitter, home, entry);
    const merged = entry.columns[column.attribute - 1];
    assert(merged, `join column ${column.attribute}`);
    return emitter.expression(home, merged as Expression);
  }
  if (column.attribute === 0) return wholeRow(emitter, home, column.table, entry);
  return entryAt(home, column.table).column(column.attribute);
}

/** Of a table whose columns have other names in the query, its row keeps its own. */
function ownName(emitter: Emitter, entry: RangeTableEntry, attribute: number): string | undefined {
  if (entry.kind !== "relation" || !entry.alias || entry.alias.columns.length === 0)
    return undefined;
  return emitter.context.catalog.find(pgAttribute, "key", [entry.relation, attribute])?.attname;
}

/** All columns of an entry as one record; of a relation that an outer join did not find: NULL. */
function wholeRow(emitter: Emitter, scope: Scope, table: number, entry: RangeTableEntry): string {
  const { column, present } = entryAt(scope, table);
  const attributes =
    entry.kind === "relation" ? entry.attributes : entry.names.map((_, at) => at + 1);
  const fields = attributes.flatMap((attribute, at) => {
    const type = entry.types[at];
    const shown = entry.names[at];
    // The name of a column that was dropped.
    if (type === undefined || shown === "") return [];
    const name = ownName(emitter, entry, attribute) ?? shown;
    return [{ text: column(attribute), type, name }];
  });
  const record = recordText(emitter, fields);
  return present === undefined ? record : `CASE WHEN ${present} IS NOT NULL THEN ${record} END`;
}

/** Of a join under a name of its own: what USING has merged comes first. */
function joinedRow(
  emitter: Emitter,
  scope: Scope,
  { columns, names }: Extract<RangeTableEntry, { kind: "join" }>,
): string {
  const fields = columns.map((column, at) => ({
    text: emitter.expression(scope, column),
    type: column.type,
    name: names[at] ?? "",
  }));
  return recordText(emitter, fields);
}

export interface RecordField {
  readonly text: string;
  readonly type: Expression["type"];
  /** Of a table's column or a function's output; ROW(…) has none. */
  readonly name?: string | undefined;
}

/** A value that carries the types and names of its fields: sql/types/records.ts. */
export function recordText(emitter: Emitter, fields: readonly RecordField[]): string {
  const types = emitter.constant(fields.map(({ type }) => type).join(","));
  const names = fields.map(({ name }) => name);
  const known = names.length > 0 && names.every((name) => name !== undefined);
  const shown = known ? emitter.constant(JSON.stringify(names)) : "NULL";
  const values = fields.map(({ text }) => `, ${text}`).join("");
  return `${emitter.internal("record")}(${types}, ${shown}${values})`;
}

/** Columns of a sub-select are c1 … cn. */
export const numberedColumns =
  (alias: string) =>
  (attribute: number): string =>
    `${alias}.c${attribute}`;

/**
 * Columns of a stored relation, by attnum; system attributes by PostgreSQL's negative numbers.
 * https://www.postgresql.org/docs/15/ddl-system-columns.html
 */
export function relationColumns(
  emitter: Emitter,
  alias: string,
  entry: RangeTableEntry & { readonly kind: "relation" },
  layout: TableLayout,
): (attribute: number) => string {
  const reals = new Set(
    layout.columns.filter((column) => column.storedAs === "real").map((column) => column.name),
  );
  return (attribute) => {
    const present = `${alias}.xmin`;
    if (attribute < 0) {
      return systemColumn(emitter, { present, made: present }, attribute, entry.relation);
    }
    // The entry's own names may be an alias's.
    const name = layout.columns[attribute - 1]?.name;
    assert(name, `${entry.name} has no attribute ${attribute}`);
    const text = `${alias}.${quoted(name)}`;
    return reals.has(name) ? `${emitter.internal("float_key")}(${text})` : text;
  };
}

/** What sets a visible tuple version apart: src/pages/visibility.ts. */
export function visibleConditions(
  emitter: Emitter,
  alias: string,
  layout: TableLayout,
): readonly string[] {
  const epoch = () => emitter.bind({ kind: "epoch" });
  const database = layout.shared ? "" : `, ${emitter.bind({ kind: "database" })}`;
  const conditions = [
    `${alias}.xmin <= ${epoch()}`,
    `${alias}.xmax > ${epoch()}`,
    `${alias}.db IN (0${database})`,
  ];
  if (layout.cover !== undefined) conditions.push(...uncovered(emitter, alias, layout));
  return conditions;
}

/** No cover itself, and no built-in row that one of the database hides. */
function uncovered(emitter: Emitter, alias: string, layout: TableLayout): string[] {
  const nameAt = (at: number) => quoted(layout.columns[at]?.name ?? "");
  const own = emitter.alias("t");
  const epoch = () => emitter.bind({ kind: "epoch" });
  const hides = [
    ...layout.key.map((at) => `${own}.${nameAt(at)} = ${alias}.${nameAt(at)}`),
    `${own}.db = ${emitter.bind({ kind: "database" })}`,
    `${own}.xmin <= ${epoch()}`,
    `${own}.xmax > ${epoch()}`,
  ];
  const found = `SELECT 1 FROM ${quoted(layout.name)} AS ${own} WHERE ${hides.join(" AND ")}`;
  return [
    `${alias}.${nameAt(layout.cover ?? -1)} <> ''`,
    `(${alias}.db <> 0 OR NOT EXISTS (${found}))`,
  ];
}

/**
 * `present` is NULL exactly where an outer join found no row. `made` is what the version bears: the
 * epoch of a commit, a bulk, or OWN; a sequence's row has none.
 * https://www.postgresql.org/docs/15/ddl-system-columns.html
 */
export function systemColumn(
  emitter: Emitter,
  { present, made }: { readonly present: string; readonly made: string | undefined },
  attribute: number,
  relation: Oid,
): string {
  const known = (value: string | number) => `CASE WHEN ${present} IS NOT NULL THEN ${value} END`;
  switch (attribute) {
    case -2:
      return made === undefined ? known(FROZEN_XID) : madeBy(emitter, made);
    // Nobody has ended a visible version, and statements are not numbered within their transaction.
    case -3:
    case -4:
    case -5:
      return known(0);
    case -6:
      return known(relation);
    case MADE_ATTRIBUTE:
      return made ?? "NULL";
    default:
      throw notSupported('system column "ctid" of a catalog');
  }
}
const FROZEN_XID = 2;

/** The transaction's id, which has 32 bits; a bulk that is not committed is its own. */
function madeBy(emitter: Emitter, made: string): string {
  const known = xidOfEpoch("b.epoch");
  const bulk = `SELECT ${known} FROM ${ROWS}.bulk_state AS b WHERE b.bulk = ${made}`;
  const found = `WHEN ${made} BETWEEN 0 AND ${BULK_MIN - 1} THEN ${xidOfEpoch(made)}`;
  const other = `coalesce((${bulk}), ${emitter.bind({ kind: "xid" })})`;
  return `CASE ${found} WHEN ${made} IS NOT NULL THEN ${other} END & 4294967295`;
}
