/**
 * SEARCH and CYCLE: columns that each row of a recursive query carries along, computed from the row
 * that it comes of.
 *   depth first     the rows on the way to it, as an array of records
 *   breadth first   how many rows are on the way to it, and its own columns, as a record
 *   cycle           the rows on the way to it, and whether it is one of them: then it is the last
 * https://www.postgresql.org/docs/15/queries-with.html#QUERIES-WITH-SEARCH
 */
import { assert } from "../../base/assert.ts";
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type {
  CommonTable,
  CycleClause,
  Expression,
  Query,
  SearchClause,
  SelectQuery,
  SetQuery,
  Target,
  Typed,
} from "../bind/tree.ts";

const RECORD = oid(2249);
const RECORD_ARRAY = oid(2287);
const INT8 = oid(20);
const BOOL = oid(16);
const ARRAY_APPEND = oid(378);
const RECORD_EQUAL = { operator: oid(2988), function: oid(2981) };
const INT8_PLUS = { operator: oid(684), function: oid(463) };

const typed = (type: Oid): Typed => ({ type, typmod: -1, collation: INVALID_OID });

/** A column that is carried along. */
interface Carried {
  readonly name: string;
  readonly type: Typed;
  /** Its value in the first arm, whose targets are given. */
  readonly first: (targets: readonly Target[]) => Expression;
  /** Its value in the second arm; `before` gives the columns of the row that it comes of. */
  readonly next: (targets: readonly Target[], before: (name: string) => Expression) => Expression;
}

/** The query with the columns of its SEARCH and CYCLE clauses. */
export function searched({ name, search, cycle }: CommonTable, query: SetQuery): SetQuery {
  if (!search && !cycle) return query;
  const carried = [
    ...(search ? [searchColumn(search)] : []),
    ...(cycle ? cycleColumns(cycle) : []),
  ];
  const width = query.targets.length;
  const left = plain(query.left);
  const right = plain(query.right);
  const table = selfTable(right, name);
  const before = (name: string): Expression => {
    const at = carried.findIndex((column) => column.name === name);
    const column = carried[at];
    assert(column, `no column ${name} is carried along`);
    return { kind: "column", table, attribute: width + at + 1, levelsUp: 0, ...column.type };
  };
  const first = carried.map(({ first }) => first(left.targets));
  const next = carried.map(({ next }) => next(right.targets, before));
  return {
    ...query,
    left: withTargets(left, carried, first),
    right: endingCycles(withTargets(right, carried, next), cycle, before),
    targets: [
      ...query.targets,
      ...carried.map(({ name, type }, at) =>
        target(name, { kind: "column", table: 0, attribute: width + at + 1, levelsUp: 0, ...type }),
      ),
    ],
  };
}

function plain(query: Query): SelectQuery {
  if (query.kind === "select") return query;
  throw notSupported("SEARCH or CYCLE over this form of recursive query");
}

const target = (name: string, expression: Expression): Target => ({
  name,
  expression,
  junk: false,
  originTable: INVALID_OID,
  originColumn: 0,
});

/** Behind the visible targets; junk ones are not there in arms of a set operation. */
const withTargets = (
  query: SelectQuery,
  carried: readonly Carried[],
  values: readonly Expression[],
): SelectQuery => ({
  ...query,
  targets: [
    ...query.targets,
    ...carried.flatMap(({ name }, at) => {
      const value = values[at];
      return value ? [target(name, value)] : [];
    }),
  ],
});

function selfTable(query: SelectQuery, name: string): number {
  const at = query.rangeTable.findIndex((entry) => entry.kind === "cte" && entry.self);
  if (at >= 0) return at + 1;
  const what = `with a SEARCH or CYCLE clause, the recursive reference to WITH query "${name}"`;
  throw new SqlError("0A000", `${what} must be at the top level of its right-hand SELECT`);
}

const rowOf = (targets: readonly Target[], columns: readonly number[]): Expression => ({
  kind: "row",
  args: columns.flatMap((column) => targets[column - 1]?.expression ?? []),
  names: columns.map((_, at) => `f${at + 1}`),
  form: "call",
  ...typed(RECORD),
});

const listOf = (row: Expression): Expression => ({
  kind: "array",
  elementType: RECORD,
  elements: [row],
  multidimensional: false,
  ...typed(RECORD_ARRAY),
});

const appended = (list: Expression, row: Expression): Expression => ({
  kind: "function",
  function: ARRAY_APPEND,
  args: [list, row],
  returnsSet: false,
  variadic: false,
  form: "call",
  ...typed(RECORD_ARRAY),
});

const int8 = (value: bigint): Expression => ({ kind: "constant", value, ...typed(INT8) });

function searchColumn({ columns, breadthFirst, name }: SearchClause): Carried {
  if (!breadthFirst) {
    return {
      name,
      type: typed(RECORD_ARRAY),
      first: (targets) => listOf(rowOf(targets, columns)),
      next: (targets, before) => appended(before(name), rowOf(targets, columns)),
    };
  }
  const behind = (depth: Expression, targets: readonly Target[]): Expression => {
    const row = rowOf(targets, columns);
    if (row.kind !== "row") return row;
    const names = ["*DEPTH*", ...row.names];
    return { ...row, args: [depth, ...row.args], names };
  };
  return {
    name,
    type: typed(RECORD),
    first: (targets) => behind(int8(0n), targets),
    next: (targets, before) => {
      const depth: Expression = {
        kind: "field",
        arg: before(name),
        field: 1,
        name: "*DEPTH*",
        ...typed(INT8),
      };
      const args = [depth, int8(1n)];
      return behind(
        { kind: "operator", ...INT8_PLUS, args, returnsSet: false, ...typed(INT8) },
        targets,
      );
    },
  };
}

function cycleColumns(cycle: CycleClause): Carried[] {
  const { columns, mark, value, otherwise, path } = cycle;
  const { type, typmod, collation } = value;
  return [
    {
      name: mark,
      type: { type, typmod, collation },
      first: () => otherwise,
      next: (targets, before) => ({
        kind: "case",
        whens: [
          {
            when: {
              kind: "arrayOperator",
              ...RECORD_EQUAL,
              any: true,
              left: rowOf(targets, columns),
              array: before(path),
              ...typed(BOOL),
            },
            // biome-ignore lint/suspicious/noThenProperty: SQL's word for it
            then: value,
          },
        ],
        otherwise,
        type,
        typmod,
        collation,
      }),
    },
    {
      name: path,
      type: typed(RECORD_ARRAY),
      first: (targets) => listOf(rowOf(targets, columns)),
      next: (targets, before) => appended(before(path), rowOf(targets, columns)),
    },
  ];
}

/** Nothing comes of a row that has closed a cycle. */
function endingCycles(
  query: SelectQuery,
  cycle: CycleClause | undefined,
  before: (name: string) => Expression,
): SelectQuery {
  if (!cycle) return query;
  const goesOn: Expression = {
    kind: "operator",
    operator: cycle.unequal.operator,
    function: cycle.unequal.function,
    args: [before(cycle.mark), cycle.value],
    returnsSet: false,
    ...typed(BOOL),
  };
  const where: Expression = query.where
    ? { kind: "boolean", operator: "and", args: [query.where, goesOn], ...typed(BOOL) }
    : goesOn;
  return { ...query, where };
}
