/** QUERIES AS SQL, laid out as pg_get_viewdef does. */
import type {
  CommonTable,
  Expression,
  GroupingSet,
  Query,
  SelectQuery,
  SetQuery,
  SortKey,
  Target,
} from "../bind/tree.ts";
import { BOOL } from "../bind/type-oids.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { printColumn } from "./column.ts";
import { print } from "./expression.ts";
import { printFrom, printValues } from "./from.ts";
import { levelOf } from "./level.ts";
import { printDirection, printKey, printSort, printWindow } from "./sort.ts";
import type { PrintQuery, QueryNames, Writer } from "./writer.ts";

export const printQuery: PrintQuery = (writer, query, options = {}) => {
  const { levels, indent } = writer;
  writer.levels = [
    levelOf(writer.names, query, levels, [...writer.taken, ...(options.reserved ?? [])]),
    ...levels,
  ];
  printWith(writer, query.commonTables);
  if (query.kind === "set") printSet(writer, query, options);
  else printBasic(writer, query, options);
  printTail(writer, query);
  writer.levels = levels;
  writer.indent = indent;
};

export function printWith(writer: Writer, tables: readonly CommonTable[]): void {
  if (tables.length === 0) return;
  writer.indent += 8;
  writer.margin();
  writer.put(tables.some((table) => table.mayRecurse) ? "WITH RECURSIVE " : "WITH ");
  writer.list(tables, (table) => {
    writer.put(quoteIdentifier(table.name));
    if (table.aliases.length > 0) {
      writer.put(`(${table.aliases.map(quoteIdentifier).join(", ")})`);
    }
    writer.put(` AS ${materializations[table.materialized]}(`);
    writer.line("");
    printQuery(writer, table.query, { namesVisible: true });
    if (!writer.settings.oneLine) writer.line("");
    writer.put(")");
    printSearchAndCycle(writer, table);
  });
  writer.indent -= 8;
  if (writer.settings.oneLine) writer.put(" ");
  else writer.line("");
}

function printSearchAndCycle(writer: Writer, { columns, search, cycle }: CommonTable): void {
  const list = (numbers: readonly number[]) =>
    numbers.map((number) => quoteIdentifier(columns[number - 1] ?? "")).join(", ");
  if (search) {
    const first = search.breadthFirst ? "BREADTH" : "DEPTH";
    writer.put(` SEARCH ${first} FIRST BY ${list(search.columns)}`);
    writer.put(` SET ${quoteIdentifier(search.name)}`);
  }
  if (!cycle) return;
  writer.put(` CYCLE ${list(cycle.columns)} SET ${quoteIdentifier(cycle.mark)}`);
  if (!isBoolean(cycle.value, true) || !isBoolean(cycle.otherwise, false)) {
    writer.put(" TO ");
    print(writer, cycle.value, false);
    writer.put(" DEFAULT ");
    print(writer, cycle.otherwise, false);
  }
  writer.put(` USING ${quoteIdentifier(cycle.path)}`);
}

const isBoolean = (node: Expression, value: boolean): boolean =>
  node.kind === "constant" && node.type === BOOL && Boolean(node.value) === value;

const materializations = {
  default: "",
  always: "MATERIALIZED ",
  never: "NOT MATERIALIZED ",
} as const;

/** SELECT, or VALUES where nothing but its rows is selected. */
function printBasic(writer: Writer, query: Exclude<Query, SetQuery>, names: QueryNames): void {
  writer.indent += 8;
  writer.margin();
  const rows = plainValues(query, names);
  if (rows) return printValues(writer, rows);
  if (query.kind === "select") return printSelect(writer, query, names);
  writer.put("SELECT");
  const targets = query.targets.map((target) => ({
    ...target,
    expression: { ...target.expression, table: 1 },
  }));
  printTargets(writer, targets, names);
  return printFrom(writer, [{ kind: "table", table: 1 }]);
}

/** The rows of VALUES whose columns have kept their names. */
function plainValues(query: Exclude<Query, SetQuery>, { names }: QueryNames) {
  const [entry] = query.kind === "select" ? query.rangeTable : [];
  const isOnly = query.kind === "select" && query.rangeTable.length === 1;
  const rows = query.kind === "values" ? query.rows : entry?.kind === "values" && entry.rows;
  if (!rows || (query.kind === "select" && !isOnly)) return undefined;
  const kept = query.targets.every(
    ({ name, junk }, at) => !junk && (names?.[at] ?? name) === `column${at + 1}`,
  );
  return kept ? rows : undefined;
}

function printSelect(writer: Writer, query: SelectQuery, names: QueryNames): void {
  writer.put(names.returns ? "RETURN" : "SELECT");
  if (typeof query.distinct !== "boolean") {
    writer.put(" DISTINCT ON (");
    writer.list(query.distinct, (each) => printKey(writer, each, print));
    writer.put(")");
  } else if (query.distinct) writer.put(" DISTINCT");
  printTargets(writer, query.targets, names);
  printFrom(writer, query.from);
  if (query.where) {
    writer.line(" WHERE ", -8, 8, 1);
    print(writer, query.where, false);
  }
  if (query.groupBy.length > 0 || query.groupingSets) {
    writer.line(" GROUP BY ", -8, 8, 1);
    if (query.groupDistinct) writer.put("DISTINCT ");
    if (query.groupingSets)
      writer.list(query.groupingSets, (set) => printSets(writer, query, set, true));
    else writer.list(query.groupBy, (each) => printKey(writer, each, print));
  }
  if (query.having) {
    writer.line(" HAVING ", -8, 8, 0);
    print(writer, query.having, false);
  }
  const named = query.windows.filter((window) => window.name !== undefined);
  if (named.length > 0) {
    writer.line(" WINDOW ", -8, 8, 1);
    writer.list(named, (window) => {
      writer.put(`${quoteIdentifier(window.name ?? "")} AS `);
      printWindow(writer, window, print);
    });
  }
}

function printSets(writer: Writer, query: SelectQuery, set: GroupingSet, outermost: boolean): void {
  if (set.kind === "simple") {
    const bare = outermost && set.places.length === 1;
    const keys = set.places.flatMap((place) => query.groupBy[place] ?? []);
    if (!bare) writer.put("(");
    writer.list(keys, (each) => printKey(writer, each, print));
    if (!bare) writer.put(")");
    return;
  }
  const word = { rollup: "ROLLUP(", cube: "CUBE(", sets: "GROUPING SETS (" }[set.kind];
  writer.put(word);
  writer.list(set.sets, (inner) => printSets(writer, query, inner, set.kind !== "sets"));
  writer.put(")");
}

export function printTargets(writer: Writer, targets: readonly Target[], names: QueryNames): void {
  const { wrapColumn } = writer.settings;
  const wraps = wrapColumn >= 0;
  let severalLines = false;
  targets
    .filter((target) => !target.junk)
    .forEach((target, at) => {
      writer.put(at === 0 ? " " : ", ");
      const column = writer.apart(() => {
        const name = printTarget(writer, target, names.namesVisible ?? false);
        const shown = names.names?.[at] ?? target.name;
        if (shown !== name) writer.put(` AS ${quoteIdentifier(shown)}`);
      });
      // What begins a line by itself needs no other beginning.
      const begins = wraps && column.startsWith("\n");
      if (begins) writer.text = writer.text.replace(/ +$/, "");
      else if (wraps && at > 0 && (severalLines || !writer.fits(column, wrapColumn))) {
        writer.line("", -8, 8, 4);
      }
      severalLines = column.slice(begins ? 1 : 0).includes("\n");
      writer.put(column);
    });
}

/** Answers the name that the column has without AS. */
function printTarget(
  writer: Writer,
  { expression, written = expression }: Target,
  namesVisible: boolean,
): string | undefined {
  if (written.kind === "column") return printColumn(writer, written, true);
  print(writer, written, true);
  return namesVisible ? undefined : "?column?";
}

function printTail(writer: Writer, query: Query): void {
  if (query.orderBy.length > 0) {
    writer.line(" ORDER BY ", -8, 8, 1);
    if (query.kind === "set") writer.list(query.orderBy, (key) => printNumber(writer, key));
    else printSort(writer, query.orderBy, print);
  }
  if (query.offset) {
    writer.line(" OFFSET ", -8, 8, 0);
    print(writer, query.offset, false);
  }
  if (query.limit) printLimit(writer, query, query.limit);
  if (query.kind === "select") printLocking(writer, query);
}

/** Columns of a set operation's result go by their numbers. */
function printNumber(writer: Writer, key: SortKey): void {
  writer.put(String(key.target ?? 1));
  printDirection(writer, key);
}

function printLimit(writer: Writer, query: Query, limit: NonNullable<Query["limit"]>): void {
  if (query.withTies) {
    writer.line(" FETCH FIRST (", -8, 8, 0);
    print(writer, limit, false);
    return writer.put(") ROWS WITH TIES");
  }
  writer.line(" LIMIT ", -8, 8, 0);
  if (limit.kind === "constant" && limit.value === null) writer.put("ALL");
  else print(writer, limit, false);
}

const waits = { block: "", skip: " SKIP LOCKED", error: " NOWAIT" } as const;

function printLocking(writer: Writer, query: SelectQuery): void {
  for (const { table, strength, wait } of query.locking) {
    writer.line(` FOR ${strength.toUpperCase()}`, -8, 8, 0);
    const name = writer.levels[0]?.names[table - 1] ?? "";
    writer.put(` OF ${quoteIdentifier(name)}${waits[wait]}`);
  }
}

/**
 * Branches of another operation stand in parentheses, and so do those on the right that are
 * operations themselves.
 */
function printSet(writer: Writer, query: SetQuery, names: QueryNames): void {
  const { left, right } = query;
  const nested =
    isOperation(left) && (left.operation !== query.operation || left.all !== query.all);
  if (nested) {
    writer.put("(");
    writer.line("", 8);
  }
  printBranch(writer, left, names);
  writer.line(nested ? ") " : "", nested ? -8 : 0);
  writer.put(`${query.operation.toUpperCase()} ${query.all ? "ALL " : ""}`);
  const closed = isOperation(right);
  if (closed) writer.put("(");
  writer.line("", closed ? 8 : 0);
  printBranch(writer, right, { ...names, namesVisible: false });
  if (!closed) return;
  writer.indent -= 8;
  writer.line(")");
}

/** A set operation that is a part of the one around it, with no clauses of its own. */
const isOperation = (query: Query): query is SetQuery => query.kind === "set" && isBare(query);

const isBare = (query: Query): boolean =>
  query.commonTables.length === 0 &&
  query.orderBy.length === 0 &&
  query.limit === undefined &&
  query.offset === undefined &&
  (query.kind !== "select" || query.locking.length === 0);

function printBranch(writer: Writer, branch: Query, names: QueryNames): void {
  const { reserved: _, ...rest } = names;
  if (isOperation(branch)) {
    const { levels } = writer;
    writer.levels = [levelOf(writer.names, branch, levels, writer.taken), ...levels];
    printSet(writer, branch, rest);
    writer.levels = levels;
    return;
  }
  const closed = !isBare(branch);
  if (closed) writer.put("(");
  printQuery(writer, branch, rest);
  if (closed) writer.put(")");
}
