/**
 * Collations of expressions: what they derive from their inputs.
 * https://www.postgresql.org/docs/15/collation.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { DEFAULT_COLLATION, type Names, NO_COLLATION } from "./names.ts";
import type { Expression } from "./tree.ts";

/**
 * The collation of a result: none where the type has none, else the inputs': an explicit COLLATE
 * first, then any that is not the default. Two different explicit ones are 42P21.
 */
export function collationOf(names: Names, type: Oid, inputs: readonly Expression[]): Oid {
  const explicit = explicitCollation(names, inputs);
  const own = names.type(type).collation;
  if (own === NO_COLLATION) return NO_COLLATION;
  if (explicit !== undefined) return explicit;
  let derived: Oid = NO_COLLATION;
  for (const input of inputs) {
    if (input.collation === NO_COLLATION) continue;
    if (derived === NO_COLLATION || derived === DEFAULT_COLLATION) derived = input.collation;
  }
  return derived === NO_COLLATION ? own : derived;
}

function explicitCollation(names: Names, inputs: readonly Expression[]): Oid | undefined {
  let found: Oid | undefined;
  for (const input of inputs) {
    if (input.kind !== "collate") continue;
    if (found !== undefined && found !== input.collationOid) {
      const [a, b] = [found, input.collationOid].map((id) => names.collation(id)?.name ?? "");
      const message = `collation mismatch between explicit collations "${a}" and "${b}"`;
      throw new SqlError("42P21", message).at(input.position);
    }
    found = input.collationOid;
  }
  return found;
}
