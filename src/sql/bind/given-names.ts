/** Printed texts read back: they give a column its name with AS, or it has none. */
import type { ResTarget } from "@pgsql/types";
import { isInner, mapFields, mapItems } from "./map-tree.ts";

export function withGivenNames(node: unknown): unknown {
  if (!isInner(node)) return node;
  if (Array.isArray(node)) return mapItems(node, withGivenNames);
  const mapped = mapFields(node as Record<string, unknown>, withGivenNames);
  const target = mapped["ResTarget"] as ResTarget | undefined;
  if (!target?.val || target.name !== undefined || "ColumnRef" in target.val) return mapped;
  return { ResTarget: { ...target, name: "?column?" } };
}
