/** generate_series. https://www.postgresql.org/docs/15/functions-srf.html */
import { SqlError } from "../../base/sql-error.ts";
import { isFiniteTimestamp } from "../types/calendar.ts";
import {
  add,
  compareDecimals,
  type Decimal,
  formatDecimal,
  isNegative,
  isZero,
  parseDecimal,
} from "../types/decimal.ts";
import { type Interval, intervalOf, intervalSpan } from "../types/intervals.ts";
import { sessionZone } from "../types/time-zones.ts";
import { addToTimestamp, addToTimestamptz } from "./datetime-arithmetic.ts";
import { asBytes, asInteger, asText, defineSet } from "./define.ts";
import type { SetFunctionDefinition } from "./registry.ts";

function* integers(from: bigint, to: bigint, step: bigint) {
  if (step === 0n) throw new SqlError("22023", "step size cannot equal zero");
  for (let value = from; step > 0n ? value <= to : value >= to; value += step) yield [value];
}

const wholeSeries: readonly SetFunctionDefinition[] = ["int4", "int8"].flatMap((type) => [
  defineSet(`generate_series(${type}, ${type})`, (_c, from, to) =>
    integers(asInteger(from), asInteger(to), 1n),
  ),
  defineSet(`generate_series(${type}, ${type}, ${type})`, (_c, from, to, step) =>
    integers(asInteger(from), asInteger(to), asInteger(step)),
  ),
]);

/** `next` adds the step. */
function* moments(from: bigint, to: bigint, step: Interval, next: (value: bigint) => bigint) {
  const span = intervalSpan(step);
  if (span === 0n) throw new SqlError("22023", "step size cannot equal zero");
  for (let value = from; span > 0n ? value <= to : value >= to; value = next(value)) {
    yield [value];
    if (!isFiniteTimestamp(value)) return; // an infinity goes nowhere
  }
}

const momentSeries: readonly SetFunctionDefinition[] = [
  defineSet("generate_series(timestamp, timestamp, interval)", (_c, from, to, by) => {
    const step = intervalOf(asBytes(by));
    return moments(asInteger(from), asInteger(to), step, (value) => addToTimestamp(value, step, 1));
  }),
  defineSet("generate_series(timestamptz, timestamptz, interval)", (context, from, to, by) => {
    const step = intervalOf(asBytes(by));
    const zone = sessionZone(context);
    return moments(asInteger(from), asInteger(to), step, (value) =>
      addToTimestamptz(value, step, 1, zone),
    );
  }),
];

function* decimals(from: Decimal, to: Decimal, step: Decimal) {
  for (const [what, { special }] of [
    ["start value", from],
    ["stop value", to],
    ["step size", step],
  ] as const) {
    if (special === undefined) continue;
    const name = special === "NaN" ? "NaN" : "infinity";
    throw new SqlError("22023", `${what} cannot be ${name}`);
  }
  if (isZero(step)) throw new SqlError("22023", "step size cannot equal zero");
  const sign = isNegative(step) ? -1 : 1;
  for (let value = from; compareDecimals(value, to) * sign <= 0; value = add(value, step)) {
    yield [formatDecimal(value)];
  }
}

const decimalSeries: readonly SetFunctionDefinition[] = ["", ", numeric"].map((third) =>
  defineSet(`generate_series(numeric, numeric${third})`, (_c, from, to, step) =>
    decimals(
      parseDecimal(asText(from)),
      parseDecimal(asText(to)),
      parseDecimal(step === undefined ? "1" : asText(step)),
    ),
  ),
);

export const seriesFunctions: readonly SetFunctionDefinition[] = [
  ...decimalSeries,
  ...wholeSeries,
  ...momentSeries,
];
