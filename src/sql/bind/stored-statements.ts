/** Bodies of routines that are trees, read: to be bound again as their relations are now. */
import { decodeBody } from "./codec.ts";
import type { BodyStatement } from "./context.ts";
import type { StoredNode, StoredStatement } from "./modify.ts";

export const isStoredQuery = (
  stored: StoredStatement,
): stored is StoredStatement & { readonly kind: "query" | "return" } =>
  stored.kind === "query" || stored.kind === "return";

export interface StoredBodyStatement extends BodyStatement {
  readonly kind: "query" | "modify";
  readonly node: StoredNode;
}

export const statementsIn = (body: string): readonly StoredBodyStatement[] =>
  decodeBody(body).map((stored) => ({
    kind: isStoredQuery(stored) ? "query" : "modify",
    node: { stored },
  }));
