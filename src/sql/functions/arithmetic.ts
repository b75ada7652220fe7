/**
 * + - * / % and mathematical functions of whole numbers, floats and numeric.
 * https://www.postgresql.org/docs/15/functions-math.html
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  absolute,
  add,
  checked,
  compareDecimals,
  type Decimal,
  divide,
  divideWhole,
  formatDecimal,
  fromBigint,
  isNegative,
  isZero,
  modulo,
  multiply,
  negate,
  parseDecimal,
  rescale,
  SCALE_MAX,
  subtract,
  truncate,
  WHOLE_DIGITS_MAX,
} from "../types/decimal.ts";
import {
  exponential,
  logarithm,
  logarithmTo,
  power,
  squareRoot,
} from "../types/decimal-functions.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { asBytes, asInteger, asNumber, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

export const divisionByZero = () => new SqlError("22012", "division by zero");

const widths = { int2: 16, int4: 32, int8: 64 } as const;
type IntegerName = keyof typeof widths;
const labels = { int2: "smallint", int4: "integer", int8: "bigint" } as const;

export function inRange(type: IntegerName, value: bigint): bigint {
  if (BigInt.asIntN(widths[type], value) !== value) {
    throw new SqlError("22003", `${labels[type]} out of range`);
  }
  return value;
}

type Integers = (a: bigint, b: bigint) => bigint;

const integerDivide: Integers = (a, b) => {
  if (b === 0n) throw divisionByZero();
  return a / b;
};
const integerModulo: Integers = (a, b) => {
  if (b === 0n) throw divisionByZero();
  return a % b;
};

const integerOperators: readonly (readonly [string, Integers])[] = [
  ["pl", (a, b) => a + b],
  ["mi", (a, b) => a - b],
  ["mul", (a, b) => a * b],
  ["div", integerDivide],
];

/** Prefix of the functions' names, types of the operands, type of the result. */
const integerPairs: readonly (readonly [string, string, IntegerName])[] = [
  ["int2", "int2, int2", "int2"],
  ["int4", "int4, int4", "int4"],
  ["int8", "int8, int8", "int8"],
  ["int24", "int2, int4", "int4"],
  ["int42", "int4, int2", "int4"],
  ["int28", "int2, int8", "int8"],
  ["int82", "int8, int2", "int8"],
  ["int48", "int4, int8", "int8"],
  ["int84", "int8, int4", "int8"],
];

export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [absolute(a), absolute(b)];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
const leastCommonMultiple: Integers = (a, b) =>
  a === 0n || b === 0n ? 0n : absolute((a / greatestCommonDivisor(a, b)) * b);

const greater: Integers = (a, b) => {
  if (a > b) return a;
  return b;
};
const lesser: Integers = (a, b) => {
  if (a < b) return a;
  return b;
};

/** Shifts count modulo the width, as the processor does. */
const shift = (type: IntegerName, count: bigint): bigint => count & (type === "int8" ? 63n : 31n);

const wholeFunctions = (["int2", "int4", "int8"] as const).flatMap((type) => {
  const result = (value: bigint) => inRange(type, value);
  const wrap = (value: bigint) => BigInt.asIntN(widths[type], value);
  const two = (name: string, call: Integers) =>
    define(`${name}(${type}, ${type})`, (_c, a, b) => result(call(asInteger(a), asInteger(b))));
  const one = (name: string, call: (value: bigint) => bigint) =>
    define(`${name}(${type})`, (_c, value) => result(call(asInteger(value))));
  const shifted = (name: string, call: (value: bigint, count: bigint) => bigint) =>
    define(`${name}(${type}, int4)`, (_c, value, count) =>
      wrap(call(asInteger(value), shift(type, asInteger(count)))),
    );
  return [
    one(`${type}um`, (value) => -value),
    one(`${type}up`, (value) => value),
    one(`${type}abs`, absolute),
    one("abs", absolute),
    two(`${type}mod`, integerModulo),
    two("mod", integerModulo),
    two(`${type}and`, (a, b) => a & b),
    two(`${type}or`, (a, b) => a | b),
    two(`${type}xor`, (a, b) => a ^ b),
    one(`${type}not`, (value) => ~value),
    shifted(`${type}shl`, (value, count) => value << count),
    shifted(`${type}shr`, (value, count) => value >> count),
    two(`${type}larger`, greater),
    two(`${type}smaller`, lesser),
    ...(type === "int2"
      ? []
      : [two("gcd", greatestCommonDivisor), two("lcm", leastCommonMultiple)]),
  ];
});

const integerArithmetic = integerPairs.flatMap(([prefix, types, result]) =>
  integerOperators.map(([operator, call]) =>
    define(`${prefix}${operator}(${types})`, (_c, a, b) =>
      inRange(result, call(asInteger(a), asInteger(b))),
    ),
  ),
);

type Floats = (a: number, b: number) => number;

/** A finite operation must not end in an infinity, nor in zero unless it may. */
function checkedFloat(value: number, finite: boolean, zeroAllowed: boolean): Uint8Array {
  if (finite && !Number.isFinite(value) && !Number.isNaN(value)) {
    throw new SqlError("22003", "value out of range: overflow");
  }
  if (value === 0 && !zeroAllowed) throw new SqlError("22003", "value out of range: underflow");
  return floatKey(value);
}

const floatDivide: Floats = (a, b) => {
  if (b === 0 && !Number.isNaN(a)) throw divisionByZero();
  return a / b;
};

/** Name, computation, and when a zero result is exact. */
const floatOperators: readonly (readonly [string, Floats, (a: number, b: number) => boolean])[] = [
  ["pl", (a, b) => a + b, () => true],
  ["mi", (a, b) => a - b, () => true],
  ["mul", (a, b) => a * b, (a, b) => a === 0 || b === 0],
  ["div", floatDivide, (a, b) => a === 0 || !Number.isFinite(b)],
];

const floatPairs: readonly (readonly [string, string, boolean])[] = [
  ["float8", "float8, float8", false],
  ["float4", "float4, float4", true],
  ["float48", "float4, float8", false],
  ["float84", "float8, float4", false],
];

const floatArithmetic = floatPairs.flatMap(([prefix, types, single]) =>
  floatOperators.map(([operator, call, zeroAllowed]) =>
    define(`${prefix}${operator}(${types})`, (_c, left, right) => {
      const a = floatOf(asBytes(left));
      const b = floatOf(asBytes(right));
      const value = single ? Math.fround(call(a, b)) : call(a, b);
      return checkedFloat(value, Number.isFinite(a) && Number.isFinite(b), zeroAllowed(a, b));
    }),
  ),
);

/** Half to even. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

const ofFloat = (name: string, type: string, call: (value: number) => number) =>
  define(`${name}(${type})`, (_c, value) => floatKey(call(floatOf(asBytes(value)))));

function within(value: number, most: number): number {
  if (Math.abs(value) > most) throw new SqlError("22003", "input is out of range");
  return value;
}

function floatPower(a: number, b: number): number {
  if (a === 0 && b < 0) {
    throw new SqlError("2201F", "zero raised to a negative power is undefined");
  }
  if (a < 0 && Number.isFinite(b) && !Number.isInteger(b)) {
    throw new SqlError(
      "2201F",
      "a negative number raised to a non-integer power yields a complex result",
    );
  }
  const one = a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY);
  return one || b === 0 ? 1 : a ** b;
}

function floatRoot(value: number): number {
  if (value < 0) throw new SqlError("2201F", "cannot take square root of a negative number");
  return Math.sqrt(value);
}

function floatLogarithm(value: number, log: (value: number) => number): number {
  if (value === 0) throw new SqlError("2201E", "cannot take logarithm of zero");
  if (value < 0) throw new SqlError("2201E", "cannot take logarithm of a negative number");
  return log(value);
}

const floatFunctions: readonly FunctionDefinition[] = [
  ...["float4", "float8"].flatMap((type) => [
    ofFloat(`${type}um`, type, (value) => -value),
    ofFloat(`${type}up`, type, (value) => value),
    ofFloat(`${type}abs`, type, Math.abs),
    ofFloat("abs", type, Math.abs),
  ]),
  ...["ceil", "ceiling"].map((name) => ofFloat(name, "float8", Math.ceil)),
  ofFloat("floor", "float8", Math.floor),
  ...["round", "dround"].map((name) => ofFloat(name, "float8", roundHalfEven)),
  ...["trunc", "dtrunc"].map((name) => ofFloat(name, "float8", Math.trunc)),
  ofFloat("sign", "float8", (value) => Math.sign(value) || 0),
  ...["sqrt", "dsqrt"].map((name) => ofFloat(name, "float8", floatRoot)),
  ...["cbrt", "dcbrt"].map((name) => ofFloat(name, "float8", Math.cbrt)),
  ...["ln", "dlog1"].map((name) =>
    ofFloat(name, "float8", (value) => floatLogarithm(value, Math.log)),
  ),
  ...["log", "log10", "dlog10"].map((name) =>
    ofFloat(name, "float8", (value) => floatLogarithm(value, Math.log10)),
  ),
  ...["exp", "dexp"].map((name) =>
    define(`${name}(float8)`, (_c, value) => {
      const exponent = floatOf(asBytes(value));
      const finite = Number.isFinite(exponent);
      return checkedFloat(Math.exp(exponent), finite, !finite);
    }),
  ),
  ...(["sin", "cos", "tan"] as const).map((name) =>
    ofFloat(name, "float8", (value) => Math[name](within(value, Number.MAX_VALUE))),
  ),
  ...(["asin", "acos"] as const).map((name) =>
    ofFloat(name, "float8", (value) => Math[name](within(value, 1))),
  ),
  ofFloat("atan", "float8", Math.atan),
  ofFloat("degrees", "float8", (value) => value / (Math.PI / 180)),
  ofFloat("radians", "float8", (value) => value * (Math.PI / 180)),
  define("pi()", () => floatKey(Math.PI)),
  ...["power", "pow", "dpow"].map((name) =>
    define(`${name}(float8, float8)`, (_c, a, b) => {
      const [base, exponent] = [floatOf(asBytes(a)), floatOf(asBytes(b))];
      const finite = Number.isFinite(base) && Number.isFinite(exponent);
      return checkedFloat(floatPower(base, exponent), finite, base === 0 || !finite);
    }),
  ),
];

type Decimals = (a: Decimal, b: Decimal) => Decimal;

const two = (name: string, call: Decimals) =>
  define(`${name}(numeric, numeric)`, (_c, a, b) =>
    formatDecimal(call(parseDecimal(asText(a)), parseDecimal(asText(b)))),
  );
const one = (name: string, call: (value: Decimal) => Decimal) =>
  define(`${name}(numeric)`, (_c, value) => formatDecimal(call(parseDecimal(asText(value)))));
const withScale = (name: string, call: (value: Decimal, scale: number) => Decimal) =>
  define(`${name}(numeric, int4)`, (_c, value, scale) => {
    const digits = Math.max(-WHOLE_DIGITS_MAX - 1, Math.min(SCALE_MAX, asNumber(scale)));
    return formatDecimal(checked(call(parseDecimal(asText(value)), digits)));
  });

function ceiling(value: Decimal): Decimal {
  const whole = truncate(value, 0);
  const up = !value.special && compareDecimals(value, whole) > 0;
  return up ? add(whole, fromBigint(1n)) : whole;
}
const floor = (value: Decimal): Decimal => negate(ceiling(negate(value)));
const sign = (value: Decimal): Decimal => {
  if (value.special === "NaN") return value;
  return fromBigint(isZero(value) ? 0n : isNegative(value) ? -1n : 1n);
};
const magnitude = (value: Decimal): Decimal => (isNegative(value) ? negate(value) : value);

const numericFunctions: readonly FunctionDefinition[] = [
  two("numeric_add", add),
  two("numeric_sub", subtract),
  two("numeric_mul", multiply),
  two("numeric_div", divide),
  two("numeric_mod", modulo),
  two("mod", modulo),
  two("div", divideWhole),
  two("numeric_div_trunc", divideWhole),
  two("numeric_larger", (a, b) => (compareDecimals(a, b) > 0 ? a : b)),
  two("numeric_smaller", (a, b) => (compareDecimals(a, b) < 0 ? a : b)),
  one("numeric_uminus", negate),
  one("numeric_uplus", (value) => value),
  one("numeric_abs", magnitude),
  one("abs", magnitude),
  one("ceil", ceiling),
  one("ceiling", ceiling),
  one("floor", floor),
  one("sign", sign),
  one("round", (value) => rescale(value, 0)),
  one("trunc", (value) => truncate(value, 0)),
  withScale("round", rescale),
  withScale("trunc", truncate),
  one("sqrt", squareRoot),
  one("numeric_sqrt", squareRoot),
  one("exp", exponential),
  one("numeric_exp", exponential),
  one("ln", logarithm),
  one("numeric_ln", logarithm),
  two("power", power),
  two("pow", power),
  two("numeric_power", power),
  two("log", logarithmTo),
  two("numeric_log", logarithmTo),
  one("log", (value) => logarithmTo(fromBigint(10n), value)),
  one("log10", (value) => logarithmTo(fromBigint(10n), value)),
  define("scale(numeric)", (_c, value) => {
    const decimal = parseDecimal(asText(value));
    return decimal.special ? null : BigInt(decimal.scale);
  }),
  define("trim_scale(numeric)", (_c, value) =>
    asText(value).includes(".") ? asText(value).replace(/\.?0+$/, "") : asText(value),
  ),
];

export const arithmeticFunctions: readonly FunctionDefinition[] = [
  ...integerArithmetic,
  ...wholeFunctions,
  ...floatArithmetic,
  ...floatFunctions,
  ...numericFunctions,
];
