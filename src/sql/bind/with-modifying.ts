/**
 * WITH QUERIES THAT WRITE, and others beside them that are run by themselves: a query that calls
 * volatile functions is computed once, whoever reads it. Each becomes a step of its statement, and
 * in WITH stands a table that is given its rows. A step may read the tables before it, so it has
 * their WITH, as far as it needs it.
 * https://www.postgresql.org/docs/15/queries-with.html#QUERIES-WITH-MODIFYING
 */
import type { CommonTableExpr, Node } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { BoundPart, BoundStep, Unparameterized } from "./modify.ts";
import type { Names } from "./names.ts";
import { strings } from "./node.ts";
import { plainSelect, plainTarget } from "./plain-select.ts";
import { columnsOfQuery } from "./range-table.ts";
import type { EntryColumns, Scope } from "./scope.ts";
import type {
  CommonTable,
  GivenRows,
  Query,
  RangeTableEntry,
  SelectQuery,
  Target,
} from "./tree.ts";
import { isVolatile } from "./volatility.ts";
import { walk } from "./walk.ts";

export const isModifying = (node: Node): boolean =>
  "InsertStmt" in node || "UpdateStmt" in node || "DeleteStmt" in node;

export const materialization = (node: CommonTableExpr): CommonTable["materialized"] =>
  node.ctematerialized === "CTEMaterializeAlways"
    ? "always"
    : node.ctematerialized === "CTEMaterializeNever"
      ? "never"
      : "default";

/** Columns under the names that WITH gives them: 42P10 for too many. */
export function named(
  columns: EntryColumns,
  given: readonly string[],
  table: string,
  position: number | undefined,
): EntryColumns {
  if (given.length > columns.names.length) {
    const message = `WITH query "${table}" has ${columns.names.length} columns available but ${given.length} columns specified`;
    throw new SqlError("42P10", message).at(position);
  }
  return { ...columns, names: columns.names.map((name, at) => given[at] ?? name) };
}

/** `earlier`: the tables of WITH before it. */
export function bindModifyingTable(
  scope: Scope,
  node: CommonTableExpr,
  body: Node,
  mayRecurse: boolean,
  earlier: readonly CommonTable[],
): CommonTable {
  const { binding } = scope;
  const name = node.ctename ?? "";
  const position = scope.at(node.location);
  const bound = binding.bindModifying(scope, body);
  const aliases = strings(node.aliascolnames);
  const query = plainSelect((bound.returning?.targets ?? []).map(withoutValue));
  const columns = named(columnsOfQuery(query), aliases, name, position);
  if (scope.parent || binding.isStep) throw notAtTheTop(position);
  if (binding.definesView) {
    throw new SqlError("0A000", "views must not contain data-modifying statements in WITH");
  }
  if (!binding.steps) throw notSupported("a data-modifying statement in WITH", position);
  const given = { parameter: 0, types: columns.types };
  const part = { ...withTables(bound, earlier), parameterTypes: [] };
  binding.steps.push({ name, part, given });
  scope.commonTables.push({
    name,
    query,
    columns,
    carried: [],
    references: 0,
    self: false,
    returnsNothing: bound.returning === undefined,
  });
  return {
    name,
    columns: columns.names,
    aliases,
    query,
    recursive: false,
    mayRecurse,
    materialized: materialization(node),
    given,
  };
}

function notAtTheTop(position: number | undefined): SqlError {
  const message = "WITH clause containing a data-modifying statement must be at the top level";
  return new SqlError("0A000", message).at(position);
}

/** Of a target nothing but its type counts: the rows come from elsewhere. */
const withoutValue = (target: Target): Target => {
  const { type, typmod, collation } = target.expression;
  return { ...target, expression: { kind: "constant", value: null, type, typmod, collation } };
};

/** The table, or one that is given the rows, if it may not be computed twice. */
export function onlyOnce(
  scope: Scope,
  table: CommonTable,
  earlier: readonly CommonTable[],
): CommonTable {
  const { steps } = scope.binding;
  const inScope = scope.commonTables.at(-1);
  if (!steps || !inScope?.columns || !isVolatileQuery(scope.names, table.query)) return table;
  const { carried, columns } = inScope;
  const read = readingTable(table.name, {
    names: [...columns.names, ...carried.map((each) => each.name)],
    types: [...columns.types, ...carried.map((each) => each.type)],
    typmods: [...columns.typmods, ...carried.map((each) => each.typmod)],
    collations: [...columns.collations, ...carried.map((each) => each.collation)],
  });
  const given = { parameter: 0, types: read.targets.map(({ expression }) => expression.type) };
  const part = withTables({ kind: "select", query: read }, [...earlier, table]);
  steps.push({ name: table.name, part: { ...part, parameterTypes: [] }, given });
  const { search: _, cycle: _cycle, ...rest } = table;
  return { ...rest, recursive: false, query: plainSelect(read.targets.map(withoutValue)), given };
}

/** SELECT every column FROM a table of its own level's WITH. */
function readingTable(name: string, columns: EntryColumns): SelectQuery {
  const entry: RangeTableEntry = {
    kind: "cte",
    name,
    ...columns,
    lateral: false,
    cte: name,
    levelsUp: 0,
    self: false,
  };
  const targets = entry.names.map((column, at) => {
    const type = entry.types[at] ?? INVALID_OID;
    const typmod = entry.typmods[at] ?? -1;
    const collation = entry.collations[at] ?? INVALID_OID;
    const typed = { type, typmod, collation };
    return plainTarget(
      { kind: "column", table: 1, attribute: at + 1, levelsUp: 0, ...typed },
      column,
    );
  });
  return { ...plainSelect(targets), rangeTable: [entry], from: [FIRST] };
}

/** What a step that locks rows is called in the query that reads them. */
const LOCKED = "*LOCKED*";

/** The rows of a step, whose visible targets these are. */
export function readingGiven(targets: readonly Target[], given: GivenRows): SelectQuery {
  const query = plainSelect(targets.map(withoutValue));
  const columns = columnsOfQuery(query);
  const table: CommonTable = {
    name: LOCKED,
    columns: columns.names,
    aliases: [],
    query,
    recursive: false,
    mayRecurse: false,
    // A join looks through them again and again.
    materialized: "always",
    given,
  };
  return { ...readingTable(LOCKED, columns), commonTables: [table] };
}

const FIRST = { kind: "table", table: 1 } as const;

export function isVolatileQuery(names: Names, query: Query): boolean {
  let found = false;
  walk(query, (node) => {
    found ||= isVolatile(names, node);
  });
  return found;
}

/** With those of the tables in its WITH that it reads, itself or through one of them. */
function withTables<Part extends Unparameterized<BoundPart>>(
  part: Part,
  tables: readonly CommonTable[],
): Part {
  const around = tablesRead(part, tables);
  const add = <Any extends Query>(query: Any): Any => ({
    ...query,
    commonTables: [...around, ...query.commonTables],
  });
  return part.kind === "insert"
    ? { ...part, source: add(part.source) }
    : { ...part, query: add(part.query) };
}

/** The statement with what it needs of its own WITH. */
export function withoutUnread<Part extends Unparameterized<BoundPart>>(part: Part): Part {
  const query = part.kind === "insert" ? part.source : part.query;
  const bare = { ...query, commonTables: [] };
  const without = part.kind === "insert" ? { ...part, source: bare } : { ...part, query: bare };
  return withTables(without as Part, query.commonTables);
}

/** Those of the tables that anything in the tree reads, itself or through one of them. */
export function tablesRead(tree: unknown, tables: readonly CommonTable[]): readonly CommonTable[] {
  if (tables.length === 0) return tables;
  const read = new Set<string>();
  noteTables(tree, read);
  const kept: CommonTable[] = [];
  for (const table of tables.toReversed()) {
    if (!read.has(table.name)) continue;
    noteTables(table, read);
    kept.unshift(table);
  }
  return kept;
}

/** Names of the tables of WITH that anything in the tree reads, whatever level they are of. */
function noteTables(tree: unknown, into: Set<string>): void {
  if (typeof tree !== "object" || tree === null || tree instanceof Uint8Array) return;
  if ("cte" in tree) into.add(String(tree.cte));
  for (const value of Object.values(tree)) noteTables(value, into);
}

/** The steps whose rows the part reads, as numbers. */
export function stepsRead(part: BoundPart, steps: readonly BoundStep[]): number[] {
  const given = new Set<unknown>();
  if (steps.length > 0) noteGiven(part, given);
  return [...steps.keys()].filter((at) => given.has(steps[at]?.given));
}

function noteGiven(tree: unknown, into: Set<unknown>): void {
  if (typeof tree !== "object" || tree === null || tree instanceof Uint8Array) return;
  if ("given" in tree) into.add(tree.given);
  for (const value of Object.values(tree)) noteGiven(value, into);
}
