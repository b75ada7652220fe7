/** COLUMN REFERENCES: x, t.x, s.t.x, whole rows, and what is said when there is no such thing. */
import type { ColumnRef } from "@pgsql/types";
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { levenshtein } from "../../base/levenshtein.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Variables } from "./context.ts";
import { projectField } from "./field.ts";
import { bindAttributeCall } from "./function.ts";
import { strings } from "./node.ts";
import { bindParameter } from "./parameter.ts";
import type { NamespaceColumn, NamespaceItem, Scope } from "./scope.ts";
import type { Expression, RangeTableEntry } from "./tree.ts";
import { CID, OID, RECORD, TID, XID } from "./type-oids.ts";

/** Edit distance beyond which a name is no suggestion. */
const FUZZY_DISTANCE_MAX = 3;
/** https://www.postgresql.org/docs/15/ddl-system-columns.html */
const systemColumns: ReadonlyMap<string, { readonly attribute: number; readonly type: Oid }> =
  new Map([
    ["ctid", { attribute: -1, type: TID }],
    ["xmin", { attribute: -2, type: XID }],
    ["cmin", { attribute: -3, type: CID }],
    ["xmax", { attribute: -4, type: XID }],
    ["cmax", { attribute: -5, type: CID }],
    ["tableoid", { attribute: -6, type: OID }],
  ]);
/** Views have no rows of their own. */
const KINDS_WITHOUT = new Set(["v", "c"]);

export function bindColumnRef(scope: Scope, ref: ColumnRef): Expression {
  const { variables } = scope.binding.context;
  return variables ? bindWithVariables(scope, ref, variables) : bindColumn(scope, ref);
}

function bindColumn(scope: Scope, ref: ColumnRef): Expression {
  const position = scope.at(ref.location);
  if (scope.kind === "DEFAULT") {
    throw new SqlError("0A000", "cannot use column reference in DEFAULT expression").at(position);
  }
  if (scope.kind === "partition bound") {
    const message = "cannot use column reference in partition bound expression";
    throw new SqlError("42P10", message).at(position);
  }
  const fields = ref.fields ?? [];
  const last = fields.at(-1);
  if (last && "A_Star" in last) return bindRowStar(scope, strings(fields), position);
  const names = strings(fields);
  const column = names.at(-1) ?? "";
  if (names.length === 1) return bindBareName(scope, column, position);
  const path = tablePath(scope, names, position);
  const found = findItem(scope, path.table, path.schema, position);
  const bound = found && columnOf(scope, found.item, found.levelsUp, column, position);
  const made = bound ?? routineParameter(scope, names, position);
  if (made) return made;
  if (!found) throw missingTable(scope, path.table, path.schema, position);
  const row = { ...wholeRow(scope, found.item, found.levelsUp), position };
  const called = bindAttributeCall(scope, row, column, position);
  if (called) return called;
  throw missingColumn(scope, path.table, column, position);
}

/** A name may be a variable's, too. https://www.postgresql.org/docs/15/plpgsql-implementation.html */
function bindWithVariables(scope: Scope, ref: ColumnRef, variables: Variables): Expression {
  const names = strings(ref.fields ?? []);
  const position = scope.at(ref.location);
  const variable = bindVariable(scope, names, position);
  if (variable && variables.conflict === "use_variable") return variable;
  let column: Expression;
  try {
    column = bindColumn(scope, ref);
  } catch (error) {
    const isMissing = error instanceof SqlError && MISSING.has(error.code);
    if (isMissing && variable) return variable;
    throw (isMissing && variables.missing(names)?.at(position)) || error;
  }
  if (!variable || variables.conflict === "use_column") return column;
  const shown = names.join(".");
  throw new SqlError("42702", `column reference "${shown}" is ambiguous`, {
    detail: "It could refer to either a PL/pgSQL variable or a table column.",
  }).at(position);
}
const MISSING = new Set(["42703", "42P01"]);

/** The variable of that name, or a field inside a field of a row. */
export function bindVariable(
  scope: Scope,
  names: readonly string[],
  position: number | undefined,
): Expression | undefined {
  const { variables } = scope.binding.context;
  const found = variables?.find(names);
  if (found) {
    const { number, type, typmod, constant: value } = found;
    const collation = found.collation || scope.names.type(type).collation;
    if (value !== undefined) return { kind: "constant", value, type, typmod, collation, position };
    scope.binding.parameters.fix(number, type);
    return { kind: "parameter", number, type, typmod, collation, position };
  }
  if (names.length < 3) return undefined;
  const around = bindVariable(scope, names.slice(0, -1), position);
  return around && projectField(scope, around, names.at(-1) ?? "", position);
}

/** In the body of a routine: p, routine.p, p.field, routine.p.field. */
export function routineParameter(
  scope: Scope,
  names: readonly string[],
  position: number | undefined,
): Expression | undefined {
  const { routine } = scope.binding.context;
  if (!routine) return undefined;
  const find = (name: string | undefined): Expression | undefined => {
    const at = name === undefined || name === "" ? -1 : routine.parameters.indexOf(name);
    return at < 0 ? undefined : bindParameter(scope, at + 1, position);
  };
  const [first, second, third, ...more] = names;
  if (more.length > 0) return undefined;
  if (second === undefined) return find(first);
  const qualified = first === routine.name ? find(second) : undefined;
  if (third === undefined && qualified) return qualified;
  const row = third === undefined ? find(first) : qualified;
  return row && projectField(scope, row, third ?? second, position);
}

/** t.* where a single expression is wanted: the row. */
function bindRowStar(scope: Scope, names: string[], position: number | undefined): Expression {
  const path = tablePath(scope, [...names, "*"], position);
  const found = findItem(scope, path.table, path.schema, position);
  const parameter = found ? undefined : routineParameter(scope, names, position);
  if (parameter) return parameter;
  if (!found) throw missingTable(scope, path.table, path.schema, position);
  return { ...wholeRow(scope, found.item, found.levelsUp), position };
}

/** Schema and table of a qualified column; a leading database name must be this database's. */
export function tablePath(
  scope: Scope,
  names: readonly string[],
  position: number | undefined,
): { readonly table: string; readonly schema: string | undefined } {
  const [column, table = "", schema, database] = [...names].reverse();
  if (names.length > 4) {
    const shown = names.join(".");
    const message = `improper qualified name (too many dotted names): ${shown}`;
    throw new SqlError("42601", message).at(position);
  }
  if (database !== undefined && database !== scope.binding.context.databaseName) {
    const shown = [database, schema, table, column].join(".");
    const message = `cross-database references are not implemented: ${shown}`;
    throw new SqlError("0A000", message).at(position);
  }
  return { table, schema };
}

function bindBareName(scope: Scope, name: string, position: number | undefined): Expression {
  const { domainValue } = scope.binding;
  if (domainValue && name === "value") return { ...domainValue, position };
  let level: Scope | undefined = scope;
  for (let levelsUp = 0; level; levelsUp++, level = level.parent) {
    let found: Expression | undefined;
    for (const item of level.namespace) {
      if (!item.columnsVisible || (item.lateralOnly && !level.lateralActive)) continue;
      const column = columnOf(scope, item, levelsUp, name, position);
      if (!column) continue;
      if (found) {
        throw new SqlError("42702", `column reference "${name}" is ambiguous`).at(position);
      }
      checkLateral(item, position);
      found = column;
    }
    if (found) return found;
  }
  const row = findItem(scope, name, undefined, position);
  if (row) return { ...wholeRow(scope, row.item, row.levelsUp), position };
  const parameter = routineParameter(scope, [name], position);
  if (parameter) return parameter;
  throw missingColumn(scope, undefined, name, position);
}

function checkLateral(item: NamespaceItem, position: number | undefined): void {
  if (!item.lateralOnly || item.lateralOk) return;
  const message = `invalid reference to FROM-clause entry for table "${item.name}"`;
  const why = item.isTarget
    ? { hint: notFromHere(item.name) }
    : { detail: "The combining JOIN type must be INNER or LEFT for a LATERAL reference." };
  throw new SqlError("42P10", message, why).at(position);
}

const notFromHere = (table: string): string =>
  `There is an entry for table "${table}", but it cannot be referenced from this part of the query.`;

/** The column of that name, or undefined. */
function columnOf(
  scope: Scope,
  item: NamespaceItem,
  levelsUp: number,
  name: string,
  position: number | undefined,
): Expression | undefined {
  let found: Expression | undefined;
  for (const column of item.columns) {
    if (column.name !== name || name === "") continue;
    if (found) throw new SqlError("42702", `column reference "${name}" is ambiguous`).at(position);
    found = { ...columnOfItem(column, levelsUp), position };
  }
  return found ?? systemColumn(scope, item, levelsUp, name, position);
}

export const columnOfItem = (
  { table, attribute, type, typmod, collation, through }: NamespaceColumn,
  levelsUp: number,
): Expression => ({
  kind: "column",
  table,
  attribute,
  levelsUp,
  ...(through ? { through } : {}),
  type,
  typmod,
  collation,
});

function systemColumn(
  scope: Scope,
  { entry, table }: NamespaceItem,
  levelsUp: number,
  name: string,
  position: number | undefined,
): Expression | undefined {
  const found = systemColumns.get(name);
  if (!found || entry.kind !== "relation" || KINDS_WITHOUT.has(entry.relkind)) return undefined;
  if (name !== "tableoid") checkUsable(scope, name, position);
  const { attribute, type } = found;
  const place = { table, attribute, levelsUp, position };
  return { kind: "column", ...place, type, typmod: -1, collation: INVALID_OID };
}

/** An expression that is stored with its table knows of tableoid alone. */
function checkUsable({ kind }: Scope, name: string, position: number | undefined): void {
  const fail = (message: string) => new SqlError("42P10", message).at(position);
  if (kind === "CHECK") {
    throw fail(`system column "${name}" reference in check constraint is invalid`);
  }
  if (kind === "GENERATED") {
    throw fail(`cannot use system column "${name}" in column generation expression`);
  }
}

/** All columns of an item as one value: the relation's row type, or record. */
function wholeRow(scope: Scope, item: NamespaceItem, levelsUp: number): Expression {
  const { entry, table } = item;
  const call = entry.kind === "function" && !entry.ordinality ? entry.functions : [];
  const only = call.length === 1 ? call[0] : undefined;
  if (only && only.columnCount === 1 && only.call.type !== RECORD) {
    // A function that returns no row is its own row: f in SELECT f FROM f(…) is the value.
    const facts = scope.names.type(only.call.type);
    if (facts.kind !== "c") {
      const { type, typmod, collation } = only.call;
      return { kind: "column", table, attribute: 1, levelsUp, type, typmod, collation };
    }
  }
  if (entry.kind === "join" && item.columns.length < entry.names.length) {
    return mergedRow(item, levelsUp);
  }
  const type = rowTypeOf(scope, entry);
  return { kind: "column", table, attribute: 0, levelsUp, type, typmod: -1, collation: oid(0) };
}

/** Of USING (…) AS name: the merged columns alone. */
function mergedRow({ columns }: NamespaceItem, levelsUp: number): Expression {
  const args = columns.map(({ table, attribute, type, typmod, collation, through }) => ({
    ...{ kind: "column" as const, table, attribute, levelsUp, type, typmod, collation },
    ...(through && { through }),
  }));
  const names = columns.map(({ name }) => name);
  const record = { type: RECORD, typmod: -1, collation: oid(0) };
  return { kind: "row", args, names, form: "implicit", ...record };
}

function rowTypeOf(scope: Scope, entry: RangeTableEntry): Oid {
  if (entry.kind === "relation") {
    return scope.names.findRelation(entry.relation)?.rowType || RECORD;
  }
  if (entry.kind === "subquery" && entry.view !== undefined) {
    return scope.names.findRelation(entry.view)?.rowType || RECORD;
  }
  const only = entry.kind === "function" && entry.functions.length === 1 && entry.functions[0];
  if (only && !entry.ordinality && scope.names.type(only.call.type).kind === "c") {
    return only.call.type;
  }
  return RECORD;
}

export interface FoundItem {
  readonly item: NamespaceItem;
  readonly levelsUp: number;
}

/** What `table.` or `schema.table.` means, innermost level first. */
export function findItem(
  scope: Scope,
  table: string,
  schema: string | undefined,
  position: number | undefined,
): FoundItem | undefined {
  let level: Scope | undefined = scope;
  for (let levelsUp = 0; level; levelsUp++, level = level.parent) {
    let found: NamespaceItem | undefined;
    for (const item of level.namespace) {
      if (!item.relationVisible || (item.lateralOnly && !level.lateralActive)) continue;
      if (item.name !== table) continue;
      if (schema !== undefined && item.qualified?.schema !== schema) continue;
      if (found) {
        throw new SqlError("42P09", `table reference "${table}" is ambiguous`).at(position);
      }
      checkLateral(item, position);
      found = item;
    }
    if (found) return { item: found, levelsUp };
  }
  return undefined;
}

export function missingTable(
  scope: Scope,
  table: string,
  schema: string | undefined,
  position: number | undefined,
): SqlError {
  const entry = entryNamed(scope, table, schema);
  if (!entry) {
    return new SqlError("42P01", `missing FROM-clause entry for table "${table}"`).at(position);
  }
  const visible = entry.name !== table && findItem(scope, entry.name, undefined, position);
  const hint = visible
    ? `Perhaps you meant to reference the table alias "${entry.name}".`
    : notFromHere(entry.name);
  const message = `invalid reference to FROM-clause entry for table "${table}"`;
  return new SqlError("42P01", message, { hint }).at(position);
}

/** An entry of any level that goes by this name, or is the relation of this name. */
function entryNamed(
  scope: Scope,
  table: string,
  schema: string | undefined,
): RangeTableEntry | undefined {
  const namespace = schema === undefined ? undefined : scope.names.namespaceNamed(schema);
  const relation =
    schema !== undefined && namespace === undefined
      ? undefined
      : scope.names.findRelationByName(namespace, table);
  for (let level: Scope | undefined = scope; level; level = level.parent) {
    for (const entry of level.rangeTable) {
      if (entry.kind === "relation" && entry.relation === relation?.oid) return entry;
      if (entry.name === table) return entry;
    }
  }
  return undefined;
}

interface Suggestion {
  readonly entry: RangeTableEntry;
  /** Absent: the very column, but not reachable from here. */
  readonly column?: string;
}

export function missingColumn(
  scope: Scope,
  table: string | undefined,
  column: string,
  position: number | undefined,
): SqlError {
  const message =
    table === undefined
      ? `column "${column}" does not exist`
      : `column ${table}.${column} does not exist`;
  const [first, second] = suggest(scope, table, column);
  const named = (each: Suggestion) => `the column "${each.entry.name}.${each.column}"`;
  if (!first) return new SqlError("42703", message).at(position);
  const hint =
    first.column === undefined
      ? `There is a column named "${column}" in table "${first.entry.name}", but it cannot be referenced from this part of the query.`
      : second
        ? `Perhaps you meant to reference ${named(first)} or ${named(second)}.`
        : `Perhaps you meant to reference ${named(first)}.`;
  return new SqlError("42703", message, { hint }).at(position);
}

/** The one or two nearest columns; none when more are equally near. */
function suggest(scope: Scope, table: string | undefined, column: string): Suggestion[] {
  let nearest = FUZZY_DISTANCE_MAX + 1;
  let found: Suggestion[] = [];
  for (let level: Scope | undefined = scope; level; level = level.parent) {
    for (const entry of level.rangeTable) {
      if (entry.kind === "join") continue;
      const penalty =
        table === undefined ? 0 : levenshtein(table, entry.name, FUZZY_DISTANCE_MAX + 1);
      if (penalty === 0 && entry.names.includes(column)) return [{ entry }];
      for (const name of entry.names) {
        if (name === "" || penalty > nearest) continue;
        const limit = nearest + 1 - penalty;
        const distance = levenshtein(name, column, limit);
        if (distance > Math.trunc(Buffer.byteLength(column) / 2)) continue;
        const total = distance + penalty;
        if (total < nearest) {
          nearest = total;
          found = [{ entry, column: name }];
        } else if (total === nearest && total <= FUZZY_DISTANCE_MAX) {
          found = found.length >= 2 ? [] : [...found, { entry, column: name }];
          if (found.length === 0) nearest--;
        }
      }
    }
  }
  return found;
}
