/**
 * STORED EXPRESSIONS: the bound tree as text, for columns of type pg_node_tree.
 *   {"v":1,"tree":…}   the tree as JSON, without positions
 *   {"#i":"123"}       a bigint in it
 *   {"#x":"00ff"}      bytes in it, hexadecimal
 * An unreadable text is damage: the version is checked, the rest was written by encodeTree.
 */
import { DataCorrupted } from "../../base/assert.ts";
import type { BoundRule, RuleAction } from "./modify.ts";
import type { Expression, Query } from "./tree.ts";

const VERSION = 1;

export function encodeTree(tree: Expression | Query): string {
  return JSON.stringify({ v: VERSION, tree }, replace);
}

/** Several as one value: the expressions of an index. */
export function encodeTrees(trees: readonly Expression[]): string {
  return JSON.stringify({ v: VERSION, tree: trees }, replace);
}

/** The statements of a rule. */
export function encodeActions(actions: readonly RuleAction[]): string {
  return JSON.stringify({ v: VERSION, tree: actions }, replace);
}

function replace(key: string, value: unknown): unknown {
  if (key === "position") return undefined;
  if (typeof value === "bigint") return { "#i": value.toString() };
  if (value instanceof Uint8Array) return { "#x": Buffer.from(value).toString("hex") };
  return value;
}

/** Throws DataCorrupted when the text is not what encodeTree wrote. */
export function decodeTree(text: string): Expression {
  return decode(text) as Expression;
}
export function decodeQuery(text: string): Query {
  return decode(text) as Query;
}

/** A rule that is none of a view. */
export const storedRule = (row: {
  readonly ev_qual: string;
  readonly ev_action: string;
}): BoundRule => ({
  condition: row.ev_qual === "<>" ? undefined : decodeTree(row.ev_qual),
  actions: decode(row.ev_action) as readonly RuleAction[],
});

/** One expression or several, as they were encoded. */
export function decodeTrees(text: string): readonly Expression[] {
  const tree = decode(text) as Expression | readonly Expression[];
  return Array.isArray(tree) ? tree : [tree as Expression];
}

function decode(text: string): unknown {
  let stored: { readonly v?: unknown; readonly tree?: unknown };
  try {
    stored = JSON.parse(text, revive);
  } catch (cause) {
    throw new DataCorrupted("a stored expression is not JSON", { cause });
  }
  if (stored.v !== VERSION || stored.tree === undefined) {
    throw new DataCorrupted(`a stored expression is not of version ${VERSION}`);
  }
  return stored.tree;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("#i" in value) return BigInt(String(value["#i"]));
  if ("#x" in value) return new Uint8Array(Buffer.from(String(value["#x"]), "hex"));
  return value;
}
