/** EXPRESSIONS THAT LOOK AT SEQUENCES: they see what was given out for the values before them. */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import type { Names } from "./names.ts";
import type { Expression } from "./tree.ts";
import { functionsOf, isVolatileFunction } from "./volatility.ts";
import { walk } from "./walk.ts";

/** nextval, currval, setval, lastval */
const OF_SEQUENCES: ReadonlySet<number> = new Set([1574, 1575, 1576, 1765, 2559]);

/** What volatile functions of users do is not known. */
export function looksAtSequences(names: Names, root: Expression): boolean {
  const looks = (id: Oid) =>
    OF_SEQUENCES.has(id) || (id >= FIRST_USER_OID && isVolatileFunction(names, id));
  let found = false;
  walk(root, (node) => {
    found ||= functionsOf(names, node).some(looks);
  });
  return found;
}
