/**
 * COERCION: the nodes that turn an expression into another type. Which ways there are: pathway.ts.
 */
import { AssertionError } from "../../base/assert.ts";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { baseType, baseTypeOf, elementType } from "./base-type.ts";
import {
  boolConstant,
  type ConstantExpression,
  int4Constant,
  isUnknownLiteral,
  typedConstant,
} from "./literal.ts";
import { coerceParameter } from "./parameter.ts";
import {
  type CoercionContext,
  findLengthPathway,
  findPathway,
  isAnonymousOf,
  isComposite,
  isDerivedRow,
  type Pathway,
} from "./pathway.ts";
import { canCoerce } from "./polymorphic.ts";
import { positionOf } from "./position.ts";
import { coerceRecordToComposite } from "./record.ts";
import type { Scope } from "./scope.ts";
import type { CoercionForm, Expression } from "./tree.ts";
import * as t from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { someExpression } from "./walk.ts";

/**
 * The node as `target`; the caller has asked canCoerce. Typmods are not applied: see
 * coerceToTarget.
 */
export function coerceType(
  scope: Scope,
  node: Expression,
  target: Oid,
  targetTypmod: number,
  context: CoercionContext,
  form: CoercionForm,
  position?: number,
): Expression {
  const source = node.type;
  if (target === source || target === t.ANY) return node;
  if (takesAnything.has(target)) return node;
  const { names } = scope;
  if (t.isPolymorphic(target) && source !== t.UNKNOWN) {
    const base = baseType(names, source);
    return base === source ? node : relabel(node, base, -1, form);
  }
  if (isUnknownLiteral(node))
    return coerceLiteral(scope, node, target, targetTypmod, context, form);
  if (node.kind === "parameter") {
    const typed = coerceParameter(scope, node, target);
    if (typed) return typed;
  }
  if (node.kind === "collate") {
    const arg = coerceType(scope, node.arg, target, targetTypmod, context, form);
    const collatable = names.type(target).collation !== 0;
    return collatable ? { ...node, arg, type: arg.type, typmod: arg.typmod } : arg;
  }
  const pathway = findPathway(names, target, source, context);
  if (pathway) return followPathway(scope, node, pathway, target, targetTypmod, context, form);
  if (source === t.RECORD && isComposite(names, target)) {
    const base = baseType(names, target);
    const wanted = { target: base, context, form, position };
    const made = coerceRecordToComposite(scope, node, wanted, coerceToTarget);
    if (base === target) return made;
    return coerceToDomain(scope, made, -1, target, context, form, true);
  }
  if (isAnonymousOf(names, target, source)) return node;
  if (isDerivedRow(names, target, source)) return relabel(node, target, -1, form);
  const [from, to] = [source, target].map((type) => typeText(names, type));
  throw new SqlError("XX000", `failed to find conversion function from ${from} to ${to}`);
}

const takesAnything: ReadonlySet<Oid> = new Set([
  t.ANYELEMENT,
  t.ANYNONARRAY,
  t.ANYCOMPATIBLE,
  t.ANYCOMPATIBLENONARRAY,
]);

function coerceLiteral(
  scope: Scope,
  node: ConstantExpression,
  target: Oid,
  targetTypmod: number,
  context: CoercionContext,
  form: CoercionForm,
): Expression {
  const base = baseTypeOf(scope.names, target);
  const isDomain = base.type !== target;
  const typmod = isDomain ? base.typmod : targetTypmod;
  const made = typedConstant(scope, node, base.type, base.type === t.INTERVAL ? typmod : -1);
  if (!isDomain) return made;
  return coerceToDomain(scope, made, base.typmod, target, context, form, false);
}

function followPathway(
  scope: Scope,
  node: Expression,
  pathway: Pathway,
  target: Oid,
  targetTypmod: number,
  context: CoercionContext,
  form: CoercionForm,
): Expression {
  const base = baseTypeOf(scope.names, target);
  if (pathway.kind === "relabel") {
    if (base.type !== target) {
      return coerceToDomain(scope, node, base.typmod, target, context, form, false);
    }
    return relabel(node, target, -1, form);
  }
  const typmod = base.type === target ? targetTypmod : base.typmod;
  const made = applyPathway(scope, node, pathway, base.type, typmod, context, form);
  return base.type === target
    ? made
    : coerceToDomain(scope, made, base.typmod, target, context, form, true);
}

function coerceToDomain(
  scope: Scope,
  node: Expression,
  baseTypmod: number,
  domain: Oid,
  context: CoercionContext,
  form: CoercionForm,
  hideInput: boolean,
): Expression {
  const base = baseType(scope.names, domain);
  const hidden = hideCoercion(node, hideInput);
  const arg = coerceTypmod(scope, hidden, base, baseTypmod, context, "implicit");
  return { kind: "coerceToDomain", arg, form, ...typed(domain, -1) };
}

const typed = (type: Oid, typmod: number) => ({ type, typmod, collation: INVALID_OID });

/** Same bits, another type. */
export function relabel(
  node: Expression,
  type: Oid,
  typmod: number,
  form: CoercionForm,
): Expression {
  return { kind: "relabel", arg: node, form, ...typed(type, typmod) };
}

function applyPathway(
  scope: Scope,
  node: Expression,
  pathway: Pathway,
  target: Oid,
  typmod: number,
  context: CoercionContext,
  form: CoercionForm,
): Expression {
  const facts = scope.names.type(target);
  const result = typed(target, -1);
  switch (pathway.kind) {
    case "relabel":
      return relabel(node, target, typmod, form);
    case "io":
      return { kind: "coerceViaIo", arg: node, form, ...result };
    case "function": {
      const count = scope.names.findFunction(pathway.function)?.args.length ?? 1;
      const args: Expression[] = [node];
      if (count >= 2) args.push(int4Constant(typmod));
      if (count === 3) args.push(boolConstant(context === "explicit"));
      const call = { function: pathway.function, args, returnsSet: false, variadic: false, form };
      return { kind: "function", ...call, ...result, typmod: count >= 2 ? typmod : -1 };
    }
    case "array": {
      const sourceElement = elementType(scope.names.type(baseType(scope.names, node.type)));
      const test: Expression = {
        kind: "caseTest",
        type: sourceElement,
        typmod: node.typmod,
        collation: node.collation,
      };
      const element = coerceToTarget(scope, test, facts.element, typmod, context, "implicit");
      if (!element) throw new AssertionError("array elements without a pathway");
      return { kind: "arrayCoerce", arg: node, element, form, ...result, typmod: element.typmod };
    }
  }
}

/** The coercion is part of the one around it: it is not printed. */
function hideCoercion(node: Expression, hide: boolean): Expression {
  if (!hide) return node;
  switch (node.kind) {
    case "function":
    case "relabel":
    case "coerceViaIo":
    case "arrayCoerce":
    case "coerceToDomain":
      return { ...node, form: "implicit" };
    default:
      return node;
  }
}

/** The length coercion of a type: pg_cast's function from the type to itself. */
function coerceTypmod(
  scope: Scope,
  node: Expression,
  type: Oid,
  typmod: number,
  context: CoercionContext,
  form: CoercionForm,
  hideInput = false,
): Expression {
  if (typmod === node.typmod) return node;
  const input = hideCoercion(node, hideInput);
  const pathway = typmod < 0 ? undefined : findLengthPathway(scope.names, type);
  if (pathway) return applyPathway(scope, input, pathway, type, typmod, context, form);
  return withTypmod(input, type, typmod, form);
}

/** A constant is changed itself, and of stacked relabellings only the last one counts. */
function withTypmod(node: Expression, type: Oid, typmod: number, form: CoercionForm): Expression {
  if (node.kind === "constant") return { ...node, type, typmod };
  if (node.kind === "relabel") return withTypmod(node.arg, type, typmod, form);
  if (node.type === type && node.typmod === typmod) return node;
  return relabel(node, type, typmod, form);
}

/**
 * Coerces to a type and typmod, or undefined when there is no way. `position`: of the cast, for the
 * errors of row types.
 */
export function coerceToTarget(
  scope: Scope,
  node: Expression,
  target: Oid,
  typmod: number,
  context: CoercionContext,
  form: CoercionForm,
  position?: number,
): Expression | undefined {
  if (!canCoerce(scope.names, [node.type], [target], context)) return undefined;
  if (node.kind === "collate") {
    // Of stacked ones the outermost counts, and none where the target has no collation.
    const inner = withoutCollate(node);
    const arg = coerceToTarget(scope, inner, target, typmod, context, form, position);
    if (!arg || scope.names.type(target).collation === INVALID_OID) return arg;
    return { ...node, arg, type: arg.type, typmod: arg.typmod };
  }
  const made = coerceType(scope, node, target, typmod, context, form, position);
  const hideInput = made !== node && made.kind !== "constant";
  return coerceTypmod(scope, made, target, typmod, context, form, hideInput);
}

const withoutCollate = (node: Expression): Expression =>
  node.kind === "collate" ? withoutCollate(node.arg) : node;

export function coerceToBoolean(scope: Scope, node: Expression, construct: string): Expression {
  if (node.type === t.BOOL) return withoutSet(node, construct);
  const made = coerceToTarget(scope, node, t.BOOL, -1, "assignment", "implicit");
  if (!made) throw wrongArgument(scope, node, construct, "boolean");
  return withoutSet(made, construct);
}

/** For LIMIT and the like, `construct` naming the clause. */
export function coerceToSpecific(
  scope: Scope,
  node: Expression,
  target: Oid,
  typeName: string,
  construct: string,
  typmod = -1,
): Expression {
  if (node.type === target) return withoutSet(node, construct);
  const made = coerceToTarget(scope, node, target, typmod, "assignment", "implicit");
  if (!made) throw wrongArgument(scope, node, construct, typeName);
  return withoutSet(made, construct);
}

function wrongArgument(
  scope: Scope,
  node: Expression,
  construct: string,
  wanted: string,
): SqlError {
  const is = typeText(scope.names, node.type);
  const message = `argument of ${construct} must be type ${wanted}, not type ${is}`;
  return new SqlError("42804", message).at(positionOf(node));
}

function withoutSet(node: Expression, construct: string): Expression {
  if (!returnsSet(node)) return node;
  const message = `argument of ${construct} must not return a set`;
  throw new SqlError("42804", message).at(positionOf(node));
}

/** A set comes out of the expression itself or of something in it. */
const returnsSet = (node: Expression): boolean =>
  someExpression(node, (e) => (e.kind === "function" || e.kind === "operator") && e.returnsSet);
