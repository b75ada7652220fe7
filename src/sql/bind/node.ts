/** Small readers of the parser's tree. */
import type { Node } from "@pgsql/types";
import { AssertionError } from "../../base/assert.ts";

/** The texts of a list of String nodes: a qualified name. */
export function strings(nodes: readonly Node[] | undefined): string[] {
  const texts: string[] = [];
  for (const node of nodes ?? []) if ("String" in node) texts.push(node.String.sval ?? "");
  return texts;
}

/** The members of a List node. */
export function listItems(node: Node | undefined): readonly Node[] {
  return node && "List" in node ? (node.List.items ?? []) : [];
}

/** What the grammar guarantees to be there. */
export function required<T>(node: T | undefined, what: string): T {
  if (node === undefined) throw new AssertionError(`the parser left out ${what}`);
  return node;
}

/** {tag: body}: the tag. */
export function tagOf(node: Node): string {
  for (const tag in node) return tag;
  throw new AssertionError("a node without a tag");
}
