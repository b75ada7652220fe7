/** WHAT HAS ANOTHER VALUE EACH TIME that it is computed, sub-selects included. */
import type { Oid } from "../../base/ids.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { TranslateContext } from "./translation.ts";
import { walk } from "./walk.ts";

export function isVolatile({ catalog, registry }: TranslateContext, root: unknown): boolean {
  let found = false;
  walk(root, (node) => {
    const { function: called } = node;
    if (typeof called === "number") {
      const id = called as Oid;
      const volatility =
        registry.scalar(id)?.volatility ?? catalog.find(pgProc, "key", [id])?.provolatile;
      found ||= volatility === "v";
    }
    return !found;
  });
  return found;
}
