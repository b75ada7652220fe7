/**
 * Trigonometric functions of degrees, hyperbolic functions. Degrees of which sine and cosine are
 * known exactly have them exactly.
 * https://www.postgresql.org/docs/15/functions-math.html#FUNCTIONS-MATH-TRIG-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { asBytes, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const RADIANS_PER_DEGREE = Math.PI / 180;
const SIN_30 = Math.sin(30 * RADIANS_PER_DEGREE);
const ONE_MINUS_COS_60 = 1 - Math.cos(60 * RADIANS_PER_DEGREE);
const ASIN_HALF = Math.asin(0.5);
const ACOS_HALF = Math.acos(0.5);
const ATAN_ONE = Math.atan(1);

const outOfRange = () => new SqlError("22003", "input is out of range");

const sineTo30 = (x: number): number => Math.sin(x * RADIANS_PER_DEGREE) / SIN_30 / 2;
const cosineTo60 = (x: number): number =>
  1 - (1 - Math.cos(x * RADIANS_PER_DEGREE)) / ONE_MINUS_COS_60 / 2;
/** Of the first quadrant. */
const sineTo90 = (x: number): number => (x <= 30 ? sineTo30(x) : cosineTo60(90 - x));
const cosineTo90 = (x: number): number => (x <= 60 ? cosineTo60(x) : sineTo30(90 - x));
const TAN_45 = sineTo90(45) / cosineTo90(45);
const COT_45 = cosineTo90(45) / sineTo90(45);

/** The angle in the first quadrant, and whether sine and cosine change their signs on the way. */
function firstQuadrant(degrees: number) {
  let angle = degrees % 360;
  let [sine, cosine] = [1, 1];
  if (angle < 0) {
    angle = -angle;
    sine = -sine;
  }
  if (angle > 180) {
    angle = 360 - angle;
    sine = -sine;
  }
  if (angle > 90) {
    angle = 180 - angle;
    cosine = -cosine;
  }
  return { angle, sine, cosine };
}

const ofAngle =
  (call: (angle: number, sine: number, cosine: number) => number) =>
  (degrees: number): number => {
    if (Number.isNaN(degrees)) return degrees;
    if (!Number.isFinite(degrees)) throw outOfRange();
    const { angle, sine, cosine } = firstQuadrant(degrees);
    // -0 is 0.
    return call(angle, sine, cosine) + 0;
  };

const inverseSine = (x: number): number =>
  x <= 0.5 ? (Math.asin(x) / ASIN_HALF) * 30 : 90 - (Math.acos(x) / ACOS_HALF) * 60;
const inverseCosine = (x: number): number =>
  x <= 0.5 ? 90 - (Math.asin(x) / ASIN_HALF) * 30 : (Math.acos(x) / ACOS_HALF) * 60;

const ofRatio =
  (call: (x: number) => number) =>
  (x: number): number => {
    if (Math.abs(x) > 1) throw outOfRange();
    return call(x);
  };

const functions: Readonly<Record<string, (x: number) => number>> = {
  sind: ofAngle((angle, sine) => sine * sineTo90(angle)),
  cosd: ofAngle((angle, _sine, cosine) => cosine * cosineTo90(angle)),
  tand: ofAngle(
    (angle, sine, cosine) => sine * cosine * (sineTo90(angle) / cosineTo90(angle) / TAN_45),
  ),
  cotd: ofAngle(
    (angle, sine, cosine) => sine * cosine * (cosineTo90(angle) / sineTo90(angle) / COT_45),
  ),
  asind: ofRatio((x) => (x >= 0 ? inverseSine(x) : -inverseSine(-x))),
  acosd: ofRatio((x) => (x >= 0 ? inverseCosine(x) : 90 + inverseSine(-x))),
  atand: (x) => (Math.atan(x) / ATAN_ONE) * 45,
  cot(x) {
    if (Math.abs(x) === Number.POSITIVE_INFINITY) throw outOfRange();
    return 1 / Math.tan(x);
  },
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh(x) {
    if (x < 1) throw outOfRange();
    return Math.acosh(x);
  },
  atanh: ofRatio(Math.atanh),
};

const binary: Readonly<Record<string, (y: number, x: number) => number>> = {
  atan2: Math.atan2,
  atan2d: (y, x) => (Math.atan2(y, x) / ATAN_ONE) * 45,
};

/** The bucket, from 1, among `count` between the bounds; 0 before them, count + 1 after. */
function bucket(operand: number, low: number, high: number, count: number): number {
  if (count <= 0) throw new SqlError("2201G", "count must be greater than zero");
  if ([operand, low, high].some(Number.isNaN)) {
    throw new SqlError("2201G", "operand, lower bound, and upper bound cannot be NaN");
  }
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new SqlError("2201G", "lower and upper bounds must be finite");
  }
  if (low === high) throw new SqlError("2201G", "lower bound cannot equal upper bound");
  const rising = low < high;
  if (rising ? operand < low : operand > low) return 0;
  if (rising ? operand >= high : operand <= high) {
    if (count === 0x7fff_ffff) throw new SqlError("22003", "integer out of range");
    return count + 1;
  }
  const width = high - low;
  const share = Number.isFinite(width)
    ? (operand - low) / width
    : (operand / 2 - low / 2) / (high / 2 - low / 2);
  return Math.min(Math.trunc(count * share), count - 1) + 1;
}

export const trigonometricFunctions: readonly FunctionDefinition[] = [
  ...Object.entries(functions).map(([name, call]) =>
    define(`${name}(float8)`, (_c, value) => floatKey(call(floatOf(asBytes(value))))),
  ),
  ...Object.entries(binary).map(([name, call]) =>
    define(`${name}(float8, float8)`, (_c, y, x) =>
      floatKey(call(floatOf(asBytes(y)), floatOf(asBytes(x)))),
    ),
  ),
  define("width_bucket(float8, float8, float8, int4)", (_c, operand, low, high, count) =>
    BigInt(
      bucket(
        floatOf(asBytes(operand)),
        floatOf(asBytes(low)),
        floatOf(asBytes(high)),
        Number(count),
      ),
    ),
  ),
  ...["float4", "float8"].flatMap((type) => [
    define(`${type}larger(${type}, ${type})`, (_c, a = null, b = null) =>
      Buffer.compare(asBytes(a), asBytes(b)) > 0 ? a : b,
    ),
    define(`${type}smaller(${type}, ${type})`, (_c, a = null, b = null) =>
      Buffer.compare(asBytes(a), asBytes(b)) < 0 ? a : b,
    ),
  ]),
];
