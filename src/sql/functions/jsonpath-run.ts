/**
 * A jsonpath over a jsonb value: the items that it finds, one after the other. Of a generator only
 * as much runs as is asked for, so that lax paths stop at the first item as PostgreSQL's do.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/jsonpath_exec.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { type Decimal, negate, parseDecimal, toNumber, truncate } from "../types/decimal.ts";
import type { JsonNode } from "../types/json-value.ts";
import type { JsonPath, PathItem } from "../types/jsonpath-parser.ts";
import { LAST_LEVEL } from "../types/jsonpath-parser.ts";
import { type BaseObject, baseObject, keyValues } from "./jsonpath-key-values.ts";
import {
  datetime,
  double,
  fault,
  number,
  PathFault,
  type PathNode,
  rounded,
} from "./jsonpath-methods.ts";
import { momentTypes } from "./jsonpath-moments.ts";
import { arithmetic, type Comparing, compareNodes } from "./jsonpath-operators.ts";
import { regexMatches } from "./regex.ts";
import type { FunctionContext } from "./registry.ts";

type Items = Generator<PathNode, void>;
/** undefined: unknown. */
type Truth = boolean | undefined;
type ArrayNode = Extract<JsonNode, { kind: "array" }>;

const children = (node: PathNode): readonly JsonNode[] =>
  node.kind === "array"
    ? node.items
    : node.kind === "object"
      ? node.entries.map(([, value]) => value)
      : [];
const isContainer = (node: PathNode): boolean => node.kind === "array" || node.kind === "object";

/** Where a step is applied. */
interface Place {
  /** `@`. */
  readonly current: PathNode;
  /** Of the array around, for LAST. */
  readonly length: number;
  /** What does not fit the structure is passed over. */
  readonly ignores: boolean;
  /** What the value is part of. */
  readonly base?: () => BaseObject;
}

const NONE: JsonNode = { kind: "object", entries: [] };

/** Found when it is asked for. */
function baseOf(root: JsonNode, id: number): () => BaseObject {
  let base: BaseObject | undefined;
  return () => {
    base ??= baseObject(root, id);
    return base;
  };
}

export class PathRun {
  readonly #context: FunctionContext;
  readonly #path: JsonPath;
  readonly #root: JsonNode;
  readonly #variables: JsonNode;
  readonly #comparing: Comparing;
  readonly #rootBase: () => BaseObject;
  #nextObject: number;

  /** Throws 22023 when `variables` is no object. */
  constructor(
    context: FunctionContext,
    path: JsonPath,
    root: JsonNode,
    variables: JsonNode | undefined,
    usesZone: boolean,
  ) {
    this.#context = context;
    this.#path = path;
    this.#root = root;
    this.#variables = variables ?? NONE;
    this.#comparing = { context, usesZone };
    this.#rootBase = baseOf(root, 0);
    this.#nextObject = variables ? 2 : 1;
    if (this.#variables.kind !== "object") {
      const detail = 'Jsonpath parameters should be encoded as key-value pairs of "vars" object.';
      throw new SqlError("22023", '"vars" argument is not an object', { detail });
    }
  }

  get isLax(): boolean {
    return !this.#path.isStrict;
  }

  /** Throws PathFaults where the path meets what does not fit. */
  items(): Items {
    const place = { current: this.#root, length: -1, ignores: this.isLax };
    return this.#item(this.#path.item, this.#root, place, this.isLax);
  }

  /** `unwraps`: an array stands for its elements where the step takes no array. */
  *#item(item: PathItem, node: PathNode, place: Place, unwraps: boolean): Items {
    const array = unwraps && node.kind === "array" ? node : undefined;
    switch (item.kind) {
      case "root":
        return yield* this.#next(item, this.#root, { ...place, base: this.#rootBase });
      case "current":
        return yield* this.#next(item, place.current, place);
      case "last":
        return yield* this.#next(
          item,
          number({ units: BigInt(place.length - 1), scale: 0 }),
          place,
        );
      case "variable": {
        const base = baseOf(this.#variables, 1);
        return yield* this.#next(item, this.#constant(item), { ...place, base });
      }
      case "literal":
      case "string":
        return yield* this.#next(item, this.#constant(item), place);
      case "key":
        if (array) return yield* this.#each(item, array, place);
        return yield* this.#key(item, node, place);
      case "anyKey":
        if (array) return yield* this.#each(item, array, place);
        if (node.kind === "object") return yield* this.#anyBelow(item, node, place, [1, 1], 1);
        if (place.ignores) return;
        throw fault("2203C", "jsonpath wildcard member accessor can only be applied to an object");
      case "anyArray":
        if (node.kind === "array") return yield* this.#anyBelow(item, node, place, [1, 1], 1);
        if (this.isLax) return yield* this.#next(item, node, place);
        if (place.ignores) return;
        throw fault("22039", "jsonpath wildcard array accessor can only be applied to an array");
      case "any": {
        const inside = { ...place, ignores: true };
        if (item.from === 0) yield* this.#next(item, node, inside);
        return yield* this.#anyBelow(item, node, inside, [item.from, item.to], 1);
      }
      case "indexes":
        return yield* this.#indexes(item, node, place);
      case "filter":
        if (array) return yield* this.#each(item, array, place);
        if (this.#test(item.arg, node, { ...place, current: node })) {
          yield* this.#next(item, node, place);
        }
        return;
      case "plus":
      case "minus":
        return yield* this.#sign(item, item.arg, node, place);
      case "method":
        if (array && item.name !== "type" && item.name !== "size") {
          return yield* this.#each(item, array, place);
        }
        if (item.name === "keyvalue") return yield* this.#keyValues(item, node, place);
        return yield* this.#next(item, this.#method(item, node, place), place);
      case "binary":
        if ("+-*/%".includes(item.operator)) {
          return yield* this.#next(item, this.#arithmetic(item, node, place), place);
        }
    }
    const truth = this.#test(item, node, place);
    const value: PathNode = truth === undefined ? { kind: "null" } : { kind: "bool", value: truth };
    yield* this.#next(item, value, place);
  }

  *#next({ next }: PathItem, node: PathNode, place: Place): Items {
    if (next) yield* this.#item(next, node, place, this.isLax);
    else yield node;
  }

  *#each(item: PathItem, { items }: ArrayNode, place: Place): Items {
    for (const each of items) yield* this.#item(item, each, place, false);
  }

  *#keyValues(item: PathItem, node: PathNode, place: Place): Items {
    if (node.kind !== "object") {
      const message = "jsonpath item method .keyvalue() can only be applied to an object";
      throw fault("2203C", message);
    }
    for (const made of keyValues(node, place.base?.())) {
      yield* this.#next(item, made, { ...place, base: baseOf(made, this.#nextObject++) });
    }
  }

  #constant(item: PathItem): JsonNode {
    if (item.kind === "string") return { kind: "string", text: item.text };
    if (item.kind === "variable") {
      const { entries } = this.#variables as Extract<JsonNode, { kind: "object" }>;
      const found = entries.find(([key]) => key === item.text);
      if (found) return found[1];
      throw new SqlError("42704", `could not find jsonpath variable "${item.text}"`);
    }
    const { text, isNumber } = item as PathItem & { kind: "literal" };
    if (isNumber) return { kind: "number", text };
    return text === "null" ? { kind: "null" } : { kind: "bool", value: text === "true" };
  }

  *#key(item: PathItem & { kind: "key" | "string" | "variable" }, node: PathNode, place: Place) {
    if (node.kind !== "object") {
      if (place.ignores) return;
      throw fault("2203A", "jsonpath member accessor can only be applied to an object");
    }
    const found = node.entries.find(([key]) => key === item.text);
    if (found) yield* this.#next(item, found[1], place);
    else if (!place.ignores) {
      throw fault("2203A", `JSON object does not contain key "${item.text}"`);
    }
  }

  /** What is `from` to `to` levels below; both last: what has nothing below it. */
  *#anyBelow(
    item: PathItem,
    node: PathNode,
    place: Place,
    [from, to]: readonly [number, number],
    level: number,
  ): Items {
    if (level > to) return;
    for (const child of children(node)) {
      const isLeaf = from === LAST_LEVEL && to === LAST_LEVEL && !isContainer(child);
      if (level >= from || isLeaf) yield* this.#next(item, child, place);
      if (level < to) yield* this.#anyBelow(item, child, place, [from, to], level + 1);
    }
  }

  *#indexes(item: PathItem & { kind: "indexes" }, node: PathNode, place: Place): Items {
    if (node.kind !== "array" && !this.isLax) {
      if (place.ignores) return;
      throw fault("22039", "jsonpath array accessor can only be applied to an array");
    }
    const items = node.kind === "array" ? node.items : [node];
    const inside = { ...place, length: items.length };
    for (const [first, second] of item.indexes) {
      if (!first) continue;
      const from = this.#index(first, node, inside);
      const to = second ? this.#index(second, node, inside) : from;
      if (!place.ignores && (from < 0 || from > to || to >= items.length)) {
        throw fault("22033", "jsonpath array subscript is out of bounds");
      }
      for (const each of items.slice(Math.max(from, 0), Math.max(to + 1, 0))) {
        yield* this.#next(item, each, inside);
      }
    }
  }

  #index(item: PathItem, node: PathNode, place: Place): number {
    const [found, ...more] = this.#item(item, node, place, this.isLax);
    if (found?.kind !== "number" || more.length > 0) {
      throw fault("22033", "jsonpath array subscript is not a single numeric value");
    }
    const whole = toNumber(truncate(parseDecimal(found.text), 0));
    if (Math.abs(whole) <= 0x7fff_ffff || whole === -0x8000_0000) return whole;
    throw fault("22033", "jsonpath array subscript is out of integer range");
  }

  /** Items of an operand: in lax mode arrays stand for their elements. */
  #operand(item: PathItem, node: PathNode, place: Place, unwraps = true): PathNode[] {
    const found = [...this.#item(item, node, place, this.isLax)];
    if (!unwraps || !this.isLax) return found;
    return found.flatMap<PathNode>((each) => (each.kind === "array" ? each.items : [each]));
  }

  #arithmetic(item: PathItem & { kind: "binary" }, node: PathNode, place: Place): PathNode {
    const [left, right] = item.args.map((arg) => this.#operand(arg, node, place));
    const only = (items: readonly PathNode[] | undefined, side: string): Decimal => {
      const [first, ...more] = items ?? [];
      if (first?.kind === "number" && more.length === 0) return parseDecimal(first.text);
      const what = `${side} operand of jsonpath operator ${item.operator}`;
      throw fault("22038", `${what} is not a single numeric value`);
    };
    const values = [only(left, "left"), only(right, "right")] as const;
    try {
      return number(arithmetic(item.operator, ...values));
    } catch (error) {
      throw error instanceof SqlError ? fault(error.code, error.message) : error;
    }
  }

  *#sign(item: PathItem, arg: PathItem, node: PathNode, place: Place): Items {
    const sign = item.kind === "plus" ? "+" : "-";
    for (const each of this.#operand(arg, node, place)) {
      if (each.kind !== "number") {
        const message = `operand of unary jsonpath operator ${sign} is not a numeric value`;
        throw fault("2203B", message);
      }
      const value = parseDecimal(each.text);
      yield* this.#next(item, number(sign === "-" ? negate(value) : value), place);
    }
  }

  #method(item: PathItem & { kind: "method" }, node: PathNode, place: Place): PathNode {
    const { name } = item;
    switch (name) {
      case "type":
        return { kind: "string", text: typeName(node) };
      case "size": {
        const length = node.kind === "array" ? node.items.length : 1;
        if (node.kind !== "array" && !this.isLax && !place.ignores) {
          throw fault("22039", "jsonpath item method .size() can only be applied to an array");
        }
        return number({ units: BigInt(length), scale: 0 });
      }
      case "double":
        return double(node);
      case "abs":
      case "floor":
      case "ceiling":
        return rounded(name, node);
      case "datetime":
        return datetime(node, item.arg?.kind === "string" ? item.arg.text : undefined);
      default:
        throw new TypeError(`there is no method ${name}`);
    }
  }

  /** A predicate; what does not fit within it makes it unknown. */
  #test(item: PathItem, node: PathNode, place: Place): Truth {
    const test = (arg: PathItem | undefined) => arg && this.#test(arg, node, place);
    switch (item.kind) {
      case "not": {
        const truth = test(item.arg);
        return truth === undefined ? undefined : !truth;
      }
      case "isUnknown":
        return test(item.arg) === undefined;
      case "exists":
        return unlessFault(() => {
          if (!this.isLax) return this.#operand(item.arg, node, place, false).length > 0;
          return !this.#item(item.arg, node, place, true).next().done;
        });
      case "regex":
        return this.#predicate([item.arg], node, place, (text) =>
          text.kind === "string" ? this.#isLike(item, text.text) : undefined,
        );
      case "binary": {
        const { operator, args } = item;
        if (operator === "&&" || operator === "||") {
          const decides = operator === "||";
          const first = test(args[0]);
          if (first === decides) return decides;
          const second = test(args[1]);
          return second === !decides ? first : second;
        }
        return this.#predicate(args, node, place, (left, right) => {
          if (operator !== "starts with")
            return right && compareNodes(operator, left, right, this.#comparing);
          const both = left.kind === "string" && right?.kind === "string";
          return both ? left.text.startsWith(right.text) : undefined;
        });
      }
      default:
        throw new SqlError("XX000", `invalid boolean jsonpath item type: ${item.kind}`);
    }
  }

  /** True of some pair of the operands' items. */
  #predicate(
    [left, right]: readonly PathItem[],
    node: PathNode,
    place: Place,
    holds: (left: PathNode, right: PathNode | undefined) => Truth,
  ): Truth {
    return unlessFault(() => {
      const lefts = left ? this.#operand(left, node, place) : [];
      const unwraps = right?.kind !== "string" && right?.kind !== "variable";
      const rights = right ? this.#operand(right, node, place, unwraps) : [undefined];
      let [isTrue, isUnknown] = [false, false];
      for (const one of lefts) {
        for (const other of rights) {
          const truth = holds(one, other);
          if (truth === undefined) {
            if (!this.isLax) return undefined;
            isUnknown = true;
          } else if (truth) {
            if (this.isLax) return true;
            isTrue = true;
          }
        }
      }
      return isTrue || (isUnknown ? undefined : false);
    });
  }

  #isLike({ text, flags }: PathItem & { kind: "regex" }, value: string): boolean {
    const insensitive = flags.includes("i");
    if (flags.includes("q")) return regexMatches(this.#context, value, `***=${text}`, insensitive);
    const modes = `${flags.includes("s") ? "" : "p"}${flags.includes("m") ? "w" : ""}`;
    const mode = modes === "pw" ? "n" : modes;
    const pattern = mode === "" ? text : `(?${mode})${text}`;
    return regexMatches(this.#context, value, pattern, insensitive);
  }
}

function typeName(node: PathNode): string {
  if (node.kind === "datetime") return momentTypes[node.type];
  return node.kind === "bool" ? "boolean" : node.kind;
}

function unlessFault(work: () => Truth): Truth {
  try {
    return work();
  } catch (error) {
    if (error instanceof PathFault) return undefined;
    throw error;
  }
}
