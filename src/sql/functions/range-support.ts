/**
 * What CREATE TYPE … AS RANGE names for the built-in ranges: the distance of two bounds, and the
 * form in which equal ranges are one, in which all of these are stored.
 */
import { formatDecimal, parseDecimal, subtract } from "../types/decimal.ts";
import { floatKey } from "../types/floats.ts";
import type { Scalar } from "../types/scalar.ts";
import { numericToFloat } from "./casts.ts";
import { asNumber, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const MICROS_PER_SECOND = 1_000_000;

const apart = (a: Scalar | undefined, b: Scalar | undefined, unit: number): Scalar =>
  floatKey((asNumber(a) - asNumber(b)) / unit);

const distances: readonly (readonly [range: string, subtype: string, unit: number])[] = [
  ["int4range", "int4", 1],
  ["int8range", "int8", 1],
  ["daterange", "date", 1],
  ["tsrange", "timestamp", MICROS_PER_SECOND],
  ["tstzrange", "timestamptz", MICROS_PER_SECOND],
];

export const rangeSupportFunctions: readonly FunctionDefinition[] = [
  ...distances.map(([range, subtype, unit]) =>
    define(`${range}_subdiff(${subtype}, ${subtype})`, (_c, a, b) => apart(a, b, unit)),
  ),
  define("numrange_subdiff(numeric, numeric)", (_c, a, b) => {
    const difference = subtract(parseDecimal(asText(a)), parseDecimal(asText(b)));
    return numericToFloat(formatDecimal(difference), false);
  }),
  ...["int4range", "int8range", "daterange"].map((range) =>
    define(`${range}_canonical(${range})`, (_c, value) => asText(value)),
  ),
];
