/**
 * money: hundredths of the currency of lc_monetary, which is en_US-like: $1,234.56
 * https://www.postgresql.org/docs/15/datatype-money.html
 */
import { invalidSyntax, outOfRange, type TypeCodec } from "./codec.ts";
import { absolute } from "./decimal.ts";
import { int8 } from "./integers.ts";

const FRACTION_DIGITS = 2;
const isDigit = (char: string | undefined): char is string => char !== undefined && /\d/.test(char);

/** Spaces, the currency, a sign, spaces, the currency again, spaces. */
const leading = /^[ \t\n\v\f\r]*\$?[ \t\n\v\f\r]*([-(+])?[ \t\n\v\f\r]*\$?[ \t\n\v\f\r]*/;
const trailing = /^\d*[ \t\n\v\f\r)+$-]*$/;

function parseMoney(text: string): bigint {
  const head = leading.exec(text);
  let at = head?.[0].length ?? 0;
  let value = 0n;
  let decimals = 0;
  let seenDot = false;
  const inRange = (next: bigint): bigint => {
    if (next > 1n << 63n) throw outOfRange("money", text);
    return next;
  };
  for (; at < text.length; at++) {
    const char = text[at];
    if (isDigit(char) && (!seenDot || decimals < FRACTION_DIGITS)) {
      value = inRange(value * 10n + BigInt(char));
      if (seenDot) decimals++;
    } else if (char === "." && !seenDot) seenDot = true;
    else if (char !== ",") break;
  }
  const next = text[at];
  if (isDigit(next) && next >= "5") value = inRange(value + 1n);
  for (; decimals < FRACTION_DIGITS; decimals++) value = inRange(value * 10n);
  const tail = text.slice(at);
  if (!trailing.test(tail)) throw invalidSyntax("money", text);
  const sign = head?.[1];
  if (sign === "-" || sign === "(" || tail.includes("-")) return -value;
  if (value === 1n << 63n) throw outOfRange("money", text);
  return value;
}

export const money: TypeCodec<bigint> = {
  ...int8,
  parse: parseMoney,
  format(value) {
    const digits = absolute(value).toString().padStart(3, "0");
    const whole = digits.slice(0, -2).replace(/\B(?=([0-9]{3})+$)/g, ",");
    return `${value < 0n ? "-" : ""}$${whole}.${digits.slice(-2)}`;
  },
};
