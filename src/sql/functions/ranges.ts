/**
 * Functions and operators of ranges and multiranges. Both are lists of ranges here: a range is a
 * list of one, or of none when it is empty.
 * https://www.postgresql.org/docs/15/functions-range.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { arrayElements } from "../types/array-value.ts";
import type { Stored, TypeContext } from "../types/codec.ts";
import {
  type Bound,
  compareBounds,
  compareValues,
  decodeMultirange,
  decodeRange,
  encodeMultirange,
  encodeRange,
  makeRange,
  normalize,
  type Range,
  type RangeType,
} from "../types/ranges.ts";
import type { Scalar } from "../types/scalar.ts";
import { rangeTypeOf } from "../types/type-io.ts";
import { asText, defineFor, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

type Ranges = readonly Range[];

/** Ranges of one type, and what they are compared with. */
export class RangeFamily {
  readonly type: RangeType;
  readonly context: TypeContext;

  constructor(range: Oid, context: TypeContext) {
    this.type = rangeTypeOf(range, context);
    this.context = context;
  }

  read(value: Scalar | undefined): Range[] {
    const text = asText(value);
    const found = text.startsWith('{"m"')
      ? decodeMultirange(text, this.type)
      : [decodeRange(text, this.type)];
    return found.filter((range): range is Range => range !== "empty");
  }

  compare(a: Bound, aIsLower: boolean, b: Bound, bIsLower: boolean): number {
    return compareBounds(this.type, a, aIsLower, b, bIsLower, this.context);
  }

  make(lower: Bound, upper: Bound): Range[] {
    const made = makeRange(this.type, lower, upper, this.context);
    return made === "empty" ? [] : [made];
  }

  merged(ranges: Ranges): Range[] {
    return normalize(ranges, this.type, this.context);
  }

  touch(upper: Bound, lower: Bound): boolean {
    if (upper.value === undefined || lower.value === undefined) return false;
    const order = compareValues(this.type, upper.value, lower.value, this.context);
    return order === 0 && upper.inclusive !== lower.inclusive;
  }

  covers(a: Range, b: Range): boolean {
    return (
      this.compare(a.lower, true, b.lower, true) <= 0 &&
      this.compare(a.upper, false, b.upper, false) >= 0
    );
  }

  overlap(a: Range, b: Range): boolean {
    return (
      this.compare(a.lower, true, b.upper, false) <= 0 &&
      this.compare(b.lower, true, a.upper, false) <= 0
    );
  }

  intersection(a: Ranges, b: Ranges): Range[] {
    return a.flatMap((one) =>
      b
        .filter((other) => this.overlap(one, other))
        .map((other) => ({
          lower: this.compare(one.lower, true, other.lower, true) >= 0 ? one.lower : other.lower,
          upper: this.compare(one.upper, false, other.upper, false) <= 0 ? one.upper : other.upper,
        })),
    );
  }

  /** What of a is left without b. */
  difference(a: Ranges, b: Ranges): Range[] {
    let left = [...a];
    for (const hole of b) {
      left = left.flatMap((one) => {
        if (!this.overlap(one, hole)) return [one];
        const parts: Range[] = [];
        if (this.compare(one.lower, true, hole.lower, true) < 0) {
          parts.push(...this.make(one.lower, flipped(hole.lower)));
        }
        if (this.compare(one.upper, false, hole.upper, false) > 0) {
          parts.push(...this.make(flipped(hole.upper), one.upper));
        }
        return parts;
      });
    }
    return left;
  }
}

const flipped = ({ value, inclusive }: Bound): Bound => ({ value, inclusive: !inclusive });

/** The whole that a non-empty list spans. */
const hull = (ranges: Ranges): Range => ({
  lower: (ranges[0] as Range).lower,
  upper: (ranges.at(-1) as Range).upper,
});

type Test = (a: Ranges, b: Ranges, family: RangeFamily) => boolean;
const contains: Test = (a, b, family) =>
  b.every((inner) => a.some((outer) => family.covers(outer, inner)));
const overlaps: Test = (a, b, family) =>
  a.some((one) => b.some((other) => family.overlap(one, other)));
/** Of lists that are not empty, by what they span. */
const spans =
  (holds: (a: Range, b: Range, family: RangeFamily) => boolean): Test =>
  (a, b, family) =>
    a.length > 0 && b.length > 0 && holds(hull(a), hull(b), family);
const before = spans((a, b, family) => family.compare(a.upper, false, b.lower, true) < 0);
const adjacent = spans(
  (a, b, family) => family.touch(a.upper, b.lower) || family.touch(b.upper, a.lower),
);
const overleft = spans((a, b, family) => family.compare(a.upper, false, b.upper, false) <= 0);
const overright = spans((a, b, family) => family.compare(a.lower, true, b.lower, true) >= 0);
const swapped =
  (test: Test): Test =>
  (a, b, family) =>
    test(b, a, family);

const tests: readonly (readonly [word: string, test: Test])[] = [
  ["contains", contains],
  ["contained_by", swapped(contains)],
  ["overlaps", overlaps],
  ["before", before],
  ["after", swapped(before)],
  ["adjacent", adjacent],
  ["overleft", overleft],
  ["overright", overright],
];

const kinds = ["range", "multirange"];

const testing = tests.flatMap(([word, test]) =>
  kinds.flatMap((left) =>
    kinds.map((right) => {
      const plain = left === "range" && right === "range";
      const name = plain ? `range_${word}` : `${left}_${word}_${right}`;
      return defineFor(`${name}(any${left}, any${right})`, ({ args }) => (context, a, b) => {
        const family = new RangeFamily(args[0] as Oid, context);
        return truth(test(family.read(a), family.read(b), family));
      });
    }),
  ),
);

const point = (value: Scalar | undefined): Range => {
  const bound = { value: value as Stored, inclusive: true };
  return { lower: bound, upper: bound };
};

const ofElements = kinds.flatMap((kind) => [
  defineFor(`${kind}_contains_elem(any${kind}, anyelement)`, ({ args }) => (context, a, b) => {
    const family = new RangeFamily(args[0] as Oid, context);
    return truth(contains(family.read(a), [point(b)], family));
  }),
  defineFor(`elem_contained_by_${kind}(anyelement, any${kind})`, ({ args }) => (context, a, b) => {
    const family = new RangeFamily(args[1] as Oid, context);
    return truth(contains(family.read(b), [point(a)], family));
  }),
]);

/** What is said of the whole; `empty` of one that has nothing in it. */
const about = (name: string, empty: Scalar, say: (whole: Range) => Scalar) =>
  kinds.map((kind) =>
    defineFor(`${name}(any${kind})`, ({ args }) => (context, value) => {
      const ranges = new RangeFamily(args[0] as Oid, context).read(value);
      return ranges.length === 0 ? empty : say(hull(ranges));
    }),
  );

const parts: readonly FunctionDefinition[] = [
  ...about("lower", null, ({ lower }) => lower.value ?? null),
  ...about("upper", null, ({ upper }) => upper.value ?? null),
  ...about("isempty", 1n, () => 0n),
  ...about("lower_inc", 0n, ({ lower }) => truth(lower.inclusive)),
  ...about("upper_inc", 0n, ({ upper }) => truth(upper.inclusive)),
  ...about("lower_inf", 0n, ({ lower }) => truth(lower.value === undefined)),
  ...about("upper_inf", 0n, ({ upper }) => truth(upper.value === undefined)),
];

type Combine = (a: Ranges, b: Ranges, family: RangeFamily) => Ranges;

/** Throws 22000 where a range cannot hold the result. */
function single(ranges: Ranges, word: string): string {
  const [range, second] = ranges;
  if (second) {
    throw new SqlError("22000", `result of range ${word} would not be contiguous`);
  }
  return encodeRange(range ?? "empty");
}

const combining = (
  [
    ["union", "union", (a, b, family) => family.merged([...a, ...b])],
    ["intersect", "intersection", (a, b, family) => family.intersection(a, b)],
    ["minus", "difference", (a, b, family) => family.difference(a, b)],
  ] as const satisfies readonly (readonly [string, string, Combine])[]
).flatMap(([name, word, combine]) =>
  kinds.map((kind) =>
    defineFor(`${kind}_${name}(any${kind}, any${kind})`, ({ args }) => (context, a, b) => {
      const family = new RangeFamily(args[0] as Oid, context);
      const ranges = combine(family.read(a), family.read(b), family);
      return kind === "range" ? single(ranges, word) : encodeMultirange(family.merged(ranges));
    }),
  ),
);

const merging: readonly FunctionDefinition[] = [
  defineFor("range_merge(anyrange, anyrange)", ({ args }) => (context, a, b) => {
    const family = new RangeFamily(args[0] as Oid, context);
    const [left, right] = [family.read(a), family.read(b)];
    const [one, other] = [left[0] ?? right[0], right[0] ?? left[0]];
    if (!one || !other) return encodeRange("empty");
    const isFirst = family.compare(one.lower, true, other.lower, true) <= 0;
    const isLast = family.compare(one.upper, false, other.upper, false) >= 0;
    return encodeRange({
      lower: isFirst ? one.lower : other.lower,
      upper: isLast ? one.upper : other.upper,
    });
  }),
  defineFor("range_merge(anymultirange)", ({ args }) => (context, value) => {
    const ranges = new RangeFamily(args[0] as Oid, context).read(value);
    return encodeRange(ranges.length === 0 ? "empty" : hull(ranges));
  }),
  defineFor(
    "multirange(anyrange)",
    ({ args }) =>
      (context, value) =>
        encodeMultirange(new RangeFamily(args[0] as Oid, context).read(value)),
  ),
];

/** Throws 22000 for NULL, 42601 for others. */
function flagsOf(flags: Scalar): readonly [boolean, boolean] {
  if (flags === null)
    throw new SqlError("22000", "range constructor flags argument must not be null");
  if (!/^[[(][\])]$/.test(asText(flags))) {
    throw new SqlError("42601", "invalid range bound flags", {
      hint: 'Valid values are "[]", "[)", "(]", and "()".',
    });
  }
  return [asText(flags).startsWith("["), asText(flags).endsWith("]")];
}

const subtypes: readonly (readonly [range: string, subtype: string])[] = [
  ["int4", "int4"],
  ["int8", "int8"],
  ["num", "numeric"],
  ["date", "date"],
  ["ts", "timestamp"],
  ["tstz", "timestamptz"],
];

const constructors: readonly FunctionDefinition[] = subtypes.flatMap(([name, subtype]) => {
  const range = `${name}range`;
  const multirange = `${name}multirange`;
  return [`${subtype}, ${subtype}`, `${subtype}, ${subtype}, text`]
    .map((types) =>
      defineFor(`${range}(${types})`, ({ result }) => (context, lower, upper, flags = "[)") => {
        const family = new RangeFamily(result, context);
        const [first, last] = flagsOf(flags);
        const bound = (value: Scalar | undefined, inclusive: boolean): Bound => ({
          value: value ?? undefined,
          inclusive,
        });
        return encodeRange(
          makeRange(family.type, bound(lower, first), bound(upper, last), context),
        );
      }),
    )
    .concat([
      defineFor(`${multirange}()`, () => () => encodeMultirange([])),
      defineFor(
        `${multirange}(${range})`,
        ({ result }) =>
          (context, value) =>
            encodeMultirange(new RangeFamily(result, context).read(value)),
      ),
      defineFor(`${multirange}(_${range})`, ({ result }) => (context, value) => {
        const family = new RangeFamily(result, context);
        const items = arrayElements(asText(value), "text");
        if (items.includes(null)) {
          throw new SqlError("22004", "multirange values cannot contain null members");
        }
        return encodeMultirange(family.merged(items.flatMap((item) => family.read(item))));
      }),
    ]);
});

export const rangeFunctions: readonly FunctionDefinition[] = [
  ...testing,
  ...ofElements,
  ...parts,
  ...combining,
  ...merging,
  ...constructors,
];
