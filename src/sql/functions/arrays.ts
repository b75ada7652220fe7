/** Array functions. https://www.postgresql.org/docs/15/functions-array.html */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  type ArrayValue,
  decodeArray,
  EMPTY_ARRAY,
  encodeArray,
  encodeList,
  listToArray,
} from "../types/array-value.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf, elementTypeOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { comparatorOf, type compareStored } from "./comparisons.ts";
import { asNumber, asText, define, defineFor, truth } from "./define.ts";
import { checkBytes, checkElements, checkGrowth, elementsOf } from "./limits.ts";
import type { FunctionContext, FunctionDefinition, ScalarCall } from "./registry.ts";

/** Element type of the array type in a call; vectors are arrays too. */
export function elementOf(type: Oid | undefined, context: TypeContext): Oid {
  const element = type === undefined ? undefined : elementTypeOf(type, context.catalog);
  if (element === undefined) throw new SqlError("42804", "argument must be an array");
  return element;
}

const isVector = (type: Oid): boolean => type === T.int2vector || type === T.oidvector;

/** The array as a value; int2vector and oidvector count from 0. */
export function readArray(type: Oid, value: Scalar, context: TypeContext): ArrayValue {
  const { storage } = codecOf(elementOf(type, context), context);
  const array = decodeArray(value as string, storage);
  return isVector(type) ? { ...array, lowerBounds: array.lowerBounds.map(() => 0) } : array;
}

type ArrayCall = (array: ArrayValue, ...rest: Scalar[]) => Scalar;

/** A function of an array's shape alone. */
const ofShape = (signature: string, call: ArrayCall): FunctionDefinition =>
  defineFor(signature, ({ args }) => {
    const type = args[0] as Oid;
    return (context, value, ...rest) => call(readArray(type, value as Scalar, context), ...rest);
  });

export function dimension(array: ArrayValue, number: Scalar): number | undefined {
  const at = asNumber(number) - 1;
  return at >= 0 && at < array.dimensions.length ? at : undefined;
}

export const upperBound = (array: ArrayValue, at: number): number =>
  (array.lowerBounds[at] as number) + (array.dimensions[at] as number) - 1;

const shapeFunctions: readonly FunctionDefinition[] = [
  ofShape("array_upper(anyarray, int4)", (array, number) => {
    const at = dimension(array, number as Scalar);
    return at === undefined ? null : BigInt(upperBound(array, at));
  }),
  ofShape("array_lower(anyarray, int4)", (array, number) => {
    const at = dimension(array, number as Scalar);
    return at === undefined ? null : BigInt(array.lowerBounds[at] as number);
  }),
  ofShape("array_length(anyarray, int4)", (array, number) => {
    const at = dimension(array, number as Scalar);
    return at === undefined ? null : BigInt(array.dimensions[at] as number);
  }),
  ofShape("array_ndims(anyarray)", ({ dimensions }) =>
    dimensions.length === 0 ? null : BigInt(dimensions.length),
  ),
  ofShape("array_dims(anyarray)", (array) =>
    array.dimensions.length === 0
      ? null
      : array.lowerBounds.map((low, at) => `[${low}:${upperBound(array, at)}]`).join(""),
  ),
  ofShape("trim_array(anyarray, int4)", (array, count) => trimmed(array, asNumber(count))),
  ofShape("cardinality(anyarray)", ({ elements }) => BigInt(elements.length)),
];

/** Lengths or bounds. Throws 22004. */
function subscriptsOf(text: string): number[] {
  const { elements, dimensions } = decodeArray(text, "integer");
  if (dimensions.length > 1) {
    throw new SqlError("2202E", "wrong number of array subscripts", {
      detail: "Dimension array must be one dimensional.",
    });
  }
  if (elements.includes(null)) throw new SqlError("22004", "dimension values cannot be null");
  return elements.map(Number);
}

/** Without the last rows. Throws 2202E. */
function trimmed({ dimensions, lowerBounds, elements }: ArrayValue, count: number): string {
  const length = dimensions[0] ?? 0;
  if (count < 0 || count > length) {
    throw new SqlError("2202E", `number of elements to trim must be between 0 and ${length}`);
  }
  if (count === length) return encodeArray(EMPTY_ARRAY);
  const kept = length - count;
  const size = elements.length / length;
  return encodeArray({
    dimensions: [kept, ...dimensions.slice(1)],
    lowerBounds: lowerBounds.map(() => 1),
    elements: elements.slice(0, kept * size),
  });
}

/** Elements joined by their text output; NULLs left out, or shown as `nullText`. */
function join(
  type: Oid,
  array: Scalar,
  delimiter: string,
  nullText: Scalar,
  context: FunctionContext,
) {
  const codec = codecOf(elementOf(type, context), context);
  const texts: string[] = [];
  let bytes = 0;
  for (const element of readArray(type, array, context).elements) {
    if (element === null && nullText === null) continue;
    const text = element === null ? asText(nullText) : codec.format(element, context, -1);
    bytes += text.length + delimiter.length;
    checkBytes(context, bytes);
    texts.push(text);
  }
  return texts.join(delimiter);
}

const splitText: ScalarCall = (context, text, delimiter = null, nullText = null) => {
  if (text === null) return null;
  const fields = splitFields(asText(text), delimiter, nullText);
  checkElements(context, fields.length);
  return encodeList(fields);
};

/** NULL delimiter: every character; empty delimiter: one field. */
export function splitFields(text: string, delimiter: Scalar, nullText: Scalar): Scalar[] {
  if (text === "") return [];
  const parts =
    delimiter === null ? [...text] : delimiter === "" ? [text] : text.split(asText(delimiter));
  return parts.map((part) => (part === nullText ? null : part));
}

const notFlat = (what: string) =>
  new SqlError("0A000", `${what} elements from multidimensional arrays is not supported`);

/** Elements that are (not) equal to the value; NULL equals NULL. */
function replaceElements(
  array: ArrayValue,
  matches: (value: Scalar) => boolean,
  replacement: Scalar | undefined,
): ArrayValue {
  if (replacement !== undefined) {
    return {
      ...array,
      elements: array.elements.map((item) => (matches(item) ? replacement : item)),
    };
  }
  const kept = array.elements.filter((item) => !matches(item));
  if (kept.length === 0) return EMPTY_ARRAY;
  return { ...array, dimensions: [kept.length], elements: kept };
}

function equality(type: Oid, wanted: Scalar, context: FunctionContext): (value: Scalar) => boolean {
  if (wanted === null) return (value) => value === null;
  const compare = comparatorOf(elementOf(type, context), context, "equality");
  return (value) => value !== null && compare(value, wanted) === 0;
}

function concatenate(a: ArrayValue, b: ArrayValue): ArrayValue {
  if (a.elements.length === 0) return b;
  if (b.elements.length === 0) return a;
  const [deep, shallow] = a.dimensions.length >= b.dimensions.length ? [a, b] : [b, a];
  const difference = deep.dimensions.length - shallow.dimensions.length;
  const shape = ({ dimensions, lowerBounds }: ArrayValue, from: number) =>
    `${dimensions.slice(from)} from ${lowerBounds.slice(from)}`;
  const fits =
    difference === 0
      ? shape(shallow, 1) === shape(deep, 1)
      : difference === 1 && shape(shallow, 0) === shape(deep, 1);
  if (!fits) throw incompatible(a, b);
  const rows = difference === 0 ? (shallow.dimensions[0] as number) : 1;
  return {
    dimensions: [(deep.dimensions[0] as number) + rows, ...deep.dimensions.slice(1)],
    lowerBounds: deep === a || difference === 0 ? a.lowerBounds : b.lowerBounds,
    elements: [...a.elements, ...b.elements],
  };
}

function incompatible(a: ArrayValue, b: ArrayValue): SqlError {
  const [left, right] = [a.dimensions.length, b.dimensions.length];
  const detail =
    Math.abs(left - right) > 1
      ? `Arrays of ${left} and ${right} dimensions are not compatible for concatenation.`
      : left === right
        ? "Arrays with differing element dimensions are not compatible for concatenation."
        : "Arrays with differing dimensions are not compatible for concatenation.";
  return new SqlError("2202E", "cannot concatenate incompatible arrays", { detail });
}

/** array || element, element || array */
function extend(
  context: FunctionContext,
  array: ArrayValue,
  element: Scalar | undefined,
  atEnd: boolean,
): ArrayValue {
  const item = element ?? null;
  checkElements(context, array.elements.length + 1);
  if (array.elements.length === 0) return listToArray([item]);
  if (array.dimensions.length > 1) {
    throw new SqlError("22000", "argument must be empty or one-dimensional array");
  }
  const elements = atEnd ? [...array.elements, item] : [item, ...array.elements];
  return { ...array, dimensions: [elements.length], elements };
}

const emptyIfNull = (type: Oid, value: Scalar, context: FunctionContext): ArrayValue =>
  value === null ? EMPTY_ARRAY : readArray(type, value, context);

/** Vectors have no bounds in their stored form. */
const writeLike = (type: Oid, array: ArrayValue): string =>
  isVector(type) ? encodeList(array.elements) : encodeArray(array);

const buildingFunctions: readonly FunctionDefinition[] = [
  defineFor("array_append(anycompatiblearray, anycompatible)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, array, element) =>
      encodeArray(extend(context, emptyIfNull(type, array as Scalar, context), element, true));
  }),
  defineFor("array_prepend(anycompatible, anycompatiblearray)", ({ args }) => {
    const type = args[1] as Oid;
    return (context, element, array) =>
      encodeArray(extend(context, emptyIfNull(type, array as Scalar, context), element, false));
  }),
  defineFor("array_cat(anycompatiblearray, anycompatiblearray)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, a, b) => {
      if (a === null && b === null) return null;
      const left = emptyIfNull(type, a as Scalar, context);
      const right = emptyIfNull(type, b as Scalar, context);
      checkElements(context, left.elements.length + right.elements.length);
      return encodeArray(concatenate(left, right));
    };
  }),
  defineFor("array_remove(anycompatiblearray, anycompatible)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, value, wanted) => {
      if (value === null) return null;
      const array = readArray(type, value as Scalar, context);
      // Elements that are not there are not compared.
      if (array.elements.length === 0) return value;
      if (array.dimensions.length > 1) throw notFlat("removing");
      const matches = equality(type, wanted as Scalar, context);
      return writeLike(type, replaceElements(array, matches, undefined));
    };
  }),
  defineFor("array_replace(anycompatiblearray, anycompatible, anycompatible)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, value, wanted, by) => {
      if (value === null) return null;
      const array = readArray(type, value as Scalar, context);
      if (array.elements.length === 0) return value;
      const matches = equality(type, wanted as Scalar, context);
      return writeLike(type, replaceElements(array, matches, by as Scalar));
    };
  }),
  ...["array_fill(anyelement, _int4)", "array_fill(anyelement, _int4, _int4)"].map((signature) =>
    define(signature, (context, value, lengths, bounds) => {
      if (lengths === null || bounds === null) {
        throw new SqlError("22004", "dimension array or low bound array cannot be null");
      }
      const dimensions = subscriptsOf(asText(lengths));
      const lowerBounds =
        bounds === undefined ? dimensions.map(() => 1) : subscriptsOf(asText(bounds));
      if (lowerBounds.length !== dimensions.length) {
        throw new SqlError("2202E", "wrong number of array subscripts", {
          detail: "Low bound array has different size than dimensions array.",
        });
      }
      const total = elementsOf(dimensions);
      if (dimensions.length === 0 || total === 0) return "[]";
      checkElements(context, total);
      checkGrowth(context, total * (typeof value === "string" ? value.length + 2 : 8));
      return encodeArray({ dimensions, lowerBounds, elements: Array(total).fill(value) });
    }),
  ),
];

/** array_position from a 1-based index in the array's own numbering; undefined = absent. */
function positions(type: Oid, value: Scalar, wanted: Scalar, context: FunctionContext): bigint[] {
  const array = readArray(type, value, context);
  if (array.dimensions.length > 1) {
    throw new SqlError(
      "0A000",
      "searching for elements in multidimensional arrays is not supported",
    );
  }
  if (array.elements.length === 0) return [];
  const matches = equality(type, wanted, context);
  const low = array.lowerBounds[0] ?? 1;
  return array.elements.flatMap((item, at) => (matches(item) ? [BigInt(at + low)] : []));
}

const searchFunctions: readonly FunctionDefinition[] = [
  defineFor("array_position(anycompatiblearray, anycompatible)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, array, wanted) =>
      array === null
        ? null
        : (positions(type, array as Scalar, wanted as Scalar, context)[0] ?? null);
  }),
  defineFor("array_position(anycompatiblearray, anycompatible, int4)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, array, wanted, from) => {
      if (array === null) return null;
      const found = positions(type, array as Scalar, wanted as Scalar, context);
      if (array === "[]") return null;
      if (from === null) throw new SqlError("22004", "initial position must not be null");
      return found.find((at) => at >= (from as bigint)) ?? null;
    };
  }),
  defineFor("array_positions(anycompatiblearray, anycompatible)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, array, wanted) =>
      array === null
        ? null
        : encodeList(positions(type, array as Scalar, wanted as Scalar, context));
  }),
];

/** Whether every non-NULL member of `part` is in `whole`; a NULL in `part` never is. */
function contains(type: Oid, whole: Scalar, part: Scalar, context: FunctionContext): boolean {
  const { elements } = readArray(type, whole, context);
  const compare = comparatorOf(elementOf(type, context), context, "equality");
  return readArray(type, part, context).elements.every(
    (item) => item !== null && has(elements, item, compare),
  );
}

const has = (elements: readonly Scalar[], item: Scalar, compare: typeof compareStored): boolean =>
  elements.some((one) => one !== null && compare(one, item) === 0);

const setFunctions: readonly FunctionDefinition[] = [
  defineFor("arraycontains(anyarray, anyarray)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, a, b) => truth(contains(type, a as Scalar, b as Scalar, context));
  }),
  defineFor("arraycontained(anyarray, anyarray)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, a, b) => truth(contains(type, b as Scalar, a as Scalar, context));
  }),
  defineFor("arrayoverlap(anyarray, anyarray)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, a, b) => {
      const { elements } = readArray(type, a as Scalar, context);
      const compare = comparatorOf(elementOf(type, context), context, "equality");
      const others = readArray(type, b as Scalar, context).elements;
      return truth(others.some((item) => item !== null && has(elements, item, compare)));
    };
  }),
];

export const arrayFunctions: readonly FunctionDefinition[] = [
  ...shapeFunctions,
  ...buildingFunctions,
  ...searchFunctions,
  ...setFunctions,
  defineFor("array_to_string(anyarray, text)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, array, delimiter) =>
      join(type, array as Scalar, asText(delimiter), null, context);
  }),
  defineFor("array_to_string(anyarray, text, text)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, array, delimiter, nullText) =>
      array === null || delimiter === null
        ? null
        : join(type, array as Scalar, asText(delimiter), nullText as Scalar, context);
  }),
  define("string_to_array(text, text)", splitText),
  define("string_to_array(text, text, text)", splitText),
];
