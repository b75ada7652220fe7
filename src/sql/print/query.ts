/** QUERIES AS SQL, laid out as pg_get_viewdef does. */
import type {
  Expression,
  GroupingSet,
  Query,
  SelectQuery,
  SetQuery,
  SortKey,
  Target,
} from "../bind/tree.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { print } from "./expression.ts";
import { printFrom, printValues } from "./from.ts";
import { printDirection, printKey, printWindow } from "./function.ts";
import { typeName } from "./names.ts";
import type { Level, Writer } from "./writer.ts";

/** `namesVisible`: the columns' names are what the reader wants, as in a view. */
export function printQuery(
  writer: Writer,
  query: Query,
  namesVisible = false,
  outerNames?: readonly string[],
): void {
  const { levels, indent } = writer;
  writer.levels = [levelOf(query, levels), ...levels];
  printWith(writer, query);
  const names = outerNames ?? query.targets.filter(({ junk }) => !junk).map(({ name }) => name);
  if (query.kind === "select") printSelect(writer, query, namesVisible, names);
  else if (query.kind === "set") printSet(writer, query, namesVisible, names);
  else {
    writer.indent += 8;
    writer.put(" ");
    printValues(writer, query.rows);
  }
  printTail(writer, query);
  writer.levels = levels;
  writer.indent = indent;
}

/** Entries by names that no other entry of the level or around it has. */
function levelOf(query: Query, around: readonly Level[]): Level {
  const rangeTable = query.kind === "select" ? query.rangeTable : [];
  const used = new Set(around.flatMap((level) => level.names));
  const names = rangeTable.map((entry) => {
    if (entry.kind === "join" && entry.alias === undefined) return "";
    let name = entry.name;
    for (let suffix = 1; used.has(name); suffix++) name = `${entry.name}_${suffix}`;
    used.add(name);
    return name;
  });
  return { rangeTable, names, windows: query.kind === "select" ? query.windows : [] };
}

function printWith(writer: Writer, query: Query): void {
  if (query.commonTables.length === 0) return;
  writer.indent += 8;
  writer.put(" ");
  writer.put(query.commonTables.some((table) => table.recursive) ? "WITH RECURSIVE " : "WITH ");
  query.commonTables.forEach((table, at) => {
    if (at > 0) writer.put(", ");
    writer.put(quoteIdentifier(table.name));
    const own = table.query.targets.filter((target) => !target.junk).map((target) => target.name);
    if (table.columns.some((name, column) => name !== own[column])) {
      writer.put(`(${table.columns.map(quoteIdentifier).join(", ")})`);
    }
    writer.put(" AS ");
    if (table.materialized !== "default") {
      writer.put(table.materialized === "always" ? "MATERIALIZED " : "NOT MATERIALIZED ");
    }
    writer.put("(");
    writer.line("");
    printQuery(writer, table.query, true);
    writer.line(")");
  });
  writer.indent -= 8;
  writer.line("");
}

function printSelect(
  writer: Writer,
  query: SelectQuery,
  namesVisible: boolean,
  names: readonly string[],
): void {
  writer.indent += 8;
  writer.put(" SELECT");
  if (typeof query.distinct !== "boolean") {
    writer.put(" DISTINCT ON (");
    writer.list(query.distinct, (each) => print(writer, each, true));
    writer.put(")");
  } else if (query.distinct) writer.put(" DISTINCT");
  printTargets(writer, query.targets, namesVisible, names);
  printFrom(writer, query.from);
  if (query.where) {
    writer.line(" WHERE ", -8, 8, 1);
    print(writer, query.where, false);
  }
  if (query.groupBy.length > 0 || query.groupingSets) {
    writer.line(" GROUP BY ", -8, 8, 1);
    if (query.groupingSets) writer.list(query.groupingSets, (set) => printSets(writer, set, true));
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

function printSets(writer: Writer, set: GroupingSet, outermost: boolean): void {
  if (set.kind === "simple") {
    const bare = outermost && set.expressions.length === 1;
    if (!bare) writer.put("(");
    writer.list(set.expressions, (each) => print(writer, each, true));
    if (!bare) writer.put(")");
    return;
  }
  const word = { rollup: "ROLLUP(", cube: "CUBE(", sets: "GROUPING SETS (" }[set.kind];
  writer.put(word);
  writer.list(set.sets, (inner) => printSets(writer, inner, set.kind !== "sets"));
  writer.put(")");
}

function printTargets(
  writer: Writer,
  targets: readonly Target[],
  namesVisible: boolean,
  names: readonly string[],
): void {
  let severalLines = false;
  targets
    .filter((target) => !target.junk)
    .forEach((target, at) => {
      writer.put(at === 0 ? " " : ", ");
      const before = writer.text;
      writer.text = "";
      const name = printTarget(writer, target.expression, namesVisible);
      const shown = names[at] ?? target.name;
      if (shown !== name) writer.put(` AS ${quoteIdentifier(shown)}`);
      const column = writer.text;
      writer.text = before;
      if (column.startsWith("\n")) writer.text = writer.text.replace(/ +$/, "");
      else if (at > 0 || severalLines) writer.line("", -8, 8, 4);
      severalLines = column.slice(1).includes("\n");
      writer.put(column);
    });
}

/** The name that the column has without AS. */
function printTarget(
  writer: Writer,
  expression: Expression,
  namesVisible: boolean,
): string | undefined {
  print(writer, expression, true);
  if (expression.kind === "column" && expression.attribute === 0) {
    // Without the cast it would be read as all columns.
    writer.put(`::${typeName(writer.names, expression.type, expression.typmod)}`);
  }
  if (expression.kind !== "column" || expression.attribute === 0) {
    return namesVisible ? undefined : "?column?";
  }
  const entry = writer.levels[expression.levelsUp]?.rangeTable[expression.table - 1];
  return entry?.names[expression.attribute - 1];
}

function printTail(writer: Writer, query: Query): void {
  if (query.orderBy.length > 0) {
    writer.line(" ORDER BY ", -8, 8, 1);
    writer.list(query.orderBy, (key) => printSortKey(writer, key, query));
  }
  if (query.offset) {
    writer.line(" OFFSET ", -8, 8, 0);
    print(writer, query.offset, false);
  }
  if (query.limit) {
    const ties = query.kind === "select" && query.withTies;
    writer.line(ties ? " FETCH FIRST " : " LIMIT ", -8, 8, 0);
    print(writer, query.limit, false);
    if (ties) writer.put(" ROWS WITH TIES");
  }
  if (query.kind !== "select") return;
  for (const { strength } of query.locking) {
    writer.line(` FOR ${strength.toUpperCase()}`, -8, 8, 0);
  }
}

function printSortKey(writer: Writer, key: SortKey, query: Query): void {
  if (query.kind === "select") printKey(writer, key.expression, print);
  else writer.put(String(key.target ?? 1));
  printDirection(writer, key);
}

function printSet(
  writer: Writer,
  query: SetQuery,
  namesVisible: boolean,
  names: readonly string[],
): void {
  printBranch(writer, query.left, sameOperation(query, query.left), namesVisible, names);
  writer.line("");
  writer.put(`${query.operation.toUpperCase()} ${query.all ? "ALL " : ""}`);
  writer.line("");
  printBranch(writer, query.right, query.right.kind !== "set", false, names);
}

const sameOperation = (query: SetQuery, left: Query): boolean =>
  left.kind !== "set" || (left.operation === query.operation && left.all === query.all);

function printBranch(
  writer: Writer,
  branch: Query,
  open: boolean,
  namesVisible: boolean,
  names: readonly string[],
): void {
  const plain =
    branch.commonTables.length === 0 &&
    branch.orderBy.length === 0 &&
    branch.limit === undefined &&
    branch.offset === undefined;
  const closed = !open || !plain;
  if (closed) writer.put("(");
  printQuery(writer, branch, namesVisible, names);
  if (closed) writer.put(")");
}
