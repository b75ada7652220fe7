/** FROM as SQL. */
import { AssertionError } from "../../base/assert.ts";
import { type Oid, oid } from "../../base/ids.ts";
import type {
  ColumnOfFunction,
  Expression,
  FromItem,
  RangeTableEntry,
  Sample,
} from "../bind/tree.ts";
import { INTERNAL } from "../bind/type-oids.ts";
import { xmlTableOf } from "../bind/xml-table-entry.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import type { EntryColumns } from "./column-names.ts";
import { print, printAlone } from "./expression.ts";
import { collationName, functionName, typeName } from "./names.ts";
import type { Level, Writer } from "./writer.ts";
import { printXmlTable } from "./xml.ts";

export function printFrom(writer: Writer, items: readonly FromItem[], word = " FROM "): void {
  items.forEach((item, at) => {
    if (at === 0) {
      writer.line(word, -8, 8, 2);
      printItem(writer, item);
    } else {
      writer.put(", ");
      const printed = writer.apart(() => printItem(writer, item));
      const { wrapColumn } = writer.settings;
      if (wrapColumn >= 0 && !writer.fits(printed, wrapColumn)) writer.line("", -8, 8, 4);
      writer.put(printed);
    }
  });
}

const currentLevel = (writer: Writer): Level => {
  const [level] = writer.levels;
  if (!level) throw new AssertionError("FROM outside a query");
  return level;
};

function printItem(writer: Writer, item: FromItem): void {
  if (item.kind === "join") return printJoin(writer, item);
  const level = currentLevel(writer);
  const entry = level.rangeTable[item.table - 1];
  const columns = level.columns[item.table - 1];
  if (!entry || !columns) throw new AssertionError(`no range table entry ${item.table}`);
  if (entry.lateral) writer.put("LATERAL ");
  const shown = printEntry(writer, entry);
  const name = level.names[item.table - 1] ?? entry.name;
  if (entry.alias || columns.listed || shown !== name) writer.put(` ${quoteIdentifier(name)}`);
  const definitions = definitionsOutside(entry);
  if (definitions) printDefinitions(writer, definitions, columns.names);
  else printColumnList(writer, columns);
  if (entry.kind === "relation" && entry.sample) printSample(writer, entry.sample);
}

function printSample(writer: Writer, { method, percentage, repeatable }: Sample): void {
  writer.put(` TABLESAMPLE ${functionName(writer.names, method, [{ type: INTERNAL }], false)} (`);
  print(writer, percentage, false);
  writer.put(")");
  if (!repeatable) return;
  writer.put(" REPEATABLE (");
  print(writer, repeatable, false);
  writer.put(")");
}

function printColumnList(writer: Writer, columns: EntryColumns): void {
  if (!columns.listed || columns.now.length === 0) return;
  writer.put(`(${columns.now.map(({ name }) => quoteIdentifier(name)).join(", ")})`);
}

/** The entry without its alias; answers the name that it has without one. */
function printEntry(writer: Writer, entry: RangeTableEntry): string | undefined {
  switch (entry.kind) {
    case "relation":
      if (entry.only) writer.put("ONLY ");
      return printRelation(writer, entry.relation);
    case "subquery":
      writer.put("(");
      writer.printQuery(writer, entry.query, { namesVisible: true });
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
      return xmlTableOf(entry) && entry.name;
    case "join":
      throw new AssertionError("a join is no plain table");
  }
}

export function printRelation(writer: Writer, id: Oid): string {
  const { names } = writer;
  const relation = names.findRelation(id);
  if (!relation) throw new AssertionError(`relation ${id} is not in pg_class`);
  const hidden = !names.isRelationVisible(relation) || isCommonTable(writer, relation.name);
  const schema = hidden ? names.printedNamespace(relation.namespace) : undefined;
  writer.put(quoteQualified(schema, relation.name));
  return relation.name;
}

/** The bare name would mean a WITH query of this level or one around it. */
const isCommonTable = (writer: Writer, name: string): boolean =>
  writer.levels.some((level) => level.commonTables.includes(name));

type FunctionEntry = RangeTableEntry & { readonly kind: "function" };

/** The definition list of the only function, where it can stand behind the alias. */
function definitionsOutside(entry: RangeTableEntry): readonly ColumnOfFunction[] | undefined {
  if (entry.kind !== "function" || entry.functions.length !== 1 || entry.ordinality) {
    return undefined;
  }
  return xmlTableOf(entry) ? undefined : entry.functions[0]?.definitions;
}

const UNNEST = oid(2331);

function printFunctions(writer: Writer, entry: FunctionEntry): void {
  const { functions, ordinality } = entry;
  const [first] = functions;
  const table = xmlTableOf(entry);
  if (table) return printXmlTable(writer, table, print);
  if (first && functions.length === 1 && !(first.definitions && ordinality)) {
    printCallInFrom(writer, first.call);
  } else if (functions.every(isPlainUnnest)) {
    const args = functions.flatMap(({ call }) => (call.kind === "function" ? call.args : []));
    writer.put("UNNEST(");
    writer.list(args, (arg) => print(writer, arg, true));
    writer.put(")");
  } else {
    writer.put("ROWS FROM(");
    writer.list(functions, ({ call, definitions }) => {
      printCallInFrom(writer, call);
      if (!definitions) return;
      writer.put(" AS ");
      printDefinitions(
        writer,
        definitions,
        definitions.map(({ name }) => name),
      );
    });
    writer.put(")");
  }
  if (ordinality) writer.put(" WITH ORDINALITY");
}

const isPlainUnnest = ({ call, definitions }: FunctionEntry["functions"][number]): boolean =>
  !definitions && call.kind === "function" && call.function === UNNEST;

/** What is no call to look at stands in a CAST, so that it may stand in FROM. */
function printCallInFrom(writer: Writer, call: Expression): void {
  const looksLikeCall =
    call.kind === "function"
      ? call.form === "call" || call.form === "sql"
      : ["coalesce", "minMax", "nullIf", "sqlValue", "aggregate", "window"].includes(call.kind);
  if (looksLikeCall) return print(writer, call, true);
  writer.put("CAST(");
  print(writer, call, false);
  writer.put(` AS ${typeName(writer.names, call.type, call.typmod)})`);
}

function printDefinitions(
  writer: Writer,
  definitions: readonly ColumnOfFunction[],
  columnNames: readonly (string | undefined)[],
): void {
  const { names } = writer;
  const columns = definitions.map(({ name, type, typmod, collation }, at) => {
    const shown = quoteIdentifier(columnNames[at] ?? name);
    const own = names.type(type).collation;
    const collate =
      collation === 0 || collation === own ? "" : ` COLLATE ${collationName(names, collation)}`;
    return `${shown} ${typeName(names, type, typmod)}${collate}`;
  });
  writer.put(`(${columns.join(", ")})`);
}

export function printValues(writer: Writer, rows: readonly (readonly Expression[])[]): void {
  writer.put("VALUES ");
  writer.list(rows, (row) => {
    writer.put("(");
    writer.list(row, (each) => printAlone(writer, each, false), ",");
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
  const level = currentLevel(writer);
  const entry = level.rangeTable[item.table - 1];
  const columns = level.columns[item.table - 1];
  if (entry?.kind !== "join" || !columns) throw new AssertionError(`no join ${item.table}`);
  const { alias } = entry;
  const closed = !writer.pretty || alias !== undefined;
  const { right } = item;
  const rightAlias = right.kind === "join" && level.rangeTable[right.table - 1]?.alias;
  const closedRight = writer.pretty && right.kind === "join" && !rightAlias;
  if (closed) writer.put("(");
  printItem(writer, item.left);
  writer.line(joinWords[item.join], -8, 8, 4);
  if (closedRight) writer.put("(");
  printItem(writer, right);
  if (closedRight) writer.put(")");
  printCondition(writer, item, entry, columns);
  if (closed) writer.put(")");
  if (!alias) return;
  writer.put(` ${quoteIdentifier(level.names[item.table - 1] ?? alias.name)}`);
  printColumnList(writer, columns);
}

function printCondition(
  writer: Writer,
  item: FromItem & { readonly kind: "join" },
  { usingAlias }: RangeTableEntry & { readonly kind: "join" },
  { using }: EntryColumns,
): void {
  if (using.length > 0) {
    writer.put(` USING (${using.map(quoteIdentifier).join(", ")})`);
    if (usingAlias !== undefined) writer.put(` AS ${quoteIdentifier(usingAlias)}`);
  } else if (item.on) {
    writer.put(" ON ");
    if (!writer.pretty) writer.put("(");
    print(writer, item.on, false);
    if (!writer.pretty) writer.put(")");
  } else if (item.join !== "inner" && item.join !== "cross") writer.put(" ON TRUE");
}
