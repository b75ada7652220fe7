/**
 * Arrays. Their stored form is JSON text; blob-class elements are hex strings in it
 * (sql/types/scalar.ts).
 *
 * SQLite's json_each opens arrays of one dimension that start at 1, which is what catalog columns
 * hold; others come from users' values and are opened by registered functions.
 */
import { type Oid, oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { Expression } from "../bind/tree.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { comparisonText, nativeComparison, outputOf } from "./calls.ts";
import type { Emitter } from "./emitter.ts";
import { isOid } from "./oids.ts";
import { ancestorsRow } from "./rows.ts";
import type { Scope } from "./scope.ts";
import { containsWindowCall, walk } from "./walk.ts";

type Node<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

const INT2VECTOR = 22;
const OIDVECTOR = 30;
const isVector = (type: Oid): boolean => type === INT2VECTOR || type === OIDVECTOR;

/** A longer list of constants is bound as one array. */
const INLINE_LIST_MAX = 16;

/** The elements of an array's text as a sub-select's column `value`. */
function elementsOf(emitter: Emitter, array: string, elementType: Oid): string {
  const value =
    emitter.context.types.storage(elementType) === "blob" ? "unhex(value) AS value" : "value";
  return `SELECT ${value} FROM json_each(${array})`;
}

/**
 * x = ANY (…), x op ALL (…). `loose`: NULL is as good as false here, so a NULL array needs no test.
 */
export const emitArrayOperator = (
  emitter: Emitter,
  scope: Scope,
  node: Node<"arrayOperator">,
  loose: boolean,
): string => emitComparisons(emitter, scope, node, emitter.expression(scope, node.left), loose);

/** Whether `value`, in place of the left side, is an element of the array; NULL may be false. */
export const emitMembership = (
  emitter: Emitter,
  scope: Scope,
  node: Node<"arrayOperator">,
  value: string,
): string => emitComparisons(emitter, scope, node, value, true);

function emitComparisons(
  emitter: Emitter,
  scope: Scope,
  node: Node<"arrayOperator">,
  left: string,
  loose: boolean,
): string {
  const native = nativeComparison(emitter, node.function, node.inputCollation);
  const membership = node.any ? native === "=" : native === "<>";
  const not = node.any ? "" : "NOT ";
  const { array } = node;
  if (array.kind === "array" && !array.multidimensional) {
    return overList(emitter, scope, node, array.elements, membership, left);
  }
  const elementType = elementTypeOf(emitter, array.type);
  const source = flatArray(emitter, scope, array);
  if (membership) {
    const test = `(${left} ${not}IN (${elementsOf(emitter, source.text, elementType)}))`;
    return source.neverNull || (loose && node.any)
      ? test
      : `CASE WHEN ${source.text} IS NOT NULL THEN ${test} END`;
  }
  const right = { text: "value", type: elementType };
  const compared = comparisonText(
    emitter,
    node.function,
    { text: left, type: node.left.type },
    right,
    node.inputCollation,
  );
  const folded = foldComparisons(
    node.any,
    `SELECT ${compared} AS v FROM (${elementsOf(emitter, source.text, elementType)})`,
  );
  return source.neverNull ? folded : `CASE WHEN ${source.text} IS NOT NULL THEN ${folded} END`;
}

/** ANY and ALL over a sub-select whose column v holds the comparisons' answers. */
export const foldComparisons = (any: boolean, rows: string): string =>
  any
    ? `(SELECT CASE WHEN max(v) = 1 THEN 1 WHEN count(*) > count(v) THEN NULL ELSE 0 END FROM (${rows}))`
    : `(SELECT CASE WHEN min(v) = 0 THEN 0 WHEN count(*) > count(v) THEN NULL ELSE 1 END FROM (${rows}))`;

function overList(
  emitter: Emitter,
  scope: Scope,
  node: Node<"arrayOperator">,
  elements: readonly Expression[],
  membership: boolean,
  left: string,
): string {
  if (membership) {
    const list = constantList(elements);
    const members = list
      ? elementsOf(emitter, emitter.constant(list), elements[0]?.type ?? oid(0))
      : elements.map((element) => emitter.expression(scope, element)).join(", ");
    return `(${left} ${node.any ? "" : "NOT "}IN (${members}))`;
  }
  if (elements.length === 0) return node.any ? "0" : "1";
  const operand = { text: left, type: node.left.type };
  const tests = elements.map((element) => {
    const other = { text: emitter.expression(scope, element), type: element.type };
    return comparisonText(emitter, node.function, operand, other, node.inputCollation);
  });
  return `(${tests.join(node.any ? " OR " : " AND ")})`;
}

/** A long list of constants as an array's text; undefined for others. */
function constantList(elements: readonly Expression[]): string | undefined {
  if (elements.length <= INLINE_LIST_MAX) return undefined;
  const values: Scalar[] = [];
  for (const element of elements) {
    if (element.kind !== "constant") return undefined;
    values.push(element.value);
  }
  return encodeList(values);
}

function elementTypeOf(emitter: Emitter, type: Oid): Oid {
  const element = emitter.context.types.element(type);
  if (element === undefined) throw notSupported(`an array of type ${type}`);
  return element;
}

/** An array's text that json_each opens element by element. */
function flatArray(
  emitter: Emitter,
  scope: Scope,
  array: Expression,
): { readonly text: string; readonly neverNull: boolean } {
  const inner = array.kind === "relabel" ? array.arg : array;
  const text = emitter.expression(scope, inner);
  if (inner.kind === "constant") {
    const { value } = inner;
    const plain = value === null || isPlain(value);
    if (plain) emitter.demand(inner, "flat array");
    return { text: plain ? text : flat(emitter, text, inner.type), neverNull: value !== null };
  }
  const neverNull = inner.kind === "subLink" && inner.link === "array";
  const plain = neverNull || isVector(inner.type) || isStored(emitter, scope, inner);
  return { text: plain ? text : flat(emitter, text, inner.type), neverNull };
}

function flat(emitter: Emitter, text: string, type: Oid): string {
  const storage = emitter.context.types.storage(elementTypeOf(emitter, type));
  return `${emitter.internal(`array_flat_${storage}`)}(${text})`;
}

/** One dimension, starting at 1. */
export const isPlain = (value: Scalar): boolean =>
  typeof value === "string" && value.startsWith("[") && !value.startsWith("[[");

/** A column of the catalog, which holds plain arrays alone. */
function isStored(emitter: Emitter, scope: Scope, expression: Expression): boolean {
  if (expression.kind !== "column") return false;
  let home: Scope | undefined = scope;
  for (let level = 0; level < expression.levelsUp; level++) home = home?.parent;
  const entry = home?.rangeTable[expression.table - 1];
  return entry?.kind === "relation" && emitter.context.relation(entry.relation) !== undefined;
}

/** ARRAY[…] */
export function emitArray(emitter: Emitter, scope: Scope, node: Node<"array">): string {
  const texts = node.elements.map((element) => emitter.expression(scope, element));
  if (node.multidimensional) return `${emitter.internal("array_of_arrays")}(${texts.join(", ")})`;
  const shown = texts.map((text) => elementText(emitter, text, node.elementType));
  return `json_array(${shown.join(", ")})`;
}

/**
 * A value as SQLite's JSON functions put it into an array: an array that is an element, as one of a
 * domain over arrays is, stays a text.
 */
function elementText(emitter: Emitter, text: string, type: Oid): string {
  const { types } = emitter.context;
  if (types.storage(type) === "blob") return hexText(text);
  return types.element(type) === undefined || isVector(type) ? text : `(${text} || '')`;
}

/** SQLite's hex makes '' of NULL. */
export const hexText = (text: string): string =>
  `CASE WHEN ${text} IS NOT NULL THEN lower(hex(${text})) END`;

/** A query's single column as an array. */
export function arrayOfRows(emitter: Emitter, query: string, elementType: Oid): string {
  const { types } = emitter.context;
  const isDomain = types.base(elementType) !== elementType;
  if (types.element(elementType) !== undefined && !isVector(elementType) && !isDomain) {
    return `(SELECT ${emitter.internal("array_of_rows")}(c1) FROM (${query}))`;
  }
  const value = elementText(emitter, "c1", elementType);
  return `(SELECT json_group_array(${value}) FROM (${query}))`;
}

/** A cast of each element; most are binary-compatible and change nothing. */
export function emitArrayCoerce(emitter: Emitter, scope: Scope, node: Node<"arrayCoerce">): string {
  const array = emitter.expression(scope, node.arg);
  if (isNoOperation(node.element)) return fromZero(emitter, array, node);
  const elementType = elementTypeOf(emitter, node.arg.type);
  const source = flatArray(emitter, scope, node.arg);
  const cast = emitter.withCaseTest("value", () => emitter.expression(scope, node.element));
  const madeType = elementTypeOf(emitter, node.type);
  const storage = emitter.context.types.storage(madeType);
  const rows = elementsOf(emitter, source.text, elementType);
  const value = elementText(emitter, cast, madeType);
  const elements = `(SELECT json_group_array(${value}) FROM (${rows}))`;
  // The result has the dimensions and bounds of the array it is made from.
  const shape = fromZero(emitter, array, node);
  const shaped =
    source.text === shape
      ? elements
      : `${emitter.internal(`array_like_${storage}`)}(${shape}, ${elements})`;
  return `CASE WHEN ${array} IS NOT NULL THEN ${shaped} END`;
}

/** The array that this opens as rows, which to SQLite are a query below the one around it. */
export function openedArray(node: Expression): Expression | undefined {
  if (node.kind === "arrayCoerce") return isNoOperation(node.element) ? undefined : node.arg;
  if (node.kind !== "arrayOperator") return undefined;
  return node.array.kind === "array" && !node.array.multidimensional ? undefined : node.array;
}

/** Whether an array is opened that a window function has a part in. */
export function opensWindow(expression: Expression): boolean {
  let found = false;
  walk(expression, (node) => {
    const array = openedArray(node as unknown as Expression);
    found ||= array !== undefined && containsWindowCall(array);
    return !found && node.kind !== "subLink";
  });
  return found;
}

const isNoOperation = (element: Expression): boolean =>
  element.kind === "caseTest" ||
  (element.kind === "relabel" &&
    !losesBlanks(element.arg.type, element.type) &&
    isNoOperation(element.arg));

/** Text as char(n): there the spaces at its end do not count, and are not kept. */
export const losesBlanks = (from: Oid, to: Oid): boolean => to === BPCHAR && from !== BPCHAR;

const BPCHAR = 1042;

/** int2vector and oidvector count from 0, and keep doing so as an array. */
const INT4 = 23;
/** A constant that is an oid already, so that an index may be asked for it. */
const isNatural = (arg: Expression): boolean =>
  arg.kind === "constant" && typeof arg.value === "bigint" && arg.value >= 0n;

const NODE_TREE = 194;

/** The same value as another type: of int4 and oid, the same 32 bits; of a tree, its text. */
export function emitRelabel(emitter: Emitter, scope: Scope, node: Node<"relabel">): string {
  const text = emitter.expression(scope, node.arg);
  if (node.arg.type === NODE_TREE) return outputOf(emitter, text, node.arg);
  if (node.arg.type === INT4 && isOid(node.type)) {
    if (!isNatural(node.arg)) return `(${text} & 4294967295)`;
    emitter.demand(node.arg, "oid");
    return text;
  }
  if (node.type === INT4 && isOid(node.arg.type)) return `((${text} << 32) >> 32)`;
  const { types } = emitter.context;
  if (losesBlanks(node.arg.type, node.type)) return `rtrim(${text}, ' ')`;
  if (types.isComposite(node.type) && types.base(node.type) !== types.base(node.arg.type)) {
    return ancestorsRow(emitter, text, types.base(node.arg.type), types.base(node.type));
  }
  return fromZero(emitter, text, node);
}

function fromZero(
  emitter: Emitter,
  text: string,
  { arg, type }: Node<"relabel" | "arrayCoerce">,
): string {
  if (!isVector(arg.type) || emitter.context.types.element(type) === undefined) return text;
  return isVector(type) ? text : `${emitter.internal("array_from_zero")}(${text})`;
}

const EXTRACT_PATH = oid(3217);
const JSONB = oid(3802);
const TEXT_LIST = oid(1009);

/** j['a'][1]: what stands at this path, as `#>` finds it. */
function emitPart(emitter: Emitter, scope: Scope, { container, upper }: Node<"subscript">): string {
  const types = { args: [JSONB, TEXT_LIST], result: JSONB, variadic: false };
  const extract = emitter.scalar(EXTRACT_PATH, types);
  const steps = upper.map(
    (step) => `CAST(${emitter.expression(scope, step as Expression)} AS TEXT)`,
  );
  return `${extract}(${emitter.expression(scope, container)}, json_array(${steps.join(", ")}))`;
}

/** j['a'][1] = x */
function emitWithPart(emitter: Emitter, scope: Scope, node: Node<"subscript">): string {
  const { container, upper, assigned } = node;
  const asArray = upper[0]?.type === INT4 ? 1 : 0;
  const [whole, value] = [container, assigned as Expression].map((each) =>
    emitter.expression(scope, each),
  );
  const steps = upper.map((step) => emitter.expression(scope, step as Expression));
  const args = [whole, value, asArray, ...steps];
  return `${emitter.internal("jsonb_with_part")}(${args.join(", ")})`;
}

/** point[0], name[3]: types of a fixed length that are a row of others, counted from 0. */
function emitPiece(emitter: Emitter, scope: Scope, node: Node<"subscript">): string {
  const { container, containerType, elementType, upper, assigned } = node;
  const [subscript, ...more] = upper.map((bound) => emitter.expression(scope, bound as Expression));
  if (assigned && more.length > 0) throw notSupported("assignment to parts of a part");
  const place = more.length === 0 ? subscript : "NULL";
  const length = emitter.context.types.length(containerType);
  const values = assigned ? [container, assigned] : [container];
  const texts = values.map((value) => emitter.expression(scope, value));
  const args = [containerType, length, elementType, ...texts, place];
  return `${emitter.internal(assigned ? "fixed_with_element" : "fixed_element")}(${args.join(", ")})`;
}

/** a[1], a[1][2], a[2:3]. Vectors count from 0. */
export function emitSubscript(emitter: Emitter, scope: Scope, node: Node<"subscript">): string {
  const { types } = emitter.context;
  if (node.containerType === JSONB) {
    return (node.assigned ? emitWithPart : emitPart)(emitter, scope, node);
  }
  if (types.element(node.containerType) === undefined) return emitPiece(emitter, scope, node);
  const container = emitter.expression(scope, node.container);
  const array = isVector(node.container.type)
    ? `${emitter.internal("array_from_zero")}(${container})`
    : container;
  const text = (bound: Expression | null | undefined) =>
    bound ? emitter.expression(scope, bound) : "NULL";
  const storage = types.storage(node.elementType);
  const { lower, assigned } = node;
  const value = assigned ? [emitter.expression(scope, assigned)] : [];
  if (!lower) {
    const name = emitter.internal(`array_${assigned ? "with_" : ""}element_${storage}`);
    return `${name}(${[array, ...value, ...node.upper.map(text)].join(", ")})`;
  }
  // NULL stands for an omitted bound, so bounds that are present say so.
  const bounds = node.upper.flatMap((upper, at) => [
    lower[at] ? 1 : 0,
    text(lower[at]),
    upper ? 1 : 0,
    text(upper),
  ]);
  const name = emitter.internal(`array_${assigned ? "with_" : ""}slice_${storage}`);
  return `${name}(${[array, ...value, ...bounds].join(", ")})`;
}
