/** The strings, keys and other values within a document, one after the other, and changed. */
import { type JsonNode, parseJsonText } from "../types/json-value.ts";
import { compact } from "./json-functions.ts";

export type JsonPart = "string" | "numeric" | "boolean" | "key";

/** What of the document is of the wanted kinds, as text. */
export function* partsOf(node: JsonNode, wanted: ReadonlySet<JsonPart>): Generator<string> {
  switch (node.kind) {
    case "string":
      if (wanted.has("string")) yield node.text;
      return;
    case "number":
      if (wanted.has("numeric")) yield node.text;
      return;
    case "bool":
      if (wanted.has("boolean")) yield String(node.value);
      return;
    case "array":
      for (const item of node.items) yield* partsOf(item, wanted);
      return;
    case "object":
      for (const [key, value] of node.entries) {
        if (wanted.has("key")) yield key;
        yield* partsOf(value, wanted);
      }
  }
}

function changed(node: JsonNode, change: (text: string) => string): JsonNode {
  switch (node.kind) {
    case "string":
      return { kind: "string", text: change(node.text) };
    case "array":
      return { kind: "array", items: node.items.map((item) => changed(item, change)) };
    case "object": {
      const entries = node.entries.map(([key, value]) => [key, changed(value, change)] as const);
      return { kind: "object", entries };
    }
    default:
      return node;
  }
}

export function mapStrings(
  source: string,
  type: "json" | "jsonb",
  change: (text: string) => string,
): string {
  return compact(changed(parseJsonText(source), change), type);
}
