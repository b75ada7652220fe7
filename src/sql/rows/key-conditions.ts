/**
 * WHAT A CONDITION SAYS OF PARTITION KEYS: from comparisons of keys with values that are known
 * before rows are read, which partitions may have rows for which it holds. Whatever is not
 * understood says nothing, so a partition is only ever left out for what is proved.
 * https://www.postgresql.org/docs/15/ddl-partitioning.html#DDL-PARTITION-PRUNING
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import type { Expression } from "../bind/tree.ts";
import { BOOL } from "../bind/type-oids.ts";
import { compareStored, orderKeyOf } from "../execute/sort-keys.ts";
import { decodeArray } from "../types/array-value.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf, elementTypeOf } from "../types/type-io.ts";
import type { KeySpan, KeySpans, PartitionFinder, SpanEnd } from "./partition-finder.ts";
import type { PartitionKey } from "./partitioning.ts";

/** A condition over the table that a query has as entry `table`. */
export interface KeyConditions {
  readonly table: number;
  /** All of them hold. */
  readonly conditions: readonly Expression[];
  /** Number that the query knows a column of the partitioned table by. */
  readonly numberOf: (attribute: number) => number;
  /** Of a constant or parameter; undefined: nothing is known of it. */
  readonly knownValue: (expression: Expression) => Scalar | undefined;
}

export interface PartitionSearch {
  readonly finder: PartitionFinder;
  readonly catalog: CatalogReader;
  readonly types: TypeContext;
  /** Of a hash: what partitions are found by, of values of all keys. */
  readonly hashesOf: (values: readonly Scalar[]) => readonly Scalar[];
}

/** undefined: every partition may have such a row. */
export function partitionsFor(
  search: PartitionSearch,
  given: KeyConditions,
): ReadonlySet<Oid> | undefined {
  return new Reading(search, given).all(given.conditions, []);
}

type Found = ReadonlySet<Oid> | undefined;

/** Strategies of a B-tree; the one of a hash is equality. */
type Comparison = "<" | "<=" | "=" | ">=" | ">";
const BTREE: readonly Comparison[] = ["<", "<=", "=", ">=", ">"];

interface KeyTest {
  readonly at: number;
  /** undefined: it never holds. */
  readonly span: KeySpan | undefined;
}

class Reading {
  readonly #search: PartitionSearch;
  readonly #given: KeyConditions;
  readonly #keys: readonly PartitionKey[];

  constructor(search: PartitionSearch, given: KeyConditions) {
    this.#search = search;
    this.#given = given;
    this.#keys = search.finder.partitioning.keys;
  }

  /** `known`: what else holds of the keys. */
  all(conditions: readonly Expression[], known: KeySpans): Found {
    const spans = [...known];
    const choices: (readonly Expression[])[] = [];
    for (const each of flat("and", conditions)) {
      const choice = this.#choiceOf(each);
      if (choice) {
        choices.push(choice);
        continue;
      }
      const test = this.#testOf(each);
      if (!test) continue;
      const span = test.span && this.#both(test.at, spans[test.at], test.span);
      if (!span) return new Set();
      spans[test.at] = span;
    }
    let found = choices.length === 0 ? this.#within(spans) : undefined;
    for (const choice of choices) found = common(found, this.#any(choice, spans));
    return found;
  }

  #any(choice: readonly Expression[], known: KeySpans): Found {
    const found = new Set<Oid>();
    for (const each of choice) {
      const some = this.all([each], known);
      if (!some) return undefined;
      for (const relation of some) found.add(relation);
    }
    return found;
  }

  #within(spans: KeySpans): Found {
    if (this.#keys.every((_, at) => spans[at] === undefined)) return undefined;
    const { finder, hashesOf, types } = this.#search;
    if (finder.partitioning.strategy !== "hash") {
      const found = finder.within(spans, types);
      return found && new Set(found);
    }
    const values = this.#keys.map((_, at) => onlyValue(spans[at]));
    if (values.includes(undefined)) return undefined;
    const found = finder.find(hashesOf(values as Scalar[]), types);
    return new Set(found === undefined ? [] : [found]);
  }

  /** Conditions of which one holds: OR, and IN of which each value is a condition. */
  #choiceOf(condition: Expression): readonly Expression[] | undefined {
    if (condition.kind === "boolean" && condition.operator === "or") {
      return flat("or", condition.args);
    }
    if (condition.kind !== "arrayOperator" || !condition.any) return undefined;
    const elements = this.#elementsOf(condition.array);
    if (condition.inputCollation !== undefined) return undefined;
    const { operator, function: proc, left, type, typmod, collation } = condition;
    return elements?.map((element) => ({
      kind: "operator",
      ...{ operator, function: proc, args: [left, element], returnsSet: false },
      ...{ type, typmod, collation },
    }));
  }

  #elementsOf(array: Expression): readonly Expression[] | undefined {
    if (array.kind === "relabel") return this.#elementsOf(array.arg);
    if (array.kind === "array") return array.multidimensional ? undefined : array.elements;
    const value = this.#given.knownValue(array);
    if (value === undefined) return undefined;
    if (value === null) return [];
    const { types, catalog } = this.#search;
    const type = elementTypeOf(array.type, catalog);
    if (type === undefined) return undefined;
    const { elements } = decodeArray(String(value), codecOf(type, types).storage);
    const { collation } = array;
    return elements.map((each) => ({ kind: "constant", value: each, type, typmod: -1, collation }));
  }

  /** undefined: it says nothing of one key. */
  #testOf(condition: Expression): KeyTest | undefined {
    switch (condition.kind) {
      case "operator": {
        const [left, right] = condition.args;
        if (!left || !right || condition.inputCollation !== undefined) return undefined;
        return (
          this.#compared(left, right, condition.operator) ??
          this.#compared(right, left, condition.operator, true)
        );
      }
      case "nullTest": {
        const at = condition.row ? -1 : this.#keyOf(condition.arg);
        return at < 0 ? undefined : { at, span: { isNull: condition.isNull } };
      }
      case "booleanTest":
        return this.#truth(condition.arg, TRUTHS[condition.test]);
      case "boolean":
        return condition.operator === "not" ? this.#truth(condition.args[0], 0n) : undefined;
      case "column":
      case "relabel":
        return this.#truth(condition, 1n);
      default:
        return undefined;
    }
  }

  /** The key itself is true, false or (null) unknown. */
  #truth(key: Expression | undefined, value: Scalar | undefined): KeyTest | undefined {
    if (key?.type !== BOOL || value === undefined) return undefined;
    const at = this.#keyOf(key);
    if (at < 0) return undefined;
    return { at, span: value === null ? { isNull: true } : spanOf("=", value) };
  }

  #compared(
    key: Expression,
    other: Expression,
    operator: Oid,
    isTurned = false,
  ): KeyTest | undefined {
    const at = this.#keyOf(key);
    if (at < 0) return undefined;
    const comparison = this.#comparisonOf(operator, this.#keys[at] as PartitionKey);
    const value = comparison && this.#valueFor(this.#keys[at] as PartitionKey, other);
    if (!comparison || value === undefined) return undefined;
    if (value === null) return { at, span: undefined };
    return { at, span: spanOf(isTurned ? TURNED[comparison] : comparison, value) };
  }

  #keyOf(expression: Expression): number {
    if (expression.kind === "relabel") return this.#keyOf(expression.arg);
    if (expression.kind !== "column" || expression.levelsUp > 0) return -1;
    if (expression.table !== this.#given.table) return -1;
    return this.#keys.findIndex(
      ({ attribute }) => attribute > 0 && this.#given.numberOf(attribute) === expression.attribute,
    );
  }

  /** What the operator is in the family by which the key is partitioned. */
  #comparisonOf(operator: Oid, { opclass }: PartitionKey): Comparison | undefined {
    // Rows are routed by the orders of the types themselves.
    if (opclass >= FIRST_USER_OID || operator >= FIRST_USER_OID) return undefined;
    const { catalog, finder } = this.#search;
    const family = catalog.find(pgOpclass, "key", [opclass])?.opcfamily ?? 0;
    const member = catalog.find(pgAmop, "opr_fam", [operator, "s", family]);
    if (!member) return undefined;
    return finder.partitioning.strategy === "hash" ? "=" : BTREE[member.amopstrategy - 1];
  }

  /** undefined: it is not known, or not of a type whose stored forms compare with the key's. */
  #valueFor({ expression }: PartitionKey, other: Expression): Scalar | undefined {
    if (other.kind === "relabel") return this.#valueFor({ expression } as PartitionKey, other.arg);
    const own = expression.type;
    const isSame = own === other.type || ALIKE.some((set) => set.has(own) && set.has(other.type));
    if (!isSame) return undefined;
    const value = this.#given.knownValue(other);
    // A hash is made of a value of the key's own type.
    const isHash = this.#search.finder.partitioning.strategy === "hash";
    return isHash && typeof value === "bigint" && !fits(own, value) ? undefined : value;
  }

  /** undefined: they contradict each other. */
  #both(at: number, a: KeySpan | undefined, b: KeySpan): KeySpan | undefined {
    if (!a) return b;
    if (a.isNull || b.isNull) return a.isNull && b.isNull ? a : undefined;
    const low = this.#tighter(at, a.low, b.low, 1);
    const high = this.#tighter(at, a.high, b.high, -1);
    return { isNull: false, ...(low ? { low } : {}), ...(high ? { high } : {}) };
  }

  #tighter(at: number, a: SpanEnd | undefined, b: SpanEnd | undefined, side: 1 | -1) {
    if (!a || !b) return a ?? b;
    const { type } = (this.#keys[at] as PartitionKey).expression;
    const [left, right] = [a, b].map(({ value }) => orderKeyOf(type, value, this.#search.types));
    const order = compareStored(left as NonNullable<Scalar>, right as NonNullable<Scalar>) * side;
    if (order === 0) return a.inclusive ? b : a;
    return order > 0 ? a : b;
  }
}

/** Types whose values are stored and ordered alike: int2, int4, int8; text, varchar. */
const ALIKE: readonly ReadonlySet<number>[] = [new Set([20, 21, 23]), new Set([25, 1043])];

const BITS: ReadonlyMap<number, number> = new Map([
  [21, 16],
  [23, 32],
]);

const fits = (type: Oid, value: bigint): boolean => {
  const bits = BITS.get(type);
  return bits === undefined || BigInt.asIntN(bits, value) === value;
};

const TURNED: Readonly<Record<Comparison, Comparison>> = {
  "<": ">",
  "<=": ">=",
  "=": "=",
  ">=": "<=",
  ">": "<",
};

const TRUTHS: Readonly<Record<string, Scalar>> = { true: 1n, false: 0n, unknown: null };

function spanOf(comparison: Comparison, value: NonNullable<Scalar>): KeySpan {
  const end: SpanEnd = { value, inclusive: comparison.includes("=") };
  return {
    isNull: false,
    ...(comparison.startsWith("<") ? {} : { low: end }),
    ...(comparison.startsWith(">") ? {} : { high: end }),
  };
}

/** Of a key that is equal to a value, or NULL. */
function onlyValue(span: KeySpan | undefined): Scalar | undefined {
  if (!span) return undefined;
  if (span.isNull) return null;
  return span.low === span.high ? span.low?.value : undefined;
}

const flat = (operator: "and" | "or", conditions: readonly Expression[]): Expression[] =>
  conditions.flatMap((each) =>
    each.kind === "boolean" && each.operator === operator ? flat(operator, each.args) : [each],
  );

function common(a: Found, b: Found): Found {
  if (!a || !b) return a ?? b;
  return new Set([...a].filter((each) => b.has(each)));
}
