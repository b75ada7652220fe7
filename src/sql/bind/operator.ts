/** OPERATORS: finding them by name and operand types, and their nodes. */
import type { Node } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { baseType, elementType } from "./base-type.ts";
import { matching, selectCandidate } from "./candidates.ts";
import { coerceType } from "./coerce.ts";
import type { OperatorFacts } from "./facts.ts";
import type { Names } from "./names.ts";
import { strings } from "./node.ts";
import { arrayOf, canCoerce, resolvePolymorphic } from "./polymorphic.ts";
import type { Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { BOOL, UNKNOWN } from "./type-oids.ts";
import { typeText } from "./type-text.ts";

export interface OperatorName {
  readonly schema?: string;
  readonly name: string;
}
export function operatorName(parts: readonly Node[] | undefined): OperatorName {
  const texts = strings(parts);
  const name = texts.at(-1) ?? "";
  return texts.length > 1 ? { schema: texts.at(-2) ?? "", name } : { name };
}

const written = ({ schema, name }: OperatorName): string =>
  schema === undefined ? name : `${schema}.${name}`;

function candidatesOf(
  names: Names,
  { schema, name }: OperatorName,
  position: number | undefined,
): readonly OperatorFacts[] {
  const namespace = schema === undefined ? undefined : names.getNamespace(schema, position);
  return names.operatorsNamed(namespace, name);
}

function operatorFault(
  names: Names,
  operator: OperatorName,
  operands: readonly Oid[],
  ambiguous: boolean,
): SqlError {
  const [first, second] = operands.map((type) => typeText(names, type));
  const shown =
    second === undefined
      ? `${written(operator)} ${first}`
      : `${first} ${written(operator)} ${second}`;
  if (ambiguous) {
    const hint =
      "Could not choose a best candidate operator. You might need to add explicit type casts.";
    return new SqlError("42725", `operator is not unique: ${shown}`, { hint });
  }
  const hint =
    operands.length > 1
      ? "No operator matches the given name and argument types. You might need to add explicit type casts."
      : "No operator matches the given name and argument type. You might need to add an explicit type cast.";
  return new SqlError("42883", `operator does not exist: ${shown}`, { hint });
}

/** The operator for two operands. 42883, 42725. */
export function findOperator(
  names: Names,
  name: OperatorName,
  left: Oid,
  right: Oid,
  position?: number,
): OperatorFacts {
  const all = candidatesOf(names, name, position);
  const infix = all.filter((each) => each.kind === "b");
  const exact = exactMatch(names, infix, left, right);
  if (exact) return exact;
  // A literal beside a typed operand is guessed to be of that type before anything else.
  const inputs = [left, right];
  const candidates = infix.map((facts) => ({ facts, args: [facts.left, facts.right] }));
  const matches = matching(names, inputs, candidates);
  const chosen = selectCandidate(names, inputs, matches);
  if (chosen) return chosen.facts;
  throw operatorFault(names, name, inputs, matches.length > 1).at(position);
}

function exactMatch(
  names: Names,
  infix: readonly OperatorFacts[],
  left: Oid,
  right: Oid,
): OperatorFacts | undefined {
  const unknown = left === UNKNOWN || right === UNKNOWN;
  const a = left === UNKNOWN ? right : left;
  const b = right === UNKNOWN ? left : right;
  const find = (l: Oid, r: Oid) => infix.find((each) => each.left === l && each.right === r);
  const found = find(a, b);
  if (found || !unknown || a === UNKNOWN) return found;
  const base = baseType(names, a);
  return base === a ? undefined : find(base, base);
}

/** The same for one operand, before which the operator stands. */
export function findPrefix(names: Names, name: OperatorName, operand: Oid, position?: number) {
  const prefix = candidatesOf(names, name, position).filter((each) => each.kind === "l");
  const exact = prefix.find((each) => each.right === operand);
  if (exact) return exact;
  const candidates = prefix.map((facts) => ({ facts, args: [facts.right] }));
  const matches = matching(names, [operand], candidates);
  const chosen = selectCandidate(names, [operand], matches);
  if (chosen) return chosen.facts;
  throw operatorFault(names, name, [operand], matches.length > 1).at(position);
}

function onlyShell(names: Names, { name, left, right }: OperatorFacts): SqlError {
  const before = left === INVALID_OID ? "" : `${typeText(names, left)} `;
  const message = `operator is only a shell: ${before}${name} ${typeText(names, right)}`;
  return new SqlError("42883", message);
}

/** left op right, or op right. */
export function makeOperator(
  scope: Scope,
  name: OperatorName,
  left: Expression | undefined,
  right: Expression,
  position: number | undefined,
): Expression {
  const { names } = scope;
  const facts = left
    ? findOperator(names, name, left.type, right.type, position)
    : findPrefix(names, name, right.type, position);
  if (facts.function === INVALID_OID) throw onlyShell(names, facts).at(position);
  const operands = left ? [left, right] : [right];
  const declared = left ? [facts.left, facts.right] : [facts.right];
  const inputs = operands.map((each) => each.type);
  const resolved = resolvePolymorphic(names, inputs, declared, facts.result);
  const args = operands.map((arg, at) =>
    coerceType(scope, arg, resolved.args[at] as Oid, -1, "implicit", "implicit"),
  );
  const returnsSet = names.findFunction(facts.function)?.returnsSet ?? false;
  if (returnsSet) scope.hasSetReturning = true;
  return {
    kind: "operator",
    operator: facts.oid,
    function: facts.function,
    args,
    returnsSet,
    type: resolved.result,
    typmod: -1,
    collation: INVALID_OID,
    position,
  };
}

/** left op ANY (right), left op ALL (right). */
export function makeArrayOperator(
  scope: Scope,
  name: OperatorName,
  any: boolean,
  left: Expression,
  right: Expression,
  position: number | undefined,
): Expression {
  const { names } = scope;
  const arrayType = right.type;
  const element =
    arrayType === UNKNOWN ? UNKNOWN : elementType(names.type(baseType(names, arrayType)));
  if (element === 0) {
    throw new SqlError("42809", "op ANY/ALL (array) requires array on right side").at(position);
  }
  const facts = findOperator(names, name, left.type, element, position);
  if (facts.function === INVALID_OID) throw onlyShell(names, facts).at(position);
  const inputs = [left.type, element];
  const resolved = resolvePolymorphic(names, inputs, [facts.left, facts.right], facts.result);
  if (resolved.result !== BOOL) {
    throw new SqlError("42809", "op ANY/ALL (array) requires operator to yield boolean").at(
      position,
    );
  }
  const wantedElement = resolved.args[1] as Oid;
  const wantedArray = canCoerce(names, [element], [wantedElement], "implicit")
    ? arrayTypeFor(names, wantedElement, arrayType, position)
    : arrayType;
  return {
    kind: "arrayOperator",
    operator: facts.oid,
    function: facts.function,
    any,
    left: coerceType(scope, left, resolved.args[0] as Oid, -1, "implicit", "implicit"),
    array: coerceType(scope, right, wantedArray, -1, "implicit", "implicit"),
    type: BOOL,
    typmod: -1,
    collation: INVALID_OID,
    position,
  };
}

/**
 * The right side as an array of what the operator takes; polymorphic elements leave it as it is.
 */
function arrayTypeFor(names: Names, element: Oid, given: Oid, position: number | undefined): Oid {
  const facts = names.type(element);
  return facts.kind === "p" && facts.array === 0 ? given : arrayOf(names, element, position);
}
