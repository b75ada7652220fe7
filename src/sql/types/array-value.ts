/**
 * ARRAYS AS JSON TEXT, as scalar.ts defines them, and their value in memory: dimensions, lower
 * bounds, and the elements in row-major order.
 */
import { assert } from "../../base/assert.ts";
import { fromHex, toHex } from "./codec.ts";
import type { Scalar, StorageClass } from "./scalar.ts";

export interface ArrayValue {
  /** Lengths; empty for the empty array. */
  readonly dimensions: readonly number[];
  readonly lowerBounds: readonly number[];
  readonly elements: readonly Scalar[];
}

export const EMPTY_ARRAY: ArrayValue = { dimensions: [], lowerBounds: [], elements: [] };

/** A one-dimensional array from 1. */
export const listToArray = (elements: readonly Scalar[]): ArrayValue =>
  elements.length === 0
    ? EMPTY_ARRAY
    : { dimensions: [elements.length], lowerBounds: [1], elements };

type Json =
  | null
  | number
  | string
  | bigint
  | readonly Json[]
  | { readonly l: number[]; readonly a: Json };

/** Whole numbers that a double cannot hold are kept by quoting them for JSON.parse. */
function parseJson(text: string): Json {
  if (!/[0-9]{16}/.test(text)) return JSON.parse(text);
  const guarded = text.replace(/"(?:[^"\\]|\\.)*"|-?[0-9]{16,}/g, (piece) =>
    piece.startsWith('"') ? piece : `{"n":"${piece}"}`,
  );
  return JSON.parse(guarded, (_key, value) =>
    value !== null && typeof value === "object" && typeof value.n === "string"
      ? BigInt(value.n)
      : value,
  );
}

const scalarOf = (value: Json, storage: StorageClass): Scalar => {
  if (value === null) return null;
  if (storage === "text") return value as string;
  return storage === "integer" ? BigInt(value as number | bigint) : fromHex(value as string);
};

export function decodeArray(text: string, storage: StorageClass): ArrayValue {
  let json = parseJson(text);
  let lowerBounds: readonly number[] | undefined;
  if (json !== null && typeof json === "object" && "l" in json) {
    lowerBounds = json.l;
    json = json.a;
  }
  assert(Array.isArray(json), `not an array: ${text}`);
  const dimensions: number[] = [];
  for (let level: Json = json; Array.isArray(level); level = level[0] ?? null) {
    dimensions.push(level.length);
  }
  if (dimensions[0] === 0) return EMPTY_ARRAY;
  const flat = dimensions.length === 1 ? json : json.flat(dimensions.length - 1);
  return {
    dimensions,
    lowerBounds: lowerBounds ?? dimensions.map(() => 1),
    elements: (flat as Json[]).map((value) => scalarOf(value, storage)),
  };
}

const jsonOf = (value: Scalar): string => {
  if (value === null) return "null";
  if (typeof value === "bigint") return value.toString();
  return JSON.stringify(typeof value === "string" ? value : toHex(value));
};

/** Canonical: no spaces, bounds only where they are not all 1. */
export function encodeArray(array: ArrayValue): string {
  const { dimensions, lowerBounds, elements } = array;
  if (elements.length === 0) return "[]";
  let at = 0;
  const level = (depth: number): string => {
    if (depth === dimensions.length) return jsonOf(elements[at++] as Scalar);
    const parts: string[] = [];
    for (let index = 0; index < (dimensions[depth] as number); index++)
      parts.push(level(depth + 1));
    return `[${parts.join(",")}]`;
  };
  const text = level(0);
  return lowerBounds.every((bound) => bound === 1)
    ? text
    : `{"l":[${lowerBounds.join(",")}],"a":${text}}`;
}

export const encodeList = (elements: readonly Scalar[]): string =>
  encodeArray(listToArray(elements));

/** Elements of an array whatever its shape. */
export const arrayElements = (text: string, storage: StorageClass): readonly Scalar[] =>
  decodeArray(text, storage).elements;

/** int2vector and oidvector are plain lists that count from 0; as arrays they say so. */
export function vectorToArray(vector: string): string {
  return vector === "[]" ? vector : `{"l":[0],"a":${vector}}`;
}
