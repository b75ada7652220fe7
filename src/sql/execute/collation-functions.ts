/** What a query calls where its strings have a collation of ICU's, or none. */
import { notSupported } from "../../base/sql-error.ts";
import { icuLocale } from "../../catalog/icu.ts";
import { undeterminedCollation } from "../bind/collation-needs.ts";
import { nondeterministic } from "../bind/collation-uses.ts";
import { collationKey, compareBy } from "../functions/collation-order.ts";
import type { AggregateSteps, FunctionContext } from "../functions/registry.ts";
import type { Scalar } from "../types/scalar.ts";
import { arrayKeyBy } from "./sort-keys.ts";

type Call = (context: FunctionContext, ...args: Scalar[]) => Scalar;
type Letters = (text: string, language: string) => string;

const inLanguage =
  (change: Letters): Call =>
  (_, locale = "", text = null) =>
    text === null ? null : change(String(text), icuLocale(String(locale)).language);

const lower: Letters = (text, language) => text.toLocaleLowerCase(language);
const upper: Letters = (text, language) => text.toLocaleUpperCase(language);

/** The first letter or digit of each word is a capital, the others are small. */
function capitalized(text: string, language: string): string {
  const words = new Intl.Segmenter(language, { granularity: "word" }).segment(text);
  return [...words].map(({ segment }) => capitalizedWord(segment, language)).join("");
}

function capitalizedWord(word: string, language: string): string {
  const dutch = /^nl\b/.test(language) ? /^ij/i.exec(word)?.[0] : undefined;
  const first = dutch ?? /[\p{L}\p{N}]/u.exec(word)?.[0];
  if (first === undefined) return word;
  const [before = "", ...rest] = word.split(first);
  return before + upper(first, language) + lower(rest.join(first), language);
}

/**
 * The subject of a regular expression, if what it matches is not a question of the language: all is
 * ASCII, or nothing asks for classes of letters, or for their cases.
 */
function plain(folds: boolean, subject: Scalar, others: readonly Scalar[]): Scalar {
  const texts = [subject, ...others].map((each) => (typeof each === "string" ? each : ""));
  const asks = folds || others.length > 1 || /\\[a-z]|\[\[|\(\?/i.test(texts[1] ?? "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (!asks || texts.every((text) => /^[\u0000-\u007f]*$/.test(text))) return subject;
  throw notSupported("a regular expression over letters beyond ASCII in a collation of ICU's");
}

export const collationFunctions: readonly (readonly [string, Call])[] = [
  [
    "no_collation",
    (_, what = null, ...values) => {
      if (values.includes(null)) return null;
      throw undeterminedCollation(String(what));
    },
  ],
  [
    "not_deterministic",
    (_, what = null, ...values) => {
      if (values.includes(null)) return null;
      throw nondeterministic(String(what));
    },
  ],
  [
    "icu_key",
    (context, locale = "", deterministic = 1n, text = null) =>
      text === null
        ? null
        : collationKey(context, String(locale), deterministic === 1n, String(text)),
  ],
  [
    "icu_array_key",
    (context, locale = "", deterministic = 1n, array = null) =>
      array === null
        ? null
        : arrayKeyBy(String(array), "text", (element) =>
            collationKey(context, String(locale), deterministic === 1n, String(element)),
          ),
  ],
  [
    "icu_compare",
    (_, locale = "", deterministic = 1n, a = null, b = null) =>
      a === null || b === null
        ? null
        : BigInt(Math.sign(compareBy(String(locale), deterministic === 1n, String(a), String(b)))),
  ],
  ["icu_plain", (_, folds = 0n, subject = null, ...others) => plain(folds === 1n, subject, others)],
  ["icu_lower", inLanguage(lower)],
  ["icu_upper", inLanguage(upper)],
  ["icu_initcap", inLanguage(capitalized)],
];

/** min and max. Of equal ones the last is taken, of char(n) the first. */
const extreme = (sign: number): AggregateSteps => ({
  start: (): Scalar => null,
  step: (_, state, value = null, padded = 0n, locale = "", deterministic = 1n) => {
    if (state === null || value === null) return state ?? value;
    const order = compareBy(
      String(locale),
      deterministic === 1n,
      String(value),
      String(state as Scalar),
    );
    return order * sign > 0 || (order === 0 && padded === 0n) ? value : state;
  },
  result: (_, state) => state as Scalar,
});

export const collationAggregates: readonly (readonly [string, AggregateSteps])[] = [
  ["icu_min", extreme(-1)],
  ["icu_max", extreme(1)],
];
