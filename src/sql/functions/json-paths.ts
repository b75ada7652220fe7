/**
 * jsonb changed at a path: jsonb_set, jsonb_insert, #-.
 * https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-JSON-PROCESSING-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import { decodeArray } from "../types/array-value.ts";
import { formatJsonb, type JsonNode, normalize, parseJsonText } from "../types/json-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asText, define, isTrue } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

/** What happens at the path's end; `create` replaces what is there and adds what is not. */
type Action = "replace" | "create" | "insertBefore" | "insertAfter" | "delete";

interface Edit {
  readonly path: readonly Scalar[];
  readonly value: JsonNode;
  readonly action: Action;
}

const adds = (action: Action): boolean => action !== "replace" && action !== "delete";

function edited(node: JsonNode, edit: Edit, level: number): JsonNode {
  if (node.kind !== "array" && node.kind !== "object") return node;
  const step = edit.path[level];
  if (step === undefined) return node;
  if (step === null) {
    throw new SqlError("22004", `path element at position ${level + 1} is null`);
  }
  return node.kind === "array"
    ? { kind: "array", items: editedItems(node.items, edit, level, asText(step)) }
    : { kind: "object", entries: editedEntries(node.entries, edit, level, asText(step)) };
}

/** Below 0 from the end; beyond the ends the first and the last place. */
function indexOf(step: string, level: number, length: number): number {
  const number = Number(step);
  const whole = /^\s*[+-]?\d+$/.test(step) && number >= -(2 ** 31) && number < 2 ** 31;
  if (!whole) {
    const message = `path element at position ${level + 1} is not an integer: "${step}"`;
    throw new SqlError("22P02", message);
  }
  if (number >= 0) return Math.min(number, length);
  return -number > length ? -1 : length + number;
}

function editedItems(
  items: readonly JsonNode[],
  edit: Edit,
  level: number,
  step: string,
): JsonNode[] {
  const { value, action } = edit;
  const at = indexOf(step, level, items.length);
  const last = level === edit.path.length - 1;
  if (last && adds(action) && (at < 0 || items.length === 0)) return [value, ...items];
  const result = items.flatMap((item, index) => {
    if (index !== at) return [item];
    if (!last) return [edited(item, edit, level + 1)];
    switch (action) {
      case "delete":
        return [];
      case "insertBefore":
        return [value, item];
      case "insertAfter":
        return [item, value];
      default:
        return [value];
    }
  });
  if (last && adds(action) && at === items.length) result.push(value);
  return result;
}

type Entry = readonly [string, JsonNode];

function editedEntries(
  entries: readonly Entry[],
  edit: Edit,
  level: number,
  step: string,
): Entry[] {
  const { value, action } = edit;
  const last = level === edit.path.length - 1;
  const found = entries.some(([key]) => key === step);
  if (!found) return last && adds(action) ? [...entries, [step, value]] : [...entries];
  return entries.flatMap((entry): Entry[] => {
    if (entry[0] !== step) return [entry];
    if (!last) return [[step, edited(entry[1], edit, level + 1)]];
    if (action === "delete") return [];
    if (action === "insertBefore" || action === "insertAfter") {
      throw new SqlError("22023", "cannot replace existing key", {
        hint: "Try using the function jsonb_set to replace key value.",
      });
    }
    return [[step, value]];
  });
}

function steps(path: string): readonly Scalar[] {
  const { dimensions, elements } = decodeArray(path, "text");
  if (dimensions.length > 1) throw new SqlError("2202E", "wrong number of array subscripts");
  return elements;
}

/** Throws 22023 for a scalar: it has no paths. */
function atPath(source: string, path: string, value: JsonNode, action: Action): string {
  const node = parseJsonText(source);
  const elements = steps(path);
  if (node.kind !== "array" && node.kind !== "object") {
    const verb = action === "delete" ? "delete" : "set";
    throw new SqlError("22023", `cannot ${verb} path in scalar`);
  }
  const empty = node.kind === "array" ? node.items.length === 0 : node.entries.length === 0;
  if (elements.length === 0 || (empty && !adds(action))) return source;
  return formatJsonb(normalize(edited(node, { path: elements, value, action }, 0)));
}

const NULL: JsonNode = { kind: "null" };

const set = (source: Scalar, path: Scalar, value: JsonNode, create: boolean): string =>
  atPath(asText(source), asText(path), value, create ? "create" : "replace");

/** What a NULL for the new value means. */
function setOrNull(...args: (Scalar | undefined)[]): Scalar {
  const [source = null, path = null, value = null, create = null, treatment = null] = args;
  if (source === null || path === null || create === null) return null;
  if (treatment === null) throw badTreatment();
  if (value !== null) return set(source, path, parseJsonText(asText(value)), isTrue(create));
  switch (treatment) {
    case "raise_exception":
      throw new SqlError("22004", "JSON value must not be null", {
        detail: 'Exception was raised because null_value_treatment is "raise_exception".',
        hint: "To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.",
      });
    case "use_json_null":
      return set(source, path, NULL, isTrue(create));
    case "delete_key":
      return atPath(asText(source), asText(path), NULL, "delete");
    case "return_target":
      return source;
    default:
      throw badTreatment();
  }
}

const badTreatment = () =>
  new SqlError(
    "22023",
    'null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"',
  );

export const jsonPathFunctions: readonly FunctionDefinition[] = [
  define("jsonb_set(jsonb, _text, jsonb, bool)", (_c, source = null, path = null, value, create) =>
    set(source, path, parseJsonText(asText(value)), isTrue(create)),
  ),
  define("jsonb_set_lax(jsonb, _text, jsonb, bool, text)", (_c, ...args) => setOrNull(...args)),
  define("jsonb_insert(jsonb, _text, jsonb, bool)", (_c, source, path, value, after) =>
    atPath(
      asText(source),
      asText(path),
      parseJsonText(asText(value)),
      isTrue(after) ? "insertAfter" : "insertBefore",
    ),
  ),
  define("jsonb_delete_path(jsonb, _text)", (_c, source, path) =>
    atPath(asText(source), asText(path), NULL, "delete"),
  ),
];
