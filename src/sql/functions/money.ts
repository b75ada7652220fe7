/**
 * The arithmetic of money, in hundredths.
 * https://www.postgresql.org/docs/15/datatype-money.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { absolute, formatDecimal, parseDecimal, rescale } from "../types/decimal.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { divisionByZero, inRange, roundHalfEven } from "./arithmetic.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const outOfRange = () => new SqlError("22003", "money out of range");

function cents(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw outOfRange();
  return value;
}

function rounded(value: number): bigint {
  if (!Number.isFinite(value)) throw outOfRange();
  return cents(BigInt(roundHalfEven(value)));
}

const wholeTypes = ["int2", "int4", "int8"];
const floatTypes = ["float4", "float8"];
const short = (type: string): string => type.replace("float", "flt");

const withWholes = wholeTypes.flatMap((type) => [
  define(`cash_mul_${type}(money, ${type})`, (_c, a, b) => cents(asInteger(a) * asInteger(b))),
  define(`${type}_mul_cash(${type}, money)`, (_c, a, b) => cents(asInteger(a) * asInteger(b))),
  define(`cash_div_${type}(money, ${type})`, (_c, a, b) => {
    if (b === 0n) throw divisionByZero();
    return asInteger(a) / asInteger(b);
  }),
]);

const withFloats = floatTypes.flatMap((type) => [
  define(`cash_mul_${short(type)}(money, ${type})`, (_c, a, b) =>
    rounded(Number(asInteger(a)) * floatOf(asBytes(b))),
  ),
  define(`${short(type)}_mul_cash(${type}, money)`, (_c, a, b) =>
    rounded(floatOf(asBytes(a)) * Number(asInteger(b))),
  ),
  define(`cash_div_${short(type)}(money, ${type})`, (_c, a, b) => {
    const divisor = floatOf(asBytes(b));
    if (divisor === 0) throw divisionByZero();
    return rounded(Number(asInteger(a)) / divisor);
  }),
]);

const small = [
  ...["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
  ...["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"],
  ...["nineteen", "twenty"],
];
const tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const groups = ["", " thousand ", " million ", " billion ", " trillion ", " quadrillion "];

function belowHundred(value: number): string {
  if (value <= 20) return small[value] ?? "";
  const rest = value % 10;
  return `${tens[Math.trunc(value / 10)]}${rest === 0 ? "" : ` ${small[rest]}`}`;
}

/** A number below a thousand. */
function inWords(value: number): string {
  if (value < 100) return belowHundred(value);
  const hundreds = `${small[Math.trunc(value / 100)]} hundred`;
  const rest = value % 100;
  if (rest === 0) return hundreds;
  return `${hundreds} ${rest < 20 && rest !== 10 ? "and " : ""}${belowHundred(rest)}`;
}

function cashWords(value: bigint): string {
  const whole = absolute(value) / 100n;
  const parts = groups.map((name, at) => {
    const group = Number((whole / 1000n ** BigInt(at)) % 1000n);
    return group === 0 ? "" : inWords(group) + name;
  });
  const dollars = parts.reverse().join("") || "zero";
  const hundredths = Number(absolute(value) % 100n);
  const text =
    `${value < 0n ? "minus " : ""}${dollars} ${whole === 1n ? "dollar" : "dollars"} and ` +
    `${inWords(hundredths)} ${hundredths === 1 ? "cent" : "cents"}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const moneyFunctions: readonly FunctionDefinition[] = [
  define("cash_pl(money, money)", (_c, a, b) => cents(asInteger(a) + asInteger(b))),
  define("cash_mi(money, money)", (_c, a, b) => cents(asInteger(a) - asInteger(b))),
  ...withWholes,
  ...withFloats,
  define("cash_div_cash(money, money)", (_c, a, b) => {
    if (b === 0n) throw divisionByZero();
    return floatKey(Number(asInteger(a)) / Number(asInteger(b)));
  }),
  define("cash_words(money)", (_c, value) => cashWords(asInteger(value))),
  define("numeric(money)", (_c, value) => formatDecimal({ units: asInteger(value), scale: 2 })),
  define("money(numeric)", (_c, value) => {
    const amount = parseDecimal(asText(value));
    if (amount.special) {
      const what = amount.special === "NaN" ? "NaN" : "infinity";
      throw new SqlError("0A000", `cannot convert ${what} to bigint`);
    }
    return inRange("int8", rescale(amount, 2).units);
  }),
  define("money(int4)", (_c, value) => inRange("int8", asInteger(value) * 100n)),
  define("money(int8)", (_c, value) => inRange("int8", asInteger(value) * 100n)),
];
