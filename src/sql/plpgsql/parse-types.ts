/** TYPES OF VARIABLES as declarations write them. */
import type { Reader } from "./reader.ts";
import type { DeclaredType } from "./tree.ts";

const ENDS_OF_TYPE = [";", ":=", "=", "default", "not", "collate"];

/** Up to what may follow a type. */
export function declaredType(reader: Reader, ends: readonly string[] = ENDS_OF_TYPE): DeclaredType {
  const first = reader.next;
  reader.skipTo("statement", [...ends, "%"], ends[0] as string);
  const end = reader.peek(-1);
  if (!first || !end || reader.next === first) {
    throw reader.fault("42601", "missing data type declaration");
  }
  const { start } = first;
  const text = reader.source.slice(start, end.end);
  if (!reader.takeIf("%")) return { kind: "type", text, start };
  const path = text.split(".").map(folded);
  if (reader.takeIf("type")) return { kind: "like", path, start };
  reader.expect("rowtype");
  return { kind: "rowOf", path, start };
}

const folded = (part: string): string => {
  const name = part.trim();
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
};
