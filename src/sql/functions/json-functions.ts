/**
 * Functions that build, take apart and describe json and jsonb.
 * https://www.postgresql.org/docs/15/functions-json.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { arrayElements, decodeArray } from "../types/array-value.ts";
import { toJsonb } from "../types/json-codec.ts";
import {
  compareJson,
  formatJsonb,
  type JsonNode,
  normalize,
  parseJsonbText,
  parseJsonText,
  quoteJson,
} from "../types/json-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { T } from "../types/type-oids.ts";
import { asNumber, asText, define, defineFor, isTrue, truth } from "./define.ts";
import { isStructured, keyText, toJson } from "./json-text.ts";
import type { CallTypes, FunctionContext, FunctionDefinition } from "./registry.ts";
import { variadicValues } from "./variadic.ts";

const conversions: readonly FunctionDefinition[] = [
  defineFor("to_json(anyelement)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, value) => toJson(type, value as Scalar, context);
  }),
  defineFor("to_jsonb(anyelement)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, value) => toJsonb(toJson(type, value as Scalar, context));
  }),
  ...["anyarray", "anyarray, bool"].map((types) =>
    defineFor(`array_to_json(${types})`, ({ args }) => {
      const type = args[0] as Oid;
      return (context, value, pretty) => toJson(type, value as Scalar, context, isTrue(pretty));
    }),
  ),
  ...["record", "record, bool"].map((types) =>
    defineFor(`row_to_json(${types})`, ({ args }) => {
      const type = args[0] as Oid;
      return (context, value, pretty) => toJson(type, value as Scalar, context, isTrue(pretty));
    }),
  ),
];

/** `{"a" : 1, "b" : 2}` */
function buildObject(
  name: string,
  types: CallTypes,
  context: FunctionContext,
  args: Scalar[],
): string {
  const values = variadicValues(types, args, context);
  if (values.length % 2 !== 0) {
    throw new SqlError("22023", "argument list must have even number of elements", {
      hint: `The arguments of ${name}() must consist of alternating keys and values.`,
    });
  }
  const parts: string[] = [];
  for (let at = 0; at < values.length; at += 2) {
    const [key, value] = [values[at], values[at + 1]] as [Typed, Typed];
    if (key.value === null) {
      if (name === "json_build_object") {
        throw new SqlError("22023", `argument ${at + 1} cannot be null`, {
          hint: "Object keys should be text.",
        });
      }
      throw new SqlError("22023", `argument ${at + 1}: key must not be null`);
    }
    if (isStructured(key.type, context) || isDocument(key.type)) {
      throw new SqlError("22023", "key value must be scalar, not array, composite, or json");
    }
    const text = quoteJson(keyText(key.type, key.value, context));
    parts.push(`${text} : ${toJson(value.type, value.value, context)}`);
  }
  return `{${parts.join(", ")}}`;
}

const isDocument = (type: Oid): boolean => type === T.json || type === T.jsonb;

interface Typed {
  readonly type: Oid;
  readonly value: Scalar;
}

const buildArray = (types: CallTypes, context: FunctionContext, args: Scalar[]): string =>
  `[${variadicValues(types, args, context)
    .map(({ type, value }) => toJson(type, value, context))
    .join(", ")}]`;

const builders: readonly FunctionDefinition[] = [
  define("json_build_object()", () => "{}"),
  define("json_build_array()", () => "[]"),
  define("jsonb_build_object()", () => "{}"),
  define("jsonb_build_array()", () => "[]"),
  defineFor(
    "json_build_object(any)",
    (types) =>
      (context, ...args) =>
        types.variadic && args[0] === null
          ? null
          : buildObject("json_build_object", types, context, args),
  ),
  defineFor(
    "json_build_array(any)",
    (types) =>
      (context, ...args) =>
        types.variadic && args[0] === null ? null : buildArray(types, context, args),
  ),
  defineFor(
    "jsonb_build_object(any)",
    (types) =>
      (context, ...args) =>
        types.variadic && args[0] === null
          ? null
          : toJsonb(buildObject("jsonb_build_object", types, context, args)),
  ),
  defineFor(
    "jsonb_build_array(any)",
    (types) =>
      (context, ...args) =>
        types.variadic && args[0] === null ? null : toJsonb(buildArray(types, context, args)),
  ),
];

/** An array's elements. Throws 2202E for one of more dimensions. */
function plainElements(text: string): readonly Scalar[] {
  const { dimensions, elements } = decodeArray(text, "text");
  if (dimensions.length > 1) throw new SqlError("2202E", "wrong number of array subscripts");
  return elements;
}

/** json_object('{a,b}', '{1,2}'): values are strings. An empty array has no dimension. */
function objectOfLists(keys: string, values: string): string {
  const [names, given] = [plainElements(keys), plainElements(values)];
  if ((names.length === 0) !== (given.length === 0)) {
    throw new SqlError("2202E", "wrong number of array subscripts");
  }
  return objectOf(names, given);
}

function objectOf(keys: readonly Scalar[], values: readonly Scalar[]): string {
  if (keys.length !== values.length) throw new SqlError("2202E", "mismatched array dimensions");
  const parts = keys.map((key, at) => {
    if (key === null) throw new SqlError("22004", "null value not allowed for object key");
    const value = values[at] as Scalar;
    return `${quoteJson(asText(key))} : ${value === null ? "null" : quoteJson(asText(value))}`;
  });
  return `{${parts.join(", ")}}`;
}

/** json_object('{a,1,b,2}') */
function objectOfPairs(text: string): string {
  const { dimensions, elements } = decodeArray(text, "text");
  const pairs = dimensions.length === 2 && dimensions[1] === 2;
  if (dimensions.length > 1 && !pairs) {
    throw new SqlError(
      "2202E",
      dimensions.length > 2 ? "wrong number of array subscripts" : "array must have two columns",
    );
  }
  if (dimensions.length === 1 && elements.length % 2 !== 0) {
    throw new SqlError("2202E", "array must have even number of elements");
  }
  const half = (rest: number) => elements.filter((_value, at) => at % 2 === rest);
  return objectOf(half(0), half(1));
}

/** One of the two types: how a part is returned, and how texts are taken. */
interface Family {
  readonly name: "json" | "jsonb";
  readonly show: (node: JsonNode, source: string) => string;
}
const families: readonly Family[] = [
  { name: "json", show: (node, source) => source.slice(...(node.span ?? [0])) },
  { name: "jsonb", show: formatJsonb },
];

const field = (node: JsonNode, key: string): JsonNode | undefined =>
  node.kind === "object" ? node.entries.findLast(([name]) => name === key)?.[1] : undefined;
const element = (node: JsonNode, index: number): JsonNode | undefined =>
  node.kind === "array"
    ? node.items.at(index < -node.items.length ? node.items.length : index)
    : undefined;

const isScalar = ({ kind }: JsonNode): boolean => kind !== "array" && kind !== "object";
/** A scalar of jsonb is kept as an array of one, and `->` finds it there. */
const listOf = (node: JsonNode): JsonNode => ({ kind: "array", items: [node] });

function follow(node: JsonNode, path: readonly Scalar[]): JsonNode | undefined {
  let current: JsonNode | undefined = node;
  for (const step of path) {
    if (!current || step === null) return undefined;
    const text = asText(step);
    if (current.kind === "object") current = field(current, text);
    else current = /^[+-]?\d+$/.test(text.trim()) ? element(current, Number(text)) : undefined;
  }
  return current;
}

/** The text of a part: a string without quotes, JSON's null as NULL. */
function partText(node: JsonNode, source: string, family: Family): Scalar {
  if (node.kind === "null") return null;
  return node.kind === "string" ? node.text : family.show(node, source);
}

const accessors = families.flatMap((family) => {
  const { name, show } = family;
  type Find = (node: JsonNode, arg: Scalar) => JsonNode | undefined;
  const both = (functionName: string, types: string, find: Find, textName: string) => [
    define(`${functionName}(${types})`, (_c, source, arg) => {
      const found = find(parseJsonbText(asText(source)), arg as Scalar);
      return found ? show(found, asText(source)) : null;
    }),
    define(`${textName}(${types})`, (_c, source, arg) => {
      const found = find(parseJsonbText(asText(source)), arg as Scalar);
      return found ? partText(found, asText(source), family) : null;
    }),
  ];
  const byPath: Find = (node, path) => follow(node, arrayElements(asText(path), "text"));
  return [
    ...both(
      `${name}_object_field`,
      `${name}, text`,
      (node, key) => field(node, asText(key)),
      `${name}_object_field_text`,
    ),
    ...both(
      `${name}_array_element`,
      `${name}, int4`,
      (node, at) => element(isScalar(node) && name === "jsonb" ? listOf(node) : node, asNumber(at)),
      `${name}_array_element_text`,
    ),
    ...both(`${name}_extract_path`, `${name}, _text`, byPath, `${name}_extract_path_text`),
    define(`${name}_typeof(${name})`, (_c, source) => typeName(parseJsonText(asText(source)))),
    define(`${name}_array_length(${name})`, (_c, source) => arrayLength(asText(source), name)),
    define(`${name}_object(_text)`, (_c, pairs) => build(name, objectOfPairs(asText(pairs)))),
    define(`${name}_object(_text, _text)`, (_c, keys, values) =>
      build(name, objectOfLists(asText(keys), asText(values))),
    ),
    define(`${name}_strip_nulls(${name})`, (_c, source) =>
      compact(stripNulls(parseJsonbText(asText(source))), name),
    ),
  ];
});

const build = (name: string, text: string): string => (name === "jsonb" ? toJsonb(text) : text);

const typeName = (node: JsonNode): string => (node.kind === "bool" ? "boolean" : node.kind);

function arrayLength(source: string, name: string): bigint {
  const node = parseJsonText(source);
  if (node.kind === "array") return BigInt(node.items.length);
  const what = node.kind === "object" ? "a non-array" : "a scalar";
  if (name === "jsonb" || node.kind === "object") {
    throw new SqlError("22023", `cannot get array length of ${what}`);
  }
  throw new SqlError("22023", "cannot get array length of a scalar");
}

function stripNulls(node: JsonNode): JsonNode {
  if (node.kind === "array") return { kind: "array", items: node.items.map(stripNulls) };
  if (node.kind !== "object") return node;
  const kept = node.entries.filter(([, value]) => value.kind !== "null");
  return { kind: "object", entries: kept.map(([key, value]) => [key, stripNulls(value)]) };
}

/** json without spaces, as functions that rewrite it print it. */
export function compact(node: JsonNode, name: string): string {
  if (name === "jsonb") return formatJsonb(node);
  if (node.kind === "array") return `[${node.items.map((item) => compact(item, name)).join(",")}]`;
  if (node.kind !== "object") return formatJsonb(node);
  const parts = node.entries.map(([key, value]) => `${quoteJson(key)}:${compact(value, name)}`);
  return `{${parts.join(",")}}`;
}

/** Every part of `part` is somewhere in `whole`, by jsonb's rules. */
function contains(whole: JsonNode, part: JsonNode, outermost = true): boolean {
  if (whole.kind === "array" && part.kind === "array") {
    return part.items.every((item) => whole.items.some((one) => contains(one, item, false)));
  }
  if (whole.kind === "object" && part.kind === "object") {
    return part.entries.every(([key, value]) => {
      const found = field(whole, key);
      return found !== undefined && contains(found, value, false);
    });
  }
  if (outermost && whole.kind === "array" && part.kind !== "object") {
    return whole.items.some((item) => compareJson(item, part) === 0);
  }
  return compareJson(whole, part) === 0;
}

const hasKey = (node: JsonNode, key: Scalar): boolean => {
  if (key === null) return false;
  if (node.kind === "object") return field(node, asText(key)) !== undefined;
  if (node.kind === "array")
    return node.items.some((item) => item.kind === "string" && item.text === key);
  return node.kind === "string" && node.text === key;
};

function concatenate(a: JsonNode, b: JsonNode): JsonNode {
  if (a.kind === "object" && b.kind === "object") {
    return { kind: "object", entries: [...a.entries, ...b.entries] };
  }
  const items = (node: JsonNode): readonly JsonNode[] =>
    node.kind === "array" ? node.items : [node];
  return { kind: "array", items: [...items(a), ...items(b)] };
}

function withoutKeys(node: JsonNode, keys: readonly Scalar[]): JsonNode {
  if (node.kind === "object") {
    return { kind: "object", entries: node.entries.filter(([key]) => !keys.includes(key)) };
  }
  if (node.kind === "array") {
    const items = node.items.filter((item) => item.kind !== "string" || !keys.includes(item.text));
    return { kind: "array", items };
  }
  throw new SqlError("22023", "cannot delete from scalar");
}

function withoutElement(node: JsonNode, index: number): JsonNode {
  if (node.kind === "object") {
    throw new SqlError("22023", "cannot delete from object using integer index");
  }
  if (node.kind !== "array") throw new SqlError("22023", "cannot delete from scalar");
  const at = index < 0 ? node.items.length + index : index;
  return { kind: "array", items: node.items.filter((_item, position) => position !== at) };
}

function pretty(node: JsonNode, indent: string): string {
  const inner = `${indent}    `;
  if (node.kind === "array" && node.items.length > 0) {
    const items = node.items.map((item) => inner + pretty(item, inner));
    return `[\n${items.join(",\n")}\n${indent}]`;
  }
  if (node.kind === "object" && node.entries.length > 0) {
    const entries = node.entries.map(
      ([key, value]) => `${inner}${quoteJson(key)}: ${pretty(value, inner)}`,
    );
    return `{\n${entries.join(",\n")}\n${indent}}`;
  }
  if (node.kind === "array") return `[\n${indent}]`;
  return node.kind === "object" ? `{\n${indent}}` : formatJsonb(node);
}

const read = (value: Scalar | undefined): JsonNode => parseJsonText(asText(value));
const texts = (value: Scalar | undefined) => arrayElements(asText(value), "text");

const jsonbOperators: readonly FunctionDefinition[] = [
  define("jsonb_contains(jsonb, jsonb)", (_c, a, b) => truth(contains(read(a), read(b)))),
  define("jsonb_contained(jsonb, jsonb)", (_c, a, b) => truth(contains(read(b), read(a)))),
  define("jsonb_exists(jsonb, text)", (_c, value, key) =>
    truth(hasKey(read(value), key as Scalar)),
  ),
  define("jsonb_exists_any(jsonb, _text)", (_c, value, keys) =>
    truth(texts(keys).some((key) => hasKey(read(value), key))),
  ),
  define("jsonb_exists_all(jsonb, _text)", (_c, value, keys) =>
    truth(texts(keys).every((key) => key === null || hasKey(read(value), key))),
  ),
  define("jsonb_concat(jsonb, jsonb)", (_c, a, b) =>
    formatJsonb(normalize(concatenate(read(a), read(b)))),
  ),
  define("jsonb_delete(jsonb, text)", (_c, value, key) =>
    formatJsonb(withoutKeys(read(value), [key as Scalar])),
  ),
  define("jsonb_delete(jsonb, _text)", (_c, value, keys) =>
    formatJsonb(withoutKeys(read(value), plainElements(asText(keys)))),
  ),
  define("jsonb_delete(jsonb, int4)", (_c, value, index) =>
    formatJsonb(withoutElement(read(value), asNumber(index))),
  ),
  define("jsonb_pretty(jsonb)", (_c, value) => pretty(read(value), "")),
];

export const jsonFunctions: readonly FunctionDefinition[] = [
  ...conversions,
  ...builders,
  ...accessors,
  ...jsonbOperators,
];
