/** Constants as SQL. */
import { quoteLiteral } from "../../catalog/quote.ts";
import type { Constant, Typed } from "../bind/tree.ts";
import * as t from "../bind/type-oids.ts";
import { formatText } from "../types/type-io.ts";
import { collationName, typeName } from "./names.ts";
import type { Writer } from "./writer.ts";

/**
 * "never": the cast around it says the type; "asNeeded": only where the literal alone would mean
 * another.
 */
export type TypeLabel = "never" | "asNeeded" | "always";

export function printConstant(writer: Writer, node: Constant & Typed, label: TypeLabel): void {
  const { names } = writer;
  const cast = () => writer.put(`::${typeName(names, node.type, node.typmod)}`);
  if (node.value === null) {
    writer.put("NULL");
    if (label !== "never" && node.shown === undefined) {
      cast();
      printCollation(writer, node);
    }
    return;
  }
  const { text, labelled } = literal(writer, node);
  writer.put(text);
  if (label === "never") return;
  if (labelled || label === "always") cast();
  printCollation(writer, node);
}

function literal(writer: Writer, node: Constant & Typed): { text: string; labelled: boolean } {
  const value = node.value ?? "";
  if (node.type === t.BOOL) return { text: value === 0n ? "false" : "true", labelled: false };
  const shown =
    node.type === t.UNKNOWN
      ? String(value)
      : (node.shown ?? formatText(node.type, value, writer.settings.types, node.typmod));
  if (node.type === t.INT4 && !shown.startsWith("-")) return { text: shown, labelled: false };
  if (node.type === t.NUMERIC && /^\d/.test(shown) && /[eE.]/.test(shown)) {
    return { text: shown, labelled: node.typmod >= 0 };
  }
  return { text: quoteLiteral(shown), labelled: node.type !== t.UNKNOWN };
}

function printCollation(writer: Writer, node: Typed): void {
  const own = writer.names.type(node.type).collation;
  if (node.collation === 0 || node.collation === own) return;
  writer.put(` COLLATE ${collationName(writer.names, node.collation)}`);
}
