/** Values that a body assigns, as those of the type of what they are assigned to. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToTarget } from "../bind/coerce.ts";
import type { BindContext } from "../bind/context.ts";
import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import { bindingOf } from "../bind/query.ts";
import { Parameters, Scope } from "../bind/scope.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import type { TypeTarget } from "../plpgsql/port.ts";

const TEXT = 25 as Oid;

/** By assignment; where no cast is, by the text. */
export function castQuery(
  context: BindContext,
  from: Oid,
  { type, typmod }: TypeTarget,
): BoundQuery {
  const scope = new Scope(bindingOf(context, new Parameters([from], false)), undefined);
  const { collation } = scope.names.type(from);
  const given: Expression = { kind: "parameter", number: 1, type: from, typmod: -1, collation };
  const assigned = coerceToTarget(scope, given, type, typmod, "assignment", "implicit");
  const text = assigned
    ? undefined
    : coerceToTarget(scope, given, TEXT, -1, "explicit", "explicit");
  const made =
    assigned ?? (text && coerceToTarget(scope, text, type, typmod, "explicit", "explicit"));
  if (!made) throw new SqlError("42846", "cannot cast a value to the type of the variable");
  return { query: plainSelect([plainTarget(made)]), parameterTypes: [from] };
}
