/** CITEXT: comparisons of texts whose letters are small. */
import { encodeUtf8 } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { lowerAscii } from "../types/texts.ts";
import { asInteger, asText, truth } from "./define.ts";
import { hashBytes } from "./jenkins.ts";
import type { LibraryFunction } from "./library.ts";
import { texts } from "./ordering.ts";

const order = (a: Scalar | undefined, b: Scalar | undefined): number =>
  texts(lowerAscii(asText(a)), lowerAscii(asText(b)));
const hash = (value: Scalar | undefined, seed?: bigint): bigint =>
  hashBytes(encodeUtf8(lowerAscii(asText(value))), seed);

const tests: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (found) => found === 0,
  ne: (found) => found !== 0,
  lt: (found) => found < 0,
  le: (found) => found <= 0,
  gt: (found) => found > 0,
  ge: (found) => found >= 0,
};

const comparison = (symbol: string, holds: (order: number) => boolean): LibraryFunction => ({
  ...{ symbol, volatility: "i", call: (_, a, b) => truth(holds(order(a, b))) },
  ...(symbol === "citext_eq" ? { equatesKeys: true } : {}),
});
const immutable = (symbol: string, call: LibraryFunction["call"]): LibraryFunction => ({
  ...{ symbol, volatility: "i", call },
});

export const citextFunctions: readonly LibraryFunction[] = [
  ...Object.entries(tests).map(([word, holds]) => comparison(`citext_${word}`, holds)),
  ...["lt", "le", "gt", "ge"].map((word) =>
    comparison(`citext_pattern_${word}`, tests[word] as (order: number) => boolean),
  ),
  immutable("citext_cmp", (_, a, b) => BigInt(order(a, b))),
  immutable("citext_pattern_cmp", (_, a, b) => BigInt(order(a, b))),
  immutable("citext_smaller", (_, a, b) => (order(a, b) < 0 ? (a ?? null) : (b ?? null))),
  immutable("citext_larger", (_, a, b) => (order(a, b) > 0 ? (a ?? null) : (b ?? null))),
  immutable("citext_hash", (_, value) => hash(value)),
  immutable("citext_hash_extended", (_, value, seed) => hash(value, asInteger(seed))),
];
