/**
 * Reading intervals: `1 year 2 mons 3 days 04:05:06.7 ago`, `P1Y2M3DT4H5M6.7S`, `1-2 3 4:05:06`.
 */
import { SqlError } from "../../base/sql-error.ts";

interface Parts {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

const invalid = (text: string) =>
  new SqlError("22007", `invalid input syntax for type interval: "${text}"`);
const overflow = (text: string) =>
  new SqlError("22015", `interval field value out of range: "${text}"`);

type Unit = "micros" | "days" | "months";

/** Every unit as a count of one of the three fields; µs units exactly. */
const units: Readonly<Record<string, readonly [Unit, number]>> = {
  microsecond: ["micros", 1],
  millisecond: ["micros", 1e3],
  second: ["micros", 1e6],
  minute: ["micros", 6e7],
  hour: ["micros", 3.6e9],
  day: ["days", 1],
  week: ["days", 7],
  month: ["months", 1],
  year: ["months", 12],
  decade: ["months", 120],
  century: ["months", 1200],
  millennium: ["months", 12000],
};

const names: Readonly<Record<string, string>> = {
  us: "microsecond",
  usec: "microsecond",
  usecs: "microsecond",
  microsecon: "microsecond",
  useconds: "microsecond",
  usecond: "microsecond",
  ms: "millisecond",
  msec: "millisecond",
  msecs: "millisecond",
  mseconds: "millisecond",
  msecond: "millisecond",
  s: "second",
  sec: "second",
  secs: "second",
  m: "minute",
  min: "minute",
  mins: "minute",
  h: "hour",
  hr: "hour",
  hrs: "hour",
  d: "day",
  w: "week",
  mon: "month",
  mons: "month",
  y: "year",
  yr: "year",
  yrs: "year",
  dec: "decade",
  decs: "decade",
  c: "century",
  cent: "century",
  centuries: "century",
  mil: "millennium",
  mils: "millennium",
  millennia: "millennium",
};

const unitNamed = (word: string): string | undefined => {
  if (Object.hasOwn(units, word)) return word;
  const singular = word.replace(/s$/, "");
  return Object.hasOwn(units, singular) ? singular : names[word];
};

/** Adds numbers with units; fractions flow into the next smaller field. */
class Sum {
  readonly #text: string;
  #months = 0;
  #days = 0;
  #micros = 0n;

  constructor(text: string) {
    this.#text = text;
  }

  add(number: string, unit: string): void {
    const [field, size] = units[unit] as readonly [Unit, number];
    const [whole = "0", fraction = ""] = number.split(".");
    const negative = number.startsWith("-");
    const count = Number(whole === "" || whole === "-" || whole === "+" ? 0 : whole);
    const part = Number(`0.${fraction || "0"}`) * (negative ? -1 : 1);
    if (field === "micros") {
      this.#micros +=
        BigInt(
          whole.replace(/^\+/, "") === "" || /^[+-]$/.test(whole) ? 0 : whole.replace(/^\+/, ""),
        ) * BigInt(size);
      this.#micros += BigInt(Math.round(part * size));
    } else if (field === "days") {
      this.#days += count * size;
      this.#addDays(part * size);
    } else if (size === 1) {
      this.#months += count;
      this.#addDays(part * 30);
    } else {
      this.#months += count * size + Math.round(part * size);
    }
  }

  #addDays(days: number): void {
    const whole = Math.trunc(days);
    this.#days += whole;
    this.#micros += BigInt(Math.round((days - whole) * 86_400_000_000));
  }

  addMicros(micros: bigint): void {
    this.#micros += micros;
  }

  result(negative: boolean): Parts {
    const sign = negative ? -1 : 1;
    if (Math.abs(this.#months) > 0x7fffffff || Math.abs(this.#days) > 0x7fffffff) {
      throw overflow(this.#text);
    }
    if (BigInt.asIntN(64, this.#micros) !== this.#micros) throw overflow(this.#text);
    // Zero has no sign.
    return {
      months: this.#months * sign || 0,
      days: this.#days * sign || 0,
      micros: this.#micros * BigInt(sign),
    };
  }
}

const clockPattern = /^([+-]?)(\d+):(\d{1,2})(?::(\d{1,2})(\.\d*)?)?$/;

function clockMicros(match: RegExpExecArray, minutesFirst: boolean, text: string): bigint {
  const [, sign, first = "0", second = "0", third, fraction = ""] = match;
  const fractional = third === undefined && fraction !== "";
  const shifted = third === undefined && (minutesFirst || fractional);
  const [hours, minutes, seconds] = shifted ? ["0", first, second] : [first, second, third ?? "0"];
  if (Number(minutes) > 59 || Number(seconds) > 60) throw overflow(text);
  const whole = BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds);
  const micros = whole * 1_000_000n + BigInt(Math.round(Number(`0${fraction || ".0"}`) * 1e6));
  return sign === "-" ? -micros : micros;
}

function readTraditional(words: readonly string[], bareUnit: string, text: string): Parts {
  const sum = new Sum(text);
  let ago = false;
  let any = false;
  const sqlSigned =
    words[0]?.startsWith("-") &&
    words.length > 1 &&
    words.every((word) => /^[-+\d:.]+$/.test(word));
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "@" && at === 0) continue;
    if (word === "ago" && at === words.length - 1 && any) {
      ago = true;
      continue;
    }
    any = true;
    const clock = clockPattern.exec(word);
    const yearMonth = /^([+-]?)(\d+)-(\d{1,2})$/.exec(word);
    if (clock) {
      const micros = clockMicros(clock, false, text);
      sum.addMicros(sqlSigned && clock[1] === "" ? -micros : micros);
    } else if (yearMonth) {
      const sign = yearMonth[1] ?? "";
      sum.add(sign + yearMonth[2], "year");
      if (Number(yearMonth[3]) > 11) throw overflow(text);
      sum.add(sign + yearMonth[3], "month");
    } else {
      at += readNumber(sum, words, at, bareUnit, text, sqlSigned === true && at > 0);
    }
  }
  if (!any) throw invalid(text);
  return sum.result(ago);
}

/**
 * `3 days`, `3days`, or a number alone: before a clock it means days. Returns how many further
 * words it took.
 */
function readNumber(
  sum: Sum,
  words: readonly string[],
  at: number,
  bareUnit: string,
  text: string,
  negate: boolean,
): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([a-z]*)$/.exec(words[at] as string);
  if (!match) throw invalid(text);
  const number = (negate && !/^[+-]/.test(match[1] as string) ? "-" : "") + match[1];
  const next = words[at + 1];
  if (match[2] !== "") {
    const unit = unitNamed(match[2] as string);
    if (!unit) throw invalid(text);
    sum.add(number, unit);
    return 0;
  }
  if (next !== undefined && /^[a-z]+$/.test(next) && next !== "ago") {
    const unit = unitNamed(next);
    if (!unit) throw invalid(text);
    sum.add(number, unit);
    return 1;
  }
  sum.add(number, next !== undefined && clockPattern.test(next) ? "day" : bareUnit);
  return 0;
}

const dateDesignators: Readonly<Record<string, string>> = {
  Y: "year",
  M: "month",
  W: "week",
  D: "day",
};
const timeDesignators: Readonly<Record<string, string>> = { H: "hour", M: "minute", S: "second" };

/** ISO 8601 with designators. */
function readIso(body: string, text: string): Parts {
  const match = /^P((?:[+-]?[\d.]+[YMWD])*)(?:T((?:[+-]?[\d.]+[HMS])+))?$/.exec(body);
  if (!match || body === "P") throw invalid(text);
  const sum = new Sum(text);
  const pieces = (part: string | undefined) => [...(part ?? "").matchAll(/([+-]?[\d.]+)([A-Z])/g)];
  for (const [, number, letter] of pieces(match[1])) {
    sum.add(number as string, dateDesignators[letter as string] as string);
  }
  for (const [, number, letter] of pieces(match[2])) {
    sum.add(number as string, timeDesignators[letter as string] as string);
  }
  return sum.result(false);
}

/** `trimmed` without outer spaces; `text` as messages quote it. */
export function readInterval(trimmed: string, bareUnit: string, text: string): Parts {
  if (/^P[\dT+-]/.test(trimmed)) return readIso(trimmed, text);
  const spaced = trimmed
    .toLowerCase()
    .replace(/(^|\s)([+-])\s+(?=\d)/g, "$1$2")
    .replace(/([a-z])(?=[\d+-])/g, "$1 ");
  return readTraditional(
    spaced.split(/[\s,]+/).filter((word) => word !== ""),
    bareUnit,
    text,
  );
}
