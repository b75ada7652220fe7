/** Expressions of ORDER BY, GROUP BY and PARTITION BY, and windows as SQL. */
import { AssertionError } from "../../base/assert.ts";
import { sortOperatorsOf } from "../bind/sort.ts";
import type { Expression, SortKey, WindowDefinition } from "../bind/tree.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { printConstant } from "./constant.ts";
import { operatorName } from "./names.ts";
import type { Print, Writer } from "./writer.ts";

export function printSort(writer: Writer, keys: readonly SortKey[], print: Print): void {
  writer.list(keys, (key) => {
    printKey(writer, key.expression, print);
    printDirection(writer, key);
  });
}

/**
 * An expression of GROUP BY or ORDER BY. A constant would be read as a column's number, so it shows
 * its type; what looks like a call stands in parentheses.
 */
export function printKey(writer: Writer, expression: Expression, print: Print): void {
  if (expression.kind === "constant") return printConstant(writer, expression, "always");
  if (expression.kind === "column") return print(writer, expression, true);
  const closed = writer.pretty || ["function", "aggregate", "window"].includes(expression.kind);
  if (closed) writer.put("(");
  print(writer, expression, true);
  if (closed) writer.put(")");
}

/** Nothing for what ORDER BY does by itself. */
export function printDirection(
  writer: Writer,
  { expression, operator, nullsFirst }: SortKey,
): void {
  const usual = sortOperatorsOf(writer.names, expression.type);
  if (operator === usual?.less) return writer.put(nullsFirst ? " NULLS FIRST" : "");
  if (operator === usual?.greater) return writer.put(nullsFirst ? " DESC" : " DESC NULLS LAST");
  const { type } = expression;
  const name = operatorName(writer.names, operator, type, type);
  writer.put(` USING ${name} NULLS ${nullsFirst ? "FIRST" : "LAST"}`);
}

type WindowNode = Expression & { readonly kind: "window" };

/** OVER name, or OVER (…). */
export function printOver(writer: Writer, node: WindowNode, print: Print): void {
  const window = writer.levels[0]?.windows[node.window];
  if (!window) throw new AssertionError(`there is no window ${node.window}`);
  writer.put(" OVER ");
  if (window.name !== undefined) writer.put(quoteIdentifier(window.name));
  else printWindow(writer, window, print);
}

export function printWindow(writer: Writer, window: WindowDefinition, print: Print): void {
  const parts: (() => void)[] = [];
  const { base, frame } = window;
  if (base !== undefined) parts.push(() => writer.put(quoteIdentifier(base)));
  else if (window.partitionBy.length > 0) {
    parts.push(() => {
      writer.put("PARTITION BY ");
      writer.list(window.partitionBy, (node) => printKey(writer, node, print));
    });
  }
  if (window.orderBy.length > 0 && !window.inheritsOrder) {
    parts.push(() => {
      writer.put("ORDER BY ");
      printSort(writer, window.orderBy, print);
    });
  }
  if (frame) parts.push(() => printFrame(writer, frame, print));
  writer.put("(");
  writer.list(parts, (part) => part(), " ");
  writer.put(")");
}

type Frame = NonNullable<WindowDefinition["frame"]>;

function printFrame(writer: Writer, frame: Frame, print: Print): void {
  writer.put(`${frame.mode.toUpperCase()} `);
  if (frame.between) writer.put("BETWEEN ");
  printBound(writer, frame.start, print);
  if (frame.between) {
    writer.put(" AND ");
    printBound(writer, frame.end, print);
  }
  if (frame.exclude) writer.put(` EXCLUDE ${frame.exclude.toUpperCase()}`);
}

function printBound(writer: Writer, bound: Frame["start"], print: Print): void {
  switch (bound.kind) {
    case "unboundedPreceding":
      return writer.put("UNBOUNDED PRECEDING");
    case "unboundedFollowing":
      return writer.put("UNBOUNDED FOLLOWING");
    case "currentRow":
      return writer.put("CURRENT ROW");
    default:
      print(writer, bound.offset, false);
      return writer.put(` ${bound.kind.toUpperCase()}`);
  }
}
