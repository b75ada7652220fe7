/**
 * WHAT THE PLANNER LEAVES OF AN EXPRESSION: branches that constants decide are gone, immutable
 * functions of constants have been called, functions in SQL are read as their bodies.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/optimizer/util/clauses.c
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { Scalar } from "../types/scalar.ts";
import { needsCollation, undeterminedCollation } from "./collation-needs.ts";
import { hasConstraints } from "./conversion.ts";
import { boolConstant, type ConstantExpression, constant } from "./literal.ts";
import type { Names } from "./names.ts";
import { isOrdered } from "./sort.ts";
import { textForm } from "./text-form.ts";
import type {
  BooleanOperator,
  BooleanTest,
  CaseExpression,
  Expression,
  FunctionCall,
  NullTest,
  OperatorCall,
  Subscript,
  Typed,
  XmlExpression,
} from "./tree.ts";
import { RECORD } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { functionsOf, isImmutable, isMutableAsIs } from "./volatility.ts";

export interface Folding {
  readonly names: Names;
  /** What an expression without columns gives; without it, no function is called. */
  readonly compute?: (node: Expression) => Scalar;
  /** The body of a function in SQL that the planner puts in the place of its call. */
  readonly inline?: (call: FunctionCall & Typed) => Expression | undefined;
  /** No node has its collation yet. */
  readonly withoutCollations?: boolean;
}

/** Throws what computing constant parts throws. */
export const fold = (folding: Folding, node: Expression): Expression =>
  new Folder(folding, undefined, []).fold(node);

/** Of what the planner would leave: branches that constants decide do not count. */
export const isMutable = (folding: Folding, root: Expression): boolean =>
  isMutableAsIs(folding.names, fold(folding, root));

/** A row of constants is one, too, though nothing is stored for it. */
export const isConstant = (node: Expression): boolean =>
  node.kind === "constant" || (node.kind === "row" && node.args.every(isConstant));
const isNull = (node: Expression): boolean => node.kind === "constant" && node.value === null;
const isTrue = (node: Expression): boolean => node.kind === "constant" && node.value === 1n;
const nullOf = ({ type, typmod, collation }: Typed): ConstantExpression =>
  constant(type, null, undefined, typmod, collation);

class Folder {
  readonly #folding: Folding;
  /** The constant that a CASE compares with, for the placeholders in it. */
  readonly #subject: Expression | undefined;
  /** Functions whose bodies are around. */
  readonly #path: readonly Oid[];

  constructor(folding: Folding, subject: Expression | undefined, path: readonly Oid[]) {
    this.#folding = folding;
    this.#subject = subject;
    this.#path = path;
  }

  fold(node: Expression): Expression {
    const inner = this.#inner;
    switch (node.kind) {
      case "function":
      case "operator":
        return this.#call(node);
      case "distinctFrom":
        return this.#distinct({ ...node, args: [inner(node.args[0]), inner(node.args[1])] });
      case "nullIf": {
        const [left, right] = [inner(node.args[0]), inner(node.args[1])];
        return isNull(left) || isNull(right)
          ? left
          : this.#computed({ ...node, args: [left, right] });
      }
      case "boolean":
        return this.#boolean(node);
      case "relabel":
      case "collate":
        return relabelled(node, inner(node.arg));
      case "coerceViaIo": {
        const arg = inner(node.arg);
        return isNull(arg) ? nullOf(node) : this.#computed({ ...node, arg });
      }
      case "case":
        return this.#case(node);
      case "caseTest":
        return node.ofDomain ? node : (this.#subject ?? node);
      case "coalesce":
        return this.#coalesce(node);
      case "nullTest":
        return nullTest(node, inner(node.arg));
      case "booleanTest":
        return booleanTest(node, inner(node.arg));
      case "field": {
        const arg = inner(node.arg);
        const field = arg.kind === "row" && !node.declared ? arg.args[node.field - 1] : undefined;
        return field?.type === node.type ? field : this.#computed({ ...node, arg });
      }
      case "minMax":
        return this.#minMax({ ...node, args: node.args.map(inner) });
      case "row":
        return { ...node, args: node.args.map(inner) };
      case "array":
        return this.#computed({ ...node, elements: node.elements.map(inner) });
      case "coerceToDomain": {
        const arg = inner(node.arg);
        const checks = hasConstraints(this.#folding.names, node.type);
        return checks ? { ...node, arg } : relabelled(node, arg);
      }
      case "arrayCoerce": {
        const arg = inner(node.arg);
        const element = this.#with(undefined).fold(node.element);
        const made = { ...node, arg, element };
        const runs = element.kind !== "coerceToDomain" && !this.#isMutable(element);
        return runs ? this.#computed(made) : made;
      }
      case "arrayOperator":
        return this.#computed({ ...node, left: inner(node.left), array: inner(node.array) });
      case "xml":
        return foldedXml(node, inner);
      case "rowCompare":
        return { ...node, left: node.left.map(inner), right: node.right.map(inner) };
      case "subscript":
        return this.#computed(foldedSubscript(node, inner));
      default:
        return node;
    }
  }

  readonly #inner = (each: Expression): Expression => this.fold(each);

  #with(subject: Expression | undefined): Folder {
    return new Folder(this.#folding, subject, this.#path);
  }

  #isMutable(node: Expression): boolean {
    return isMutableAsIs(this.#folding.names, node);
  }

  #call(written: (FunctionCall | OperatorCall) & Typed): Expression {
    const { names, inline } = this.#folding;
    const node = textForm(names, written) ?? written;
    const made = { ...node, args: node.args.map(this.#inner) };
    if (made.returnsSet || made.type === RECORD) return made;
    if (made.args.some(isNull) && isStrict(names, made.function)) return nullOf(made);
    const computed = this.#computed(made);
    if (computed !== made || this.#path.includes(made.function)) return computed;
    const call: FunctionCall & Typed =
      made.kind === "function"
        ? made
        : { ...made, kind: "function", variadic: false, form: "call" };
    const body = inline?.(call);
    if (!body) return made;
    const inside = { ...this.#folding, withoutCollations: false };
    return new Folder(inside, undefined, [...this.#path, made.function]).fold(body);
  }

  /** Its value, if it is of constants and of immutable functions. */
  #computed(node: Expression): Expression {
    const { names, compute, withoutCollations } = this.#folding;
    if (!compute || !operandsOf(node).every(isConstant)) return node;
    if (!functionsOf(names, node).every((id) => isImmutable(names, id))) return node;
    if (withoutCollations) {
      const what = needsCollation(names, node);
      if (what !== undefined) throw undeterminedCollation(what);
    }
    return constant(node.type, compute(node), undefined, node.typmod, node.collation);
  }

  #distinct(node: Expression & { readonly kind: "distinctFrom" }): Expression {
    const [left, right] = node.args;
    if (!isConstant(left) || !isConstant(right)) return node;
    if (isNull(left) || isNull(right)) return boolConstant(isNull(left) !== isNull(right));
    return this.#computed(node);
  }

  /** AND without what is true, OR without what is false; the other value decides, NULL may not. */
  #boolean(node: BooleanOperator & Typed & { readonly kind: "boolean" }): Expression {
    if (node.operator === "not") {
      const args = node.args.map(this.#inner);
      const [first] = args;
      if (first?.kind !== "constant") return { ...node, args };
      return first.value === null ? nullOf(node) : boolConstant(first.value !== 1n);
    }
    const decisive = node.operator === "or" ? 1n : 0n;
    const open: Expression[] = [];
    for (const each of node.args) {
      const arg = this.fold(each);
      if (arg.kind !== "constant" || arg.value === null) open.push(arg);
      // Nothing behind it is looked at.
      else if (arg.value === decisive) return boolConstant(decisive === 1n);
    }
    if (open.length === 0) return boolConstant(decisive !== 1n);
    if (open.every(isNull)) return nullOf(node);
    const [only, ...more] = open;
    return only && more.length === 0 ? only : { ...node, args: open };
  }

  /** The first argument that is a constant ends it; NULLs do nothing. */
  #coalesce(node: Expression & { readonly kind: "coalesce" }): Expression {
    const args: Expression[] = [];
    for (const each of node.args) {
      const arg = this.fold(each);
      if (isNull(arg)) continue;
      args.push(arg);
      if (isConstant(arg)) break;
    }
    const [first] = args;
    if (!first) return nullOf(node);
    return isConstant(first) ? first : { ...node, args };
  }

  #case(node: CaseExpression & Typed & { readonly kind: "case" }): Expression {
    const arg = node.arg && this.fold(node.arg);
    const subject = arg && isConstant(arg) ? arg : undefined;
    const inside = arg ? this.#with(subject) : this;
    const whens: { when: Expression; then: Expression }[] = [];
    let otherwise: Expression | undefined;
    for (const branch of node.whens) {
      const when = inside.fold(branch.when);
      if (isTrue(when)) {
        otherwise = this.fold(branch.then);
        break;
      }
      if (isConstant(when)) continue;
      const then = this.fold(branch.then);
      whens.push({ when, then });
    }
    otherwise ??= this.fold(node.otherwise);
    if (whens.length === 0) return otherwise;
    const { arg: _, ...rest } = node;
    return { ...rest, ...(arg && !subject ? { arg } : {}), whens, otherwise };
  }

  /** The planner computes what is constant, and so finds that there is nothing to compare with. */
  #minMax(node: Expression & { readonly kind: "minMax" }): Expression {
    const { names } = this.#folding;
    if (!node.args.every(isConstant)) return node;
    if (!isOrdered(names, node.type)) {
      const shown = typeText(names, node.type);
      throw new SqlError("42883", `could not identify a comparison function for type ${shown}`);
    }
    // One value is compared with nothing.
    const [first, ...others] = node.args.filter((arg) => !isNull(arg));
    return others.length === 0 ? (first ?? nullOf(node)) : this.#computed(node);
  }
}

/** What must be constant; a cast of an array computes on a placeholder, too. */
function operandsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "function":
    case "operator":
    case "distinctFrom":
    case "nullIf":
    case "minMax":
      return node.args;
    case "coerceViaIo":
    case "field":
    case "arrayCoerce":
      return [node.arg];
    case "array":
      return node.elements;
    case "arrayOperator":
      return [node.left, node.array];
    case "subscript": {
      const places = [...node.upper, ...(node.lower ?? [])].filter((each) => each !== null);
      return [node.container, ...places, ...(node.assigned ? [node.assigned] : [])];
    }
    default:
      return [node];
  }
}

function relabelled(
  node: Expression & { readonly kind: "relabel" | "collate" | "coerceToDomain" },
  arg: Expression,
): Expression {
  const { type, typmod, collation } = node;
  return arg.kind === "constant" ? { ...arg, type, typmod, collation } : { ...node, arg };
}

/** Of a row whose fields are not all constant, those that are may decide. */
function nullTest(node: NullTest & Typed & { readonly kind: "nullTest" }, arg: Expression) {
  if (!node.row) {
    return isConstant(arg) ? boolConstant(isNull(arg) === node.isNull) : { ...node, arg };
  }
  if (arg.kind !== "row" || isConstant(arg)) return { ...node, arg };
  const open = arg.args.filter((each) => !isConstant(each));
  const refuted = arg.args.some((each) => isConstant(each) && isNull(each) !== node.isNull);
  return refuted ? boolConstant(false) : { ...node, arg: { ...arg, args: open } };
}

function booleanTest(
  node: BooleanTest & Typed & { readonly kind: "booleanTest" },
  arg: Expression,
): Expression {
  if (arg.kind !== "constant") return { ...node, arg };
  const { value } = arg;
  switch (node.test) {
    case "true":
    case "notTrue":
      return boolConstant((value === 1n) === (node.test === "true"));
    case "false":
    case "notFalse":
      return boolConstant((value === 0n) === (node.test === "false"));
    default:
      return boolConstant((value === null) === (node.test === "unknown"));
  }
}

function foldedXml(
  node: XmlExpression & Typed & { readonly kind: "xml" },
  inner: (each: Expression) => Expression,
): Expression {
  const named = node.named.map(({ name, value }) => ({ name, value: inner(value) }));
  return { ...node, named, args: node.args.map(inner) };
}

function foldedSubscript(
  node: Subscript & Typed & { readonly kind: "subscript" },
  inner: (each: Expression) => Expression,
): Expression {
  const some = (each: Expression | null) => each && inner(each);
  const lower = node.lower && { lower: node.lower.map(some) };
  return { ...node, ...lower, container: inner(node.container), upper: node.upper.map(some) };
}

const isStrict = (names: Names, id: Oid): boolean =>
  names.catalog.find(pgProc, "key", [id])?.proisstrict === true;
