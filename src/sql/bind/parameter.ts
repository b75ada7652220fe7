/** $n: types that contexts fix. */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { NO_COLLATION } from "./names.ts";
import type { Binding, Scope } from "./scope.ts";
import type { Expression, Parameter, Query, Typed } from "./tree.ts";
import { UNKNOWN } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { walk } from "./walk.ts";

export function bindParameter(
  scope: Scope,
  number: number,
  position: number | undefined,
): Expression {
  const type = scope.binding.parameters.reference(number, position);
  const collation = scope.names.type(type).collation;
  return { kind: "parameter", number, type, typmod: -1, collation, position };
}

/** A parameter without a type takes the one that is wanted. undefined = it has a type already. */
export function coerceParameter(
  scope: Scope,
  node: Parameter & Typed,
  target: Oid,
): Expression | undefined {
  if (node.type !== UNKNOWN) return undefined;
  const { parameters } = scope.binding;
  const known = parameters.known(node.number);
  if (known === 0 || known === UNKNOWN) parameters.fix(node.number, target);
  else if (known !== target) {
    const detail = `${typeText(scope.names, known)} versus ${typeText(scope.names, target)}`;
    const message = `inconsistent types deduced for parameter $${node.number}`;
    throw new SqlError("42P08", message, { detail }).at(node.position);
  }
  const collation = target === 0 ? NO_COLLATION : scope.names.type(target).collation;
  return { ...node, type: target, typmod: -1, collation };
}

/** After all contexts had their say: every use of a parameter has its type. */
function checkParameters({ parameters }: Binding, root: Expression | Query): void {
  walk(root, (node) => {
    if (node.kind !== "parameter") return;
    const known = parameters.known(node.number);
    // What nothing has given a type is said once, without a place.
    if (known === node.type || (known === 0 && node.type === UNKNOWN)) return;
    const message = `could not determine data type of parameter $${node.number}`;
    throw new SqlError("42P18", message).at(node.position);
  });
}

/** Types of $1 … when all of the query is bound. Throws 42P18. */
export function finishParameters(binding: Binding, query: Query): readonly Oid[] {
  const { types } = binding.parameters;
  if (types.length === 0) return types;
  checkParameters(binding, query);
  const open = types.findIndex((type) => type === INVALID_OID || type === UNKNOWN);
  if (open < 0) return types;
  throw new SqlError("42P18", `could not determine data type of parameter $${open + 1}`);
}
