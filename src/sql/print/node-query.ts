/**
 * QUERIES AS POSTGRESQL'S NODES, for their text (node-text.ts). A view's query has no entries for
 * `old` and `new`, so its tables are counted from 1.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/nodes/parsenodes.h
 */
import type {
  CommonTable,
  Expression,
  GroupingSet,
  Query,
  RowLocking,
  SelectQuery,
  SetQuery,
  ValuesQuery,
} from "../bind/tree.ts";
import { type Visitor, visitChildren, visitQuery } from "../bind/walk.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Place } from "./node-calls.ts";
import { groupNode, sortNode, TargetList, windowNode } from "./node-clauses.ts";
import { expressionNode } from "./node-expression.ts";
import {
  aliasNode,
  columnTypes,
  entryNode,
  entryTail,
  fromNode,
  valuesFields,
} from "./node-from.ts";
import { ints, type Node, node, oids } from "./node-text.ts";

const SETS = { union: 1, intersect: 2, except: 3 } as const;
const GROUPINGS = { simple: 1, rollup: 2, cube: 3, sets: 4 } as const;
const MATERIALIZED = { default: 0, always: 1, never: 2 } as const;
const STRENGTHS = ["none", "key share", "share", "no key update", "update"];
const WAITS = ["block", "skip", "error"];
const HERE = -1;

/** Place of an expression that is in no query. */
export const outside = (context: TypeContext): Place => ({
  context,
  levels: [],
  queryNode,
  sortNode,
  groupNode,
});

/** `tagged`: it is not one of WITH, whose rows are not those that the statement answers. */
export function queryNode(query: Query, above: Place, tagged = true): Node {
  const place = { ...above, levels: [{ counted: true }, ...above.levels] };
  switch (query.kind) {
    case "select":
      return selectNode(query, place, tagged);
    case "set":
      return setNode(query, place, tagged);
    case "values":
      return valuesNode(query, place, tagged);
  }
}

/** What differs between the kinds of queries; the rest is empty. */
interface Parts {
  readonly tagged: boolean;
  readonly rtable: readonly Node[];
  readonly fromlist?: readonly Node[];
  readonly quals?: Node | undefined;
  readonly targets: readonly Node[];
  readonly sorted: readonly Node[];
  readonly grouped?: Partial<Node["fields"]>;
  readonly windows?: readonly Node[];
  readonly distinct?: readonly Node[];
  readonly distinctOn?: boolean;
  readonly rowMarks?: readonly Node[];
  readonly setOperations?: Node;
}

function queryFields(query: Query, place: Place, parts: Parts): Node {
  const inner = (each: Expression | undefined) => each && expressionNode(each, place);
  const { groupClause, groupDistinct = false, groupingSets, havingQual } = parts.grouped ?? {};
  return node("QUERY", {
    commandType: 1,
    querySource: 0,
    canSetTag: parts.tagged,
    utilityStmt: undefined,
    resultRelation: 0,
    hasAggs: query.kind === "select" && query.hasAggregates,
    hasWindowFuncs: someIn(query, (each) => each.kind === "window"),
    hasTargetSRFs: query.targets.some(({ expression }) => returnsSet(expression)),
    hasSubLinks: someIn(query, (each) => each.kind === "subLink"),
    hasDistinctOn: parts.distinctOn ?? false,
    hasRecursive: query.commonTables.some((table) => table.mayRecurse),
    hasModifyingCTE: false,
    hasForUpdate: (parts.rowMarks?.length ?? 0) > 0,
    hasRowSecurity: false,
    isReturn: false,
    cteList: query.commonTables.map((table) => commonTableNode(table, query, place)),
    rtable: parts.rtable,
    jointree: node("FROMEXPR", { fromlist: parts.fromlist, quals: parts.quals }),
    targetList: parts.targets,
    override: 0,
    onConflict: undefined,
    returningList: undefined,
    groupClause,
    groupDistinct,
    groupingSets,
    havingQual,
    windowClause: parts.windows,
    distinctClause: parts.distinct,
    sortClause: parts.sorted,
    limitOffset: inner(query.offset),
    limitCount: inner(query.limit),
    limitOption: query.withTies ? 1 : 0,
    rowMarks: parts.rowMarks,
    setOperations: parts.setOperations,
    constraintDeps: undefined,
    withCheckOptions: undefined,
    mergeActionList: undefined,
    mergeUseOuterJoin: false,
    stmt_location: 0,
    stmt_len: 0,
  });
}

/** Whether an expression of this query, not of a sub-select, passes. */
function someIn(query: Query, test: (node: Expression) => boolean): boolean {
  let found = false;
  const visit = {
    expression(each: Expression) {
      if (test(each)) found = true;
      else visitChildren(each, visit);
    },
    query: () => undefined,
  };
  visitQuery(query, visit);
  return found;
}

function returnsSet(expression: Expression): boolean {
  if ("returnsSet" in expression && expression.returnsSet) return true;
  let found = false;
  const visit = {
    expression(each: Expression) {
      if (returnsSet(each)) found = true;
    },
    query: () => undefined,
  };
  visitChildren(expression, visit);
  return found;
}

function selectNode(query: SelectQuery, outer: Place, tagged: boolean): Node {
  const list = new TargetList(query.targets, outer);
  const [, ...above] = outer.levels;
  const refOf = (each: Expression): number => list.refOf(each);
  const place = { ...outer, levels: [{ counted: true, refOf }, ...above] };
  const inner = (each: Expression): Node => expressionNode(each, place);
  const sorted = list.sort(query.orderBy);
  const groupRefs = query.groupBy.map((each) => list.refOf(each));
  const groupClause = list.group(query.groupBy);
  const windows = query.windows.map((window, at) => windowNode(window, at, list, place));
  const shown = query.targets.filter((target) => !target.junk);
  const { distinct } = query;
  const distincts = distinct === true ? shown.map(({ expression }) => expression) : distinct || [];
  const sortedBy = new Map(
    query.orderBy.map((key, at) => [list.refOf(key.expression, key.target), at]),
  );
  const distinctClause = distincts.map((each) => {
    const ref = list.refOf(each);
    return sorted[sortedBy.get(ref) ?? -1] ?? groupNode(each, ref, place.context);
  });
  return queryFields(query, place, {
    tagged,
    rtable: query.rangeTable.map((entry, at) => entryNode(entry, at + 1, query, place)),
    fromlist: query.from.map((item) => fromNode(item, query.rangeTable, place)),
    quals: query.where && inner(query.where),
    targets: list.nodes(place),
    sorted,
    grouped: {
      groupClause,
      groupDistinct: query.groupDistinct ?? false,
      groupingSets: query.groupingSets?.map((set) => groupingNode(set, groupRefs)),
      havingQual: query.having && inner(query.having),
    },
    windows,
    distinct: distinctClause,
    distinctOn: typeof distinct !== "boolean",
    rowMarks: query.locking.map(rowMarkNode),
  });
}

function groupingNode(set: GroupingSet, refs: readonly number[]): Node {
  if (set.kind !== "simple") {
    const content = set.sets.map((each) => groupingNode(each, refs));
    return node("GROUPINGSET", { kind: GROUPINGS[set.kind], content, location: HERE });
  }
  const empty = set.places.length === 0;
  const content = ints(set.places.map((at) => refs[at] ?? 0));
  return node("GROUPINGSET", { kind: empty ? 0 : 1, content, location: HERE });
}

const rowMarkNode = ({ table, strength, wait }: RowLocking): Node =>
  node("ROWMARKCLAUSE", {
    rti: table,
    strength: STRENGTHS.indexOf(strength),
    waitPolicy: WAITS.indexOf(wait),
    pushedDown: false,
  });

/** Branches that are set operations themselves, and nothing more, are part of one tree. */
const isPart = (query: Query): query is SetQuery =>
  query.kind === "set" &&
  query.commonTables.length === 0 &&
  query.orderBy.length === 0 &&
  !query.limit &&
  !query.offset;

function setNode(query: SetQuery, place: Place, tagged: boolean): Node {
  const rtable: Node[] = [];
  const branch = (each: Query, above: Place): Node => {
    if (isPart(each))
      return operation(each, { ...above, levels: [{ counted: false }, ...above.levels] });
    const rtindex = rtable.length + 1;
    const names = each.targets.filter((target) => !target.junk).map((target) => target.name);
    const name = `*SELECT* ${rtindex}`;
    const alias = { alias: aliasNode(name), eref: aliasNode(name, names) };
    const subquery = queryNode(each, above);
    const fields = { rtekind: 1, subquery, security_barrier: false };
    const tail = entryTail(false, [], 0, false);
    rtable.push(node("RANGETBLENTRY", { ...alias, ...fields, ...tail }));
    return node("RANGETBLREF", { rtindex });
  };
  const operation = (each: SetQuery, at: Place): Node => {
    const columns = each.targets.filter((target) => !target.junk).map((t) => t.expression);
    const larg = branch(each.left, at);
    const rarg = branch(each.right, at);
    return node("SETOPERATIONSTMT", {
      op: SETS[each.operation],
      all: each.all,
      larg,
      rarg,
      colTypes: oids(columns.map(({ type }) => type)),
      colTypmods: ints(columns.map(({ typmod }) => typmod)),
      colCollations: oids(columns.map(({ collation }) => collation)),
      groupClauses:
        each.operation === "union" && each.all
          ? undefined
          : columns.map((column) => groupNode(column, 0, place.context)),
    });
  };
  const setOperations = operation(query, place);
  const list = new TargetList(query.targets, place);
  const sorted = list.sort(query.orderBy);
  return queryFields(query, place, {
    tagged,
    rtable,
    targets: list.nodes(),
    sorted,
    setOperations,
  });
}

function valuesNode(query: ValuesQuery, place: Place, tagged: boolean): Node {
  const columns = query.targets.map(({ expression }) => expression);
  const names = query.targets.map((_, at) => `column${at + 1}`);
  const name = "*VALUES*";
  const entry = node("RANGETBLENTRY", {
    alias: undefined,
    eref: aliasNode(name, names),
    ...valuesFields(query.rows, columns, place),
    ...entryTail(false, [], 0),
  });
  const targets = query.targets.map((target, at) => ({
    ...target,
    expression: {
      ...target.expression,
      kind: "column",
      table: 1,
      attribute: at + 1,
      levelsUp: 0,
    } as Expression,
  }));
  const list = new TargetList(targets, place);
  const sorted = list.sort(query.orderBy);
  const fromlist = [node("RANGETBLREF", { rtindex: 1 })];
  return queryFields(query, place, {
    tagged,
    rtable: [entry],
    fromlist,
    targets: list.nodes(),
    sorted,
  });
}

/** How often a query, or one in it, reads from one of its WITH. */
function referencesTo(name: string, query: Query): number {
  let found = 0;
  const count = (each: Query, depth: number): void => {
    if (each.kind === "select") {
      for (const entry of each.rangeTable) {
        if (entry.kind !== "cte" || entry.cte !== name || entry.self) continue;
        if (entry.levelsUp === depth) found++;
      }
    }
    const visit: Visitor = {
      expression: (inner) => visitChildren(inner, visit),
      query: (inner) => count(inner, depth + 1),
    };
    visitQuery(each, visit);
  };
  count(query, 0);
  return found;
}

function commonTableNode(table: CommonTable, query: Query, place: Place): Node {
  const references = referencesTo(table.name, query);
  const columns = table.query.targets.filter((target) => !target.junk).map((t) => t.expression);
  const { coltypes, coltypmods, colcollations } = columnTypes(columns);
  const named = (numbers: readonly number[]) =>
    numbers.map((number) => table.columns[number - 1] ?? "");
  const { search, cycle } = table;
  const inner = (each: Expression): Node => expressionNode(each, place);
  return node("COMMONTABLEEXPR", {
    ctename: table.name,
    aliascolnames: table.aliases,
    ctematerialized: MATERIALIZED[table.materialized],
    ctequery: queryNode(table.query, place, false),
    search_clause:
      search &&
      node("CTESEARCHCLAUSE", {
        search_col_list: named(search.columns),
        search_breadth_first: search.breadthFirst,
        search_seq_column: search.name,
        location: HERE,
      }),
    cycle_clause:
      cycle &&
      node("CTECYCLECLAUSE", {
        cycle_col_list: named(cycle.columns),
        cycle_mark_column: cycle.mark,
        cycle_mark_value: inner(cycle.value),
        cycle_mark_default: inner(cycle.otherwise),
        cycle_path_column: cycle.path,
        location: HERE,
        cycle_mark_type: cycle.value.type,
        cycle_mark_typmod: cycle.value.typmod,
        cycle_mark_collation: cycle.value.collation,
        cycle_mark_neop: cycle.unequal.operator,
      }),
    location: HERE,
    cterecursive: table.recursive,
    cterefcount: references,
    ctecolnames: table.columns,
    ctecoltypes: coltypes,
    ctecoltypmods: coltypmods,
    ctecolcollations: colcollations,
  });
}
