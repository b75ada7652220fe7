/** FROM as SQL. */
import { AssertionError } from "../../base/assert.ts";
import type { Expression, FromItem, RangeTableEntry } from "../bind/tree.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import { print } from "./expression.ts";
import { typeName } from "./names.ts";
import type { Level, Writer } from "./writer.ts";

export function printFrom(writer: Writer, items: readonly FromItem[]): void {
  items.forEach((item, at) => {
    if (at === 0) writer.line(" FROM ", -8, 8, 2);
    else {
      writer.put(", ");
      writer.line("", -8, 8, 4);
    }
    printItem(writer, item);
  });
}

const levelOf = (writer: Writer): Level => {
  const level = writer.levels[0];
  if (!level) throw new AssertionError("FROM outside a query");
  return level;
};

function printItem(writer: Writer, item: FromItem): void {
  if (item.kind === "join") return printJoin(writer, item);
  const level = levelOf(writer);
  const entry = level.rangeTable[item.table - 1];
  if (!entry) throw new AssertionError(`no range table entry ${item.table}`);
  if (entry.lateral && entry.kind === "subquery") writer.put("LATERAL ");
  const shown = printEntry(writer, entry);
  const name = level.names[item.table - 1] ?? entry.name;
  const columns = entry.alias?.columns.length ? entry.names.filter((each) => each !== "") : [];
  const listed = entry.kind === "function" && !printsDefinitions(entry) ? entry.names : columns;
  if (shown !== name || listed.length > 0 || printsDefinitions(entry)) {
    writer.put(` ${quoteIdentifier(name)}`);
  }
  if (printsDefinitions(entry)) return printDefinitions(writer, entry);
  if (listed.length > 0) writer.put(`(${listed.map(quoteIdentifier).join(", ")})`);
}

/** The entry without its alias; answers the name that it has without one. */
function printEntry(writer: Writer, entry: RangeTableEntry): string | undefined {
  switch (entry.kind) {
    case "relation":
      return printRelation(writer, entry.relation);
    case "subquery":
      if (entry.view !== undefined) return printRelation(writer, entry.view);
      writer.put("(");
      writer.printQuery(writer, entry.query, true);
      writer.put(")");
      return undefined;
    case "cte":
      writer.put(quoteIdentifier(entry.cte));
      return entry.cte;
    case "values":
      writer.put("(");
      printValues(writer, entry.rows);
      writer.put(")");
      return undefined;
    case "function":
      printFunctions(writer, entry);
      return undefined;
    case "join":
      throw new AssertionError("a join is no plain table");
  }
}

function printRelation(writer: Writer, id: Parameters<Writer["names"]["findRelation"]>[0]): string {
  const { names } = writer;
  const relation = names.findRelation(id);
  if (!relation) throw new AssertionError(`relation ${id} is not in pg_class`);
  const visible = names.isRelationVisible(relation);
  const schema = visible ? undefined : names.namespaceName(relation.namespace);
  writer.put(quoteQualified(schema, relation.name));
  return relation.name;
}

type FunctionEntry = RangeTableEntry & { readonly kind: "function" };

function printFunctions(writer: Writer, entry: FunctionEntry): void {
  const several = entry.functions.length > 1;
  if (several) writer.put("ROWS FROM(");
  writer.list(entry.functions, ({ call }) => print(writer, call, true));
  if (several) writer.put(")");
  if (entry.ordinality) writer.put(" WITH ORDINALITY");
}

const printsDefinitions = (entry: RangeTableEntry): boolean =>
  entry.kind === "function" && entry.functions[0]?.definitions !== undefined;

function printDefinitions(writer: Writer, entry: RangeTableEntry): void {
  const columns = entry.names.map((name, at) => {
    const type = entry.types[at];
    if (type === undefined) throw new AssertionError("a column without a type");
    return `${quoteIdentifier(name)} ${typeName(writer.names, type, entry.typmods[at] ?? -1)}`;
  });
  writer.put(`(${columns.join(", ")})`);
}

export function printValues(writer: Writer, rows: readonly (readonly Expression[])[]): void {
  writer.put("VALUES ");
  writer.list(rows, (row) => {
    writer.put("(");
    writer.list(row, (each) => print(writer, each, false), ",");
    writer.put(")");
  });
}

const joinWords = {
  inner: " JOIN ",
  cross: " CROSS JOIN ",
  left: " LEFT JOIN ",
  right: " RIGHT JOIN ",
  full: " FULL JOIN ",
} as const;

function printJoin(writer: Writer, item: FromItem & { readonly kind: "join" }): void {
  const entry = levelOf(writer).rangeTable[item.table - 1];
  const alias = entry?.alias;
  const closed = !writer.pretty || alias !== undefined;
  const right = item.right;
  const rightAlias =
    right.kind === "join" && levelOf(writer).rangeTable[right.table - 1]?.alias !== undefined;
  const closedRight = writer.pretty && right.kind === "join" && !rightAlias;
  if (closed) writer.put("(");
  printItem(writer, item.left);
  writer.line(joinWords[item.join], -8, 8, 4);
  if (closedRight) writer.put("(");
  printItem(writer, right);
  if (closedRight) writer.put(")");
  const using = entry?.kind === "join" ? entry.using : [];
  if (using.length > 0) {
    writer.put(` USING (${using.map(quoteIdentifier).join(", ")})`);
  } else if (item.on) {
    writer.put(" ON ");
    if (!writer.pretty) writer.put("(");
    print(writer, item.on, false);
    if (!writer.pretty) writer.put(")");
  } else if (item.join !== "inner" && item.join !== "cross") writer.put(" ON TRUE");
  if (closed) writer.put(")");
  if (alias) {
    writer.put(` ${quoteIdentifier(alias.name)}`);
    if (alias.columns.length > 0) {
      writer.put(`(${alias.columns.map(quoteIdentifier).join(", ")})`);
    }
  }
}
