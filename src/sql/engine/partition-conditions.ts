/**
 * WHAT ROWS OF A PARTITION MEET, as expressions over its columns, and as a check of its own when it
 * is detached CONCURRENTLY. https://www.postgresql.org/docs/15/sql-altertable.html
 */
import type { Oid } from "../../base/ids.ts";
import { parentsOf } from "../../catalog/inheritance.ts";
import { findAttribute } from "../../catalog/names.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { decodeTree, encodeTree } from "../bind/codec.ts";
import type { BoundDatum, PartitionBound } from "../bind/partition-bound.ts";
import { withColumnNumbers } from "../bind/table-expression.ts";
import type { Expression } from "../bind/tree.ts";
import { finderOf } from "../rows/partition-finder.ts";
import { type Partitioning, type PartitionKey, readPartitioning } from "../rows/partitioning.ts";
import { encodeList } from "../types/array-value.ts";
import type { TypeContext } from "../types/codec.ts";

/**
 * Undefined when valid checks say it already, and for HASH, where the parent's oid is part of it.
 */
export function partitionCheck(types: TypeContext, relation: Oid): Expression | undefined {
  const { catalog } = types;
  const [parent] = parentsOf(catalog, relation);
  if (parent === undefined) return undefined;
  if (readPartitioning(catalog, parent)?.strategy === "hash") return undefined;
  const conditions = partitionConditions(types, relation, true);
  const said = new Set(
    catalog
      .list(pgConstraint, "conrelid_contypid_conname", [relation])
      .filter(({ contype, convalidated }) => contype === "c" && convalidated)
      .flatMap(({ conbin }) => conjuncts(decodeTree(conbin ?? "")).map(encodeTree)),
  );
  return conditions.every((each) => said.has(encodeTree(each)))
    ? undefined
    : all("and", conditions);
}

const conjuncts = (node: Expression): readonly Expression[] =>
  node.kind === "boolean" && node.operator === "and" ? node.args.flatMap(conjuncts) : [node];

const BOOL = { type: 16 as Oid, typmod: -1, collation: 0 as Oid };
const boolean = (operator: "and" | "or" | "not", args: readonly Expression[]): Expression => ({
  kind: "boolean",
  operator,
  args,
  ...BOOL,
});
export const all = (operator: "and" | "or", args: readonly Expression[]): Expression =>
  args.length === 1 ? (args[0] as Expression) : boolean(operator, args);

/** Of the partition and of those that it is in, the outermost first. */
/** `folded`: the values of a list are one constant. */
export function partitionConditions(
  types: TypeContext,
  relation: Oid,
  folded = false,
): Expression[] {
  const { catalog } = types;
  const row = catalog.find(pgClass, "key", [relation]);
  const [parent] = row?.relispartition ? parentsOf(catalog, relation) : [];
  const partitioning = parent === undefined ? undefined : readPartitioning(catalog, parent);
  const bound = partitioning?.partitions.find((each) => each.relation === relation)?.bound;
  if (parent === undefined || !partitioning || !bound) return [];
  const numbers = numbersIn(types, parent, relation);
  const own = new Conditions(types, partitioning, folded).of(bound);
  return [...partitionConditions(types, parent, folded), ...own].map(
    (each) => withColumnNumbers(each, numbers) ?? each,
  );
}

function numbersIn({ catalog }: TypeContext, from: Oid, to: Oid): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const { attnum, attname } of catalog.list(pgAttribute, "key", [from])) {
    const own = findAttribute(catalog, to, attname);
    if (own) numbers.set(attnum, own.attnum);
  }
  return numbers;
}

/** Strategies of a b-tree. */
const [LESS, EQUAL, AT_LEAST, GREATER] = [1, 3, 4, 5];
const LESS_OR_EQUAL = 2;

class Conditions {
  readonly #types: TypeContext;
  readonly #partitioning: Partitioning;
  readonly #folded: boolean;

  constructor(types: TypeContext, partitioning: Partitioning, folded: boolean) {
    this.#types = types;
    this.#partitioning = partitioning;
    this.#folded = folded;
  }

  of(bound: PartitionBound): Expression[] {
    switch (bound.strategy) {
      case "list":
        return this.#list(bound.values);
      case "range":
        return this.#range(bound.lower, bound.upper);
      case "hash":
        return [this.#hash(bound.modulus, bound.remainder)];
      case "default":
        return this.#others();
    }
  }

  /** Of a default partition: what the others do not take. */
  #others(): Expression[] {
    const { strategy, partitions } = this.#partitioning;
    if (partitions.length < 2) return [];
    const finder = finderOf(this.#partitioning, this.#types);
    if (strategy === "list") return [boolean("not", [all("and", this.#list(finder.values))])];
    const bounds = new Map(partitions.map(({ relation, bound }) => [relation, bound]));
    const ranges = finder.inOrder().flatMap((relation) => {
      const bound = bounds.get(relation);
      return bound?.strategy === "range" ? [this.#rangeBody(bound.lower, bound.upper)] : [];
    });
    const taken = all(
      "or",
      ranges.map((each) => all("and", each)),
    );
    const whole = [...this.#notNull(), taken];
    return [boolean("not", [all("and", whole)])];
  }

  #key(at: number): PartitionKey {
    return this.#partitioning.keys[at] as PartitionKey;
  }

  #isNull(at: number, isNot: boolean): Expression {
    const arg = this.#key(at).expression;
    return { kind: "nullTest", isNull: !isNot, arg, row: false, ...BOOL };
  }
  #notNull(): Expression[] {
    return this.#partitioning.keys.map((_, at) => this.#isNull(at, true));
  }

  #compare(at: number, strategy: number, value: Expression): Expression {
    const { expression, opclass } = this.#key(at);
    const { operator, code } = this.#operator(opclass, strategy);
    const args = [expression, value];
    return { kind: "operator", operator, function: code, args, returnsSet: false, ...BOOL };
  }

  #operator(opclass: Oid, strategy: number): { readonly operator: Oid; readonly code: Oid } {
    const { catalog } = this.#types;
    const row = catalog.find(pgOpclass, "key", [opclass]);
    const { opcfamily: family = 0, opcintype: type = 0 } = row ?? {};
    const found = catalog.find(pgAmop, "fam_strat", [family, type, type, strategy]);
    const operator = found?.amopopr ?? (0 as Oid);
    const code = catalog.find(pgOperator, "key", [operator])?.oprcode as Oid;
    return { operator, code };
  }

  #list(values: readonly BoundDatum[]): Expression[] {
    const data = values.filter((datum) => typeof datum !== "string");
    const given = data.filter(({ value }) => value !== null);
    const { type, typmod, collation } = this.#key(0).expression;
    const conditions: Expression[] = [];
    if (given.length === 1 || this.#isArray(type)) {
      const options = given.map((each) => this.#compare(0, EQUAL, each));
      if (options.length > 0) conditions.push(all("or", options));
    } else if (given.length > 1) {
      const { operator, code } = this.#operator(this.#key(0).opclass, EQUAL);
      const whole = { type: this.#arrayOf(type), typmod, collation };
      const array: Expression = this.#folded
        ? { kind: "constant", value: encodeList(given.map(({ value }) => value)), ...whole }
        : {
            kind: "array",
            elements: given,
            elementType: type,
            multidimensional: false,
            ...whole,
          };
      conditions.push({
        kind: "arrayOperator",
        operator,
        function: code,
        any: true,
        left: this.#key(0).expression,
        array,
        ...BOOL,
      });
    }
    if (given.length === data.length) return [this.#isNull(0, true), ...conditions];
    const isNull = this.#isNull(0, false);
    return conditions.length === 0 ? [isNull] : [boolean("or", [isNull, ...conditions])];
  }

  /** Of which there are no arrays. */
  #isArray(type: Oid): boolean {
    return this.#types.catalog.find(pgType, "key", [type])?.typcategory === "A";
  }

  #arrayOf(type: Oid): Oid {
    return (this.#types.catalog.find(pgType, "key", [type])?.typarray ?? 0) as Oid;
  }

  #range(lower: readonly BoundDatum[], upper: readonly BoundDatum[]): Expression[] {
    return [...this.#notNull(), ...this.#rangeBody(lower, upper)];
  }

  /** Equal leading values first, then what is between, as PostgreSQL words it. */
  #rangeBody(lower: readonly BoundDatum[], upper: readonly BoundDatum[]): Expression[] {
    const conditions: Expression[] = [];
    let first = 0;
    const { keys } = this.#partitioning;
    for (; first < keys.length; first++) {
      const [from, to] = [lower[first], upper[first]];
      if (typeof from !== "object" || typeof to !== "object" || first === keys.length - 1) break;
      if (String(from.value) !== String(to.value)) break;
      conditions.push(this.#compare(first, EQUAL, from));
    }
    const above = this.#side(lower, first, [GREATER, AT_LEAST]);
    const below = this.#side(upper, first, [LESS, LESS]);
    return [...conditions, ...above, ...below];
  }

  /** (a > 1) OR ((a = 1) AND (b >= 2)) */
  #side(
    data: readonly BoundDatum[],
    first: number,
    [strict, last]: readonly [number, number],
  ): Expression[] {
    const options: Expression[] = [];
    for (let depth = first; depth < data.length; depth++) {
      const parts: Expression[] = [];
      for (let at = first; at < depth; at++) {
        parts.push(this.#compare(at, EQUAL, data[at] as Expression));
      }
      const datum = data[depth];
      if (typeof datum !== "object") {
        const includes = strict === GREATER ? datum === "minvalue" : datum === "maxvalue";
        if (includes && parts.length > 0) options.push(all("and", parts));
        break;
      }
      const next = data[depth + 1];
      const isLast = depth === data.length - 1;
      const opens = next === (strict === GREATER ? "minvalue" : "maxvalue");
      const strategy = isLast
        ? last
        : opens
          ? strict === GREATER
            ? AT_LEAST
            : LESS_OR_EQUAL
          : strict;
      options.push(all("and", [...parts, this.#compare(depth, strategy, datum)]));
      if (opens) break;
    }
    return options.length === 0 ? [] : [all("or", options)];
  }

  #hash(modulus: number, remainder: number): Expression {
    const { relation, keys } = this.#partitioning;
    const constant = (value: number, type: number): Expression => ({
      kind: "constant",
      value: BigInt(value),
      ...{ type: type as Oid, typmod: -1, collation: 0 as Oid },
    });
    return {
      kind: "function",
      function: 5028 as Oid,
      args: [
        constant(relation, 26),
        constant(modulus, 23),
        constant(remainder, 23),
        ...keys.map(({ expression }) => expression),
      ],
      returnsSet: false,
      variadic: false,
      form: "call",
      ...BOOL,
    };
  }
}
