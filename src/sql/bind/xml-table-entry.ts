/** XMLTABLE among the functions of FROM, which it is the only one of. */
import type { Expression, RangeTableEntry } from "./tree.ts";

type XmlTable = Extract<Expression, { kind: "xml" }>;

export function xmlTableOf(entry: RangeTableEntry): XmlTable | undefined {
  const call = entry.kind === "function" ? entry.functions[0]?.call : undefined;
  return call?.kind === "xml" && call.operation === "table" ? call : undefined;
}
