/** RULES FOR WHAT IS WRITTEN as SQL, laid out as pg_get_ruledef does. */
import { AssertionError } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { quoteLiteral } from "../../catalog/quote.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import type { BoundRule, Inference, OnConflict, RuleAction, RuleNotify } from "../bind/modify.ts";
import { selectedBy } from "../bind/rule-action.ts";
import { conjunction } from "../bind/through-views.ts";
import type { Expression, Query, RangeTableEntry, SubLink } from "../bind/tree.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { print } from "./expression.ts";
import { printFrom, printRelation, printValues } from "./from.ts";
import { levelOf } from "./level.ts";
import { collationName } from "./names.ts";
import { type PrintContext, RULE_NAMES, writerOf } from "./print.ts";
import { printQuery, printTargets, printWith } from "./query.ts";
import type { Level, Writer } from "./writer.ts";

const EVENTS: Readonly<Record<string, string>> = { 2: "UPDATE", 3: "INSERT", 4: "DELETE" };

/** What the row of pg_rewrite says beside its trees. */
interface RuleRow {
  readonly ev_class: Oid;
  readonly ev_type: string;
  readonly is_instead: boolean;
}

/** From ON to its end. `on`: the relation as it is shown. */
export function printOtherRule(
  { ev_class, ev_type, is_instead }: RuleRow,
  { condition, actions }: BoundRule,
  on: string,
  context: PrintContext,
): string {
  const writer = writerOf(context, true);
  writer.levels = [around(writer, ev_class)];
  writer.put(`\n    ON ${EVENTS[ev_type]} TO ${on}`);
  if (condition) {
    writer.put("\n   WHERE ");
    writer.indent = 8;
    print(writer, condition, false);
    writer.indent = 0;
  }
  writer.put(is_instead ? " DO INSTEAD " : " DO ");
  const isList = actions.length > 1;
  if (isList) writer.put("(");
  if (actions.length === 0) writer.put("NOTHING");
  for (const action of actions) {
    if (action.kind === "notify") printNotify(writer, action);
    else printStatement(writer, action, RULE_NAMES);
    if (isList) writer.put(";\n");
  }
  writer.put(isList ? ");" : ";");
  return writer.text;
}

function printNotify(writer: Writer, { channel, payload }: RuleNotify): void {
  writer.line("NOTIFY ", 0, 8, 1);
  writer.put(quoteIdentifier(channel));
  if (payload !== "") writer.put(`, ${quoteLiteral(payload)}`);
}

type InsertAction = RuleAction & { readonly kind: "insert" };

/** OLD and NEW. */
function around(writer: Writer, relation: Oid): Level {
  const rangeTable = RULE_NAMES.map((name) => entryOf(writer, relation, name));
  const from = rangeTable.map((_, at) => ({ kind: "table" as const, table: at + 1 }));
  const level = levelOf(writer.names, { ...queryOver(rangeTable), from }, []);
  return { ...level, names: RULE_NAMES };
}

function entryOf(writer: Writer, relation: Oid, alias?: string): RangeTableEntry {
  const columns = writer.names.columns(relation);
  const facts = writer.names.findRelation(relation);
  return {
    kind: "relation",
    name: alias ?? facts?.name ?? "",
    ...(alias === undefined ? {} : { alias: { name: alias, columns: [] } }),
    names: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    typmods: columns.map(({ typmod }) => typmod),
    collations: columns.map(({ collation }) => collation),
    lateral: false,
    relation,
    relkind: facts?.relkind ?? "r",
    attributes: columns.map(({ number }) => number),
  };
}

const queryOver = (rangeTable: readonly RangeTableEntry[]) => ({
  kind: "select" as const,
  commonTables: [],
  rangeTable,
  from: [],
  targets: [],
  groupBy: [],
  windows: [],
  distinct: false,
  orderBy: [],
  hasAggregates: false,
  locking: [],
});

/** `reserved`: names that its table may not go by. */
export function printStatement(
  writer: Writer,
  action: RuleAction,
  reserved: readonly string[],
): void {
  const { levels, indent } = writer;
  const query =
    action.kind === "insert"
      ? {
          ...queryOver(insertEntries(writer, action)),
          commonTables: action.source.commonTables,
        }
      : action.query;
  writer.levels = [levelOf(writer.names, query, levels, reserved), ...levels];
  printWith(writer, query.commonTables);
  writer.indent += 8;
  writer.put(" ");
  if (action.kind === "insert") {
    printInsert(writer, action);
    if (action.onConflict) printConflict(writer, action.table.relation, action.onConflict);
  } else printChange(writer, action);
  if (action.returning) {
    writer.line(" RETURNING", -8, 8, 1);
    printTargets(writer, action.returning.targets, { namesVisible: true });
  }
  writer.levels = levels;
  writer.indent = indent;
}

/** The table, and the row that ON CONFLICT calls excluded. */
function insertEntries(writer: Writer, { table, onConflict }: InsertAction) {
  const own = entryOf(writer, table.relation, table.alias);
  const isUpdate = onConflict?.action.kind === "update";
  return isUpdate ? [own, entryOf(writer, table.relation, "excluded")] : [own];
}

function printConflict(
  writer: Writer,
  relation: Oid,
  { inference, constraint, action }: OnConflict,
): void {
  writer.put(" ON CONFLICT");
  if (inference) printInference(writer, relation, inference);
  else if (constraint !== undefined) {
    const row = writer.names.catalog.find(pgConstraint, "key", [constraint]);
    writer.put(` ON CONSTRAINT ${quoteIdentifier(row?.conname ?? "")}`);
  }
  if (action.kind === "nothing") return writer.put(" DO NOTHING");
  writer.put(" DO UPDATE SET ");
  printSets(writer, relation, action.columns, action.values);
  if (!action.where) return;
  writer.line(" WHERE ", -8, 8, 1);
  print(writer, action.where, false);
}

/** Its columns are the table's, and never carry its name. */
function printInference(writer: Writer, relation: Oid, { elements, conditions }: Inference): void {
  const { settings, levels } = writer;
  writer.settings = { ...settings, prefixed: false };
  const alone = { ...queryOver([entryOf(writer, relation)]) };
  writer.levels = [levelOf(writer.names, alone, [])];
  writer.put("(");
  writer.list(elements, ({ expression, collation }) => {
    const isBare = expression.kind === "column" || expression.kind === "function";
    writer.put(isBare ? "" : "(");
    print(writer, expression, false);
    writer.put(isBare ? "" : ")");
    if (collation !== 0) writer.put(` COLLATE ${collationName(writer.names, collation)}`);
  });
  writer.put(")");
  const where = conjunction(conditions);
  if (where) {
    writer.line(" WHERE ", -8, 8, 1);
    print(writer, where, false);
  }
  writer.settings = settings;
  writer.levels = levels;
}

const columnName = (writer: Writer, relation: Oid, number: number): string =>
  quoteIdentifier(writer.names.columns(relation)[number - 1]?.name ?? "");

const OVERRIDING = {
  none: "",
  user: "OVERRIDING USER VALUE ",
  system: "OVERRIDING SYSTEM VALUE ",
} as const;

function printInsert(writer: Writer, action: InsertAction): void {
  const { table, named, columns, overriding, source } = action;
  writer.put("INSERT INTO ");
  printRelation(writer, table.relation);
  writer.put(table.alias === undefined ? " " : ` AS ${quoteIdentifier(table.alias)} `);
  if (named.length > 0) {
    const names = named.map((number) => columnName(writer, table.relation, number));
    writer.put(`(${names.join(", ")}) `);
  }
  writer.put(OVERRIDING[overriding]);
  const selected = selectedBy(action);
  if (selected) return printQuery(writer, selected, {});
  if (named.length === 0) return writer.put("DEFAULT VALUES");
  if (source.kind === "values") return printValues(writer, source.rows);
  writer.line("VALUES (", -8, 8, 2);
  writer.list(named, (number) => {
    const target = source.targets[columns.indexOf(number)];
    if (target) print(writer, target.expression, false);
    else writer.put("DEFAULT");
  });
  writer.put(")");
}

function printSets(
  writer: Writer,
  relation: Oid,
  columns: readonly number[],
  values: readonly Expression[],
): void {
  const names = columns.map((number) => columnName(writer, relation, number));
  for (let at = 0; at < names.length; ) {
    if (at > 0) writer.put(", ");
    const value = values[at] as Expression;
    const { sets = 0, query } = subLinkOf(value) ?? {};
    const of = names.slice(at, at + Math.max(sets, 1));
    writer.put(sets > 0 ? `(${of.join(", ")}) = ` : `${of.join()} = `);
    if (query && sets > 0) printSubselect(writer, query);
    else print(writer, value, false);
    at += of.length;
  }
}

/** Under the casts of an assignment. */
function subLinkOf(value: Expression): SubLink | undefined {
  if (value.kind === "subLink") return value;
  if (value.kind === "function") return value.args[0] && subLinkOf(value.args[0]);
  return "arg" in value && "form" in value ? subLinkOf(value.arg) : undefined;
}

/** What the sub-select for one of its columns selects from. */
function printSubselect(writer: Writer, query: Query): void {
  const [entry] = query.kind === "select" ? query.rangeTable : [];
  if (entry?.kind !== "subquery") throw new AssertionError("no sub-select to set columns from");
  const { levels } = writer;
  writer.levels = [levelOf(writer.names, query, levels), ...levels];
  writer.put("(");
  printQuery(writer, entry.query);
  writer.put(")");
  writer.levels = levels;
}

function printChange(writer: Writer, action: Exclude<RuleAction, { readonly kind: "insert" }>) {
  const { query, table } = action;
  const [target] = query.rangeTable;
  const isUpdate = action.kind === "update";
  writer.put(isUpdate ? "UPDATE " : "DELETE FROM ");
  if (target?.kind === "relation" && target.only) writer.put("ONLY ");
  const shown = printRelation(writer, table.relation);
  const name = writer.levels[0]?.names[0] ?? shown;
  if (target?.alias || name !== shown) writer.put(` ${quoteIdentifier(name)}`);
  if (isUpdate) {
    writer.put(" SET ");
    const values = query.targets.map(({ expression }) => expression);
    printSets(writer, table.relation, action.columns, values);
  }
  const others = query.from.filter((item) => item.kind !== "table" || item.table !== 1);
  printFrom(writer, others, isUpdate ? " FROM " : " USING ");
  if (!query.where) return;
  writer.line(" WHERE ", -8, 8, 1);
  print(writer, query.where, false);
}
