/**
 * SEARCH and CYCLE: columns that a recursive query gets beside its own, so that its rows can be
 * ordered by the way to them, and end where they meet themselves.
 * https://www.postgresql.org/docs/15/queries-with.html#QUERIES-WITH-SEARCH
 */
import type { CommonTableExpr, CTECycleClause, CTESearchClause } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToCommon, commonType } from "./common.ts";
import { required, strings } from "./node.ts";
import type { CommonTableInScope, Scope } from "./scope.ts";
import { equalityOperator } from "./sort.ts";
import type { CycleClause, Query, SearchClause } from "./tree.ts";
import { RECORD, RECORD_ARRAY } from "./type-oids.ts";
import { typeText } from "./type-text.ts";

type Clauses = Pick<CommonTableExpr, "search_clause" | "cycle_clause" | "location">;

/** What stands in the clauses before the query's columns are known. */
export interface Carried {
  readonly columns: CommonTableInScope["carried"];
  readonly mark?: Pick<CycleClause, "value" | "otherwise">;
}

export const NOTHING_CARRIED: Carried = { columns: [] };

/** Throws 42601, for a query that is not recursive. */
export function refuseClauses(scope: Scope, node: Clauses): void {
  if (!node.search_clause && !node.cycle_clause) return;
  throw new SqlError("42601", "WITH query is not recursive").at(scope.at(node.location));
}

export function bindCarried(scope: Scope, node: Clauses): Carried {
  const { search_clause: search, cycle_clause: cycle } = node;
  if (!search && !cycle) return NOTHING_CARRIED;
  const rows = { type: RECORD_ARRAY, typmod: -1, collation: INVALID_OID };
  const row = { type: RECORD, typmod: -1, collation: INVALID_OID };
  const columns = search
    ? [{ name: search.search_seq_column ?? "", ...(search.search_breadth_first ? row : rows) }]
    : [];
  if (!cycle) return { columns };
  const mark = bindMark(scope, cycle);
  const { type, typmod, collation } = mark.value;
  columns.push({ name: cycle.cycle_mark_column ?? "", type, typmod, collation });
  columns.push({ name: cycle.cycle_path_column ?? "", ...rows });
  return { columns, mark };
}

function bindMark(scope: Scope, cycle: CTECycleClause): NonNullable<Carried["mark"]> {
  const values = [cycle.cycle_mark_value, cycle.cycle_mark_default].map((node) =>
    scope.bind(required(node, "a value of a cycle mark"), "SELECT"),
  );
  const type = commonType(scope, values, "CYCLE");
  const [value, otherwise] = values as [(typeof values)[0] & object, (typeof values)[0] & object];
  return {
    value: coerceToCommon(scope, value, type, "CYCLE/SET/TO"),
    otherwise: coerceToCommon(scope, otherwise, type, "CYCLE/SET/DEFAULT"),
  };
}

/** `names`: the query's columns. */
export function bindClauses(
  scope: Scope,
  { search_clause: search, cycle_clause: cycle }: Clauses,
  { mark }: Carried,
  names: readonly string[],
  query: Query,
): { search?: SearchClause; cycle?: CycleClause } {
  if (!search && !cycle) return {};
  if (query.kind === "set") {
    for (const side of ["left", "right"] as const) {
      if (query[side].kind !== "set") continue;
      const message = `with a SEARCH or CYCLE clause, the ${side} side of the UNION must be a SELECT`;
      throw new SqlError("0A000", message);
    }
  }
  const bound = {
    ...(search ? { search: bindSearch(scope, search, names) } : {}),
    ...(cycle && mark ? { cycle: bindCycle(scope, cycle, mark, names) } : {}),
  };
  if (search && cycle) checkDifferent(scope, search, cycle);
  return bound;
}

function numbers(
  scope: Scope,
  what: string,
  given: readonly string[],
  names: readonly string[],
  location: number | undefined,
): number[] {
  const fail = (code: string, message: string) =>
    new SqlError(code, message).at(scope.at(location));
  return given.map((name, at) => {
    const number = names.indexOf(name) + 1;
    if (number === 0) {
      throw fail("42601", `${what} column "${name}" not in WITH query column list`);
    }
    if (given.indexOf(name) !== at) {
      throw fail("42701", `${what} column "${name}" specified more than once`);
    }
    return number;
  });
}

function checkUnused(
  scope: Scope,
  what: string,
  name: string,
  names: readonly string[],
  location: number | undefined,
): string {
  if (!names.includes(name)) return name;
  const message = `${what} column name "${name}" already used in WITH query column list`;
  throw new SqlError("42601", message).at(scope.at(location));
}

function bindSearch(scope: Scope, node: CTESearchClause, names: readonly string[]): SearchClause {
  const {
    location,
    search_seq_column: name = "",
    search_breadth_first: breadthFirst = false,
  } = node;
  const columns = numbers(scope, "search", strings(node.search_col_list), names, location);
  checkUnused(scope, "search sequence", name, names, location);
  return { columns, breadthFirst, name };
}

function bindCycle(
  scope: Scope,
  node: CTECycleClause,
  { value, otherwise }: NonNullable<Carried["mark"]>,
  names: readonly string[],
): CycleClause {
  const { location, cycle_mark_column: mark = "", cycle_path_column: path = "" } = node;
  const columns = numbers(scope, "cycle", strings(node.cycle_col_list), names, location);
  const equal = equalityOperator(scope.names, value.type, undefined);
  const operator = scope.names.operator(equal).negator;
  if (operator === INVALID_OID) {
    const type = typeText(scope.names, value.type);
    throw new SqlError("42883", `could not identify an inequality operator for type ${type}`);
  }
  checkUnused(scope, "cycle mark", mark, names, location);
  checkUnused(scope, "cycle path", path, names, location);
  if (mark === path) {
    const message = "cycle mark column name and cycle path column name are the same";
    throw new SqlError("42601", message).at(scope.at(location));
  }
  const unequal = { operator, function: scope.names.operator(operator).function };
  return { columns, mark, value, otherwise, path, unequal };
}

function checkDifferent(scope: Scope, search: CTESearchClause, cycle: CTECycleClause): void {
  const pairs = [
    ["mark", cycle.cycle_mark_column],
    ["path", cycle.cycle_path_column],
  ];
  for (const [what, name] of pairs) {
    if (search.search_seq_column !== name) continue;
    const message = `search sequence column name and cycle ${what} column name are the same`;
    throw new SqlError("42601", message).at(scope.at(search.location));
  }
}
