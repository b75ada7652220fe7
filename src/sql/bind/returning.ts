/**
 * RETURNING: expressions over the row that was written, and over the other tables of the statement.
 */
import type { Node } from "@pgsql/types";
import type { Returning } from "./modify.ts";
import type { Scope } from "./scope.ts";
import { bindTargets, resolveUnknown } from "./target.ts";

export function bindReturning(
  scope: Scope,
  nodes: readonly Node[] | undefined,
): Returning | undefined {
  if (!nodes || nodes.length === 0) return undefined;
  return { targets: resolveUnknown(scope, bindTargets(scope, nodes, "RETURNING")) };
}
