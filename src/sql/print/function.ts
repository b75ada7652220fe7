/**
 * Calls of functions, aggregates and window functions as SQL, SQL's own syntax (EXTRACT, TRIM, …)
 * included.
 */
import type { Expression, FunctionCall, Typed } from "../bind/tree.ts";
import { ANY } from "../bind/type-oids.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { functionName } from "./names.ts";
import { isSimple } from "./parentheses.ts";
import { printOver, printSort } from "./sort.ts";
import type { Print, Writer } from "./writer.ts";

type Call = FunctionCall & Typed;

export function printCall(writer: Writer, whole: Call, print: Print): void {
  const node = asWritten(whole);
  if (node.form === "sql" && printSqlSyntax(writer, node, print)) return;
  const variadic = isVariadic(writer, node.function, node.variadic);
  const argNames = (node.written ?? []).flatMap(({ name }) => name ?? []);
  writer.put(`${functionName(writer.names, node.function, node.args, variadic, argNames)}(`);
  printArguments(writer, node.args, variadic, print, node.written);
  writer.put(")");
}

/** The call with the arguments that somebody wrote, in their order. */
function asWritten(node: Call): Call {
  if (!node.written) return node;
  return { ...node, args: node.written.map(({ arg }) => node.args[arg] as Expression) };
}

/** VARIADIC is written where the function collects arguments of one type. */
function isVariadic(writer: Writer, id: Call["function"], marked: boolean): boolean {
  const facts = writer.names.findFunction(id);
  return (
    marked && facts !== undefined && facts.variadic !== 0 && (facts.variadic !== ANY || marked)
  );
}

function printArguments(
  writer: Writer,
  args: readonly Expression[],
  variadic: boolean,
  print: Print,
  written?: Call["written"],
): void {
  args.forEach((arg, at) => {
    if (at > 0) writer.put(", ");
    const name = written?.[at]?.name;
    if (name !== undefined) writer.put(`${quoteIdentifier(name)} => `);
    if (variadic && at === args.length - 1) writer.put("VARIADIC ");
    print(writer, arg, true);
  });
}

/** Words between the arguments; numbers are argument positions. */
type Template = readonly (string | number)[];

const trim = (side: string, given: number): Template =>
  given === 2 ? [`TRIM(${side} `, 1, " FROM ", 0, ")"] : [`TRIM(${side} FROM `, 0, ")"];

function templateOf(name: string, given: number): Template | undefined {
  switch (name) {
    case "timezone":
      return ["(", 1, " AT TIME ZONE ", 0, ")"];
    case "overlaps":
      return ["((", 0, ", ", 1, ") OVERLAPS (", 2, ", ", 3, "))"];
    case "pg_collation_for":
      return ["COLLATION FOR (", 0, ")"];
    case "overlay":
      return given === 4
        ? ["OVERLAY(", 0, " PLACING ", 1, " FROM ", 2, " FOR ", 3, ")"]
        : ["OVERLAY(", 0, " PLACING ", 1, " FROM ", 2, ")"];
    case "position":
      return ["POSITION((", 1, ") IN (", 0, "))"];
    case "xmlexists":
      return ["XMLEXISTS((", 0, ") PASSING (", 1, "))"];
    case "btrim":
      return trim("BOTH", given);
    case "ltrim":
      return trim("LEADING", given);
    case "rtrim":
      return trim("TRAILING", given);
    default:
      return undefined;
  }
}

function printSqlSyntax(writer: Writer, node: Call, print: Print): boolean {
  const name = writer.names.findFunction(node.function)?.name ?? "";
  const { args } = node;
  const template = templateOf(name, args.length) ?? wordTemplate(node, name);
  if (!template) return false;
  // Where words do not enclose an argument, it has parentheses of its own.
  const own = name === "timezone" || name === "is_normalized" ? node : undefined;
  for (const part of template) {
    if (typeof part === "string") writer.put(part);
    else printOperand(writer, args[part] as Expression, own, print);
  }
  return true;
}

function printOperand(
  writer: Writer,
  arg: Expression,
  parent: Expression | undefined,
  print: Print,
): void {
  const closed = parent !== undefined && writer.pretty && !isSimple(writer.names, arg, parent);
  if (closed) writer.put("(");
  print(writer, arg, false);
  if (closed) writer.put(")");
}

/** Forms with an argument that is a word: EXTRACT(year FROM …), NORMALIZE(…, NFC). */
function wordTemplate({ args }: Call, name: string): Template | undefined {
  const word = (at: number): string => {
    const arg = args[at];
    return arg?.kind === "constant" ? String(arg.value) : "";
  };
  switch (name) {
    case "extract":
      return [`EXTRACT(${word(0)} FROM `, 1, ")"];
    case "is_normalized":
      return ["(", 0, args.length > 1 ? ` IS ${word(1)} NORMALIZED)` : " IS NORMALIZED)"];
    case "normalize":
      return ["NORMALIZE(", 0, args.length > 1 ? `, ${word(1)})` : ")"];
    case "substring": {
      const similar = args.length === 3 && args[1]?.type !== undefined && args[1].type === 25;
      if (similar) return ["SUBSTRING(", 0, " SIMILAR ", 1, " ESCAPE ", 2, ")"];
      // A pattern after FROM is not printed as it was written.
      if (args[1]?.type === 25) return undefined;
      return args.length === 3
        ? ["SUBSTRING(", 0, " FROM ", 1, " FOR ", 2, ")"]
        : ["SUBSTRING(", 0, " FROM ", 1, ")"];
    }
    default:
      return undefined;
  }
}

type AggregateNode = Expression & { readonly kind: "aggregate" };

export function printAggregate(writer: Writer, node: AggregateNode, print: Print): void {
  const { directArgs, args } = node;
  const all = [...(directArgs ?? []), ...args];
  const variadic = isVariadic(writer, node.function, node.variadic);
  writer.put(`${functionName(writer.names, node.function, all, variadic)}(`);
  if (node.distinct) writer.put("DISTINCT ");
  if (directArgs) {
    printArguments(writer, directArgs, variadic, print);
    writer.put(") WITHIN GROUP (ORDER BY ");
    printSort(writer, node.orderBy, print);
  } else {
    if (node.star) writer.put("*");
    printArguments(writer, args, variadic, print);
    if (node.orderBy.length > 0) {
      writer.put(" ORDER BY ");
      printSort(writer, node.orderBy, print);
    }
  }
  writer.put(")");
  printFilter(writer, node.filter, print);
}

function printFilter(writer: Writer, filter: Expression | undefined, print: Print): void {
  if (!filter) return;
  writer.put(" FILTER (WHERE ");
  print(writer, filter, false);
  writer.put(")");
}

type WindowNode = Expression & { readonly kind: "window" };

export function printWindowCall(writer: Writer, node: WindowNode, print: Print): void {
  writer.put(`${functionName(writer.names, node.function, node.args, false)}(`);
  if (node.star) writer.put("*");
  printArguments(writer, node.args, false, print);
  writer.put(")");
  printFilter(writer, node.filter, print);
  printOver(writer, node, print);
}
