/**
 * Aggregates of ranges and multiranges, and multiranges as rows.
 * https://www.postgresql.org/docs/15/functions-aggregate.html
 */
import type { Oid } from "../../base/ids.ts";
import { encodeMultirange, encodeRange, type Range } from "../types/ranges.ts";
import type { Scalar } from "../types/scalar.ts";
import { defineSetFor } from "./define.ts";
import { checkElements } from "./limits.ts";
import { RangeFamily } from "./ranges.ts";
import type {
  AggregateDefinition,
  AggregateSteps,
  CallTypes,
  SetFunctionDefinition,
} from "./registry.ts";

interface Gathered {
  ranges: Range[] | undefined;
}

/** `result` of no values is NULL. NULLs are no values. */
const gathering =
  (
    add: (ranges: Range[] | undefined, value: Range[], family: RangeFamily) => Range[],
    show: (ranges: readonly Range[], family: RangeFamily) => Scalar,
  ) =>
  ({ args }: CallTypes): AggregateSteps => ({
    start: (): Gathered => ({ ranges: undefined }),
    step(context, state, value) {
      const gathered = state as Gathered;
      if (value === null || value === undefined) return gathered;
      const family = new RangeFamily(args[0] as Oid, context);
      gathered.ranges = add(gathered.ranges, family.read(value), family);
      checkElements(context, gathered.ranges.length);
      return gathered;
    },
    result(context, state) {
      const { ranges } = state as Gathered;
      return ranges === undefined ? null : show(ranges, new RangeFamily(args[0] as Oid, context));
    },
  });

const union = gathering(
  (ranges = [], value) => {
    ranges.push(...value);
    return ranges;
  },
  (ranges, family) => encodeMultirange(family.merged(ranges)),
);
const intersection = (show: (ranges: readonly Range[]) => Scalar) =>
  gathering(
    (ranges, value, family) => (ranges ? family.intersection(ranges, value) : value),
    (ranges) => show(ranges),
  );

export const rangeAggregates: readonly AggregateDefinition[] = [
  { signature: "range_agg(anyrange)", specialize: union },
  { signature: "range_agg(anymultirange)", specialize: union },
  {
    signature: "range_intersect_agg(anyrange)",
    specialize: intersection(([range]) => encodeRange(range ?? "empty")),
  },
  {
    signature: "range_intersect_agg(anymultirange)",
    specialize: intersection((ranges) => encodeMultirange([...ranges])),
  },
];

export const rangeSetFunctions: readonly SetFunctionDefinition[] = [
  defineSetFor(
    "unnest(anymultirange)",
    ({ args }) =>
      (context, value) =>
        new RangeFamily(args[0] as Oid, context)
          .read(value as Scalar)
          .map((range) => [encodeRange(range)]),
  ),
];
