/**
 * UPDATE … SET j['a'][1] = x: jsonb with a part replaced. What the path lacks is made: arrays where
 * a step is a number, with nulls before it, else objects.
 * https://www.postgresql.org/docs/15/datatype-json.html#JSONB-SUBSCRIPTING
 */
import { SqlError } from "../../base/sql-error.ts";
import { checkGrowth } from "../functions/limits.ts";
import type { FunctionContext } from "../functions/registry.ts";
import { formatJsonb, type JsonNode, normalize, parseJsonText } from "../types/json-value.ts";
import type { Scalar } from "../types/scalar.ts";

const NULL: JsonNode = { kind: "null" };
/** Bytes that a null takes in an array. */
const NULL_BYTES = 4;

const isInteger = (step: string): boolean => {
  const value = Number(step);
  return /^\s*[+-]?\d+$/.test(step) && value >= -(2 ** 31) && value < 2 ** 31;
};

/** `asArray`: what is NULL becomes an array. Throws 22004, 22023, 22P02, 54000. */
export function withPart(
  context: FunctionContext,
  container: Scalar,
  value: Scalar,
  asArray: boolean,
  steps: readonly Scalar[],
): string {
  const path = steps.map((step) => {
    if (step !== null) return String(step);
    throw new SqlError("22004", "jsonb subscript in assignment must not be null");
  });
  const none: JsonNode = asArray ? { kind: "array", items: [] } : { kind: "object", entries: [] };
  const source = container === null ? none : parseJsonText(String(container));
  const put = value === null ? NULL : parseJsonText(String(value));
  return formatJsonb(normalize(new Assignment(context, path, put).within(source, 0)));
}

class Assignment {
  readonly #context: FunctionContext;
  readonly #path: readonly string[];
  readonly #value: JsonNode;

  constructor(context: FunctionContext, path: readonly string[], value: JsonNode) {
    this.#context = context;
    this.#path = path;
    this.#value = value;
  }

  /** The node with what the path from this level on names in it. */
  within(node: JsonNode, level: number): JsonNode {
    const step = this.#path[level];
    if (step === undefined) return this.#value;
    if (node.kind === "array")
      return { kind: "array", items: this.#items(node.items, level, step) };
    if (node.kind !== "object") {
      throw new SqlError("22023", "cannot replace existing key", {
        detail: "The path assumes key is a composite object, but it is a scalar value.",
      });
    }
    const { entries } = node;
    const at = entries.findIndex(([key]) => key === step);
    const before = entries[at]?.[1];
    const made = before ? this.within(before, level + 1) : this.#made(level + 1);
    const changed = entries.map((entry, place) => (place === at ? ([step, made] as const) : entry));
    return { kind: "object", entries: at < 0 ? [...entries, [step, made]] : changed };
  }

  #items(items: readonly JsonNode[], level: number, step: string): JsonNode[] {
    const place = `path element at position ${level + 1} is`;
    if (!isInteger(step)) throw new SqlError("22P02", `${place} not an integer: "${step}"`);
    const given = Number(step);
    const at = given < 0 ? items.length + given : given;
    if (at < 0) throw new SqlError("22023", `${place} out of range: ${given}`);
    const before = items[at];
    const made = before ? this.within(before, level + 1) : this.#made(level + 1);
    if (before) return items.with(at, made);
    return [...items, ...this.#nulls(at - items.length), made];
  }

  /** What stands at the end of a path of which nothing is there. */
  #made(level: number): JsonNode {
    const step = this.#path[level];
    if (step === undefined) return this.#value;
    const inside = this.#made(level + 1);
    if (!isInteger(step)) return { kind: "object", entries: [[step, inside]] };
    return { kind: "array", items: [...this.#nulls(Math.max(Number(step), 0)), inside] };
  }

  #nulls(count: number): JsonNode[] {
    checkGrowth(this.#context, count * NULL_BYTES);
    return new Array<JsonNode>(count).fill(NULL);
  }
}
