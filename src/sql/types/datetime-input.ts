/**
 * READING DATES AND TIMES in PostgreSQL's many forms: one token after the other, each saying what
 * it sets.
 * https://www.postgresql.org/docs/15/datetime-input-rules.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { civilOf, daysInMonth, daysOf } from "./calendar.ts";
import { trimSpace } from "./codec.ts";
import { abbreviatedZone, abbreviationOffset, findZone, type TimeZone } from "./time-zones.ts";

export type DateOrder = "MDY" | "DMY" | "YMD";
export type SpecialDate =
  | "infinity"
  | "-infinity"
  | "epoch"
  | "now"
  | "today"
  | "tomorrow"
  | "yesterday"
  | "allballs";

/** What the text said. Times are µs of the day; 24:00:00 is allowed. */
export interface DateTimeParts {
  readonly special?: SpecialDate;
  /** Days since 2000-01-01. */
  readonly days?: number;
  readonly time?: bigint;
  /** Seconds east of UTC, or a zone by name. */
  readonly offset?: number;
  readonly zone?: TimeZone;
}

export const invalidDateTime = (type: string, text: string): SqlError =>
  new SqlError("22007", `invalid input syntax for type ${type}: "${text}"`);
const fieldOverflow = (text: string, monthOrDay = false): SqlError =>
  new SqlError(
    "22008",
    `date/time field value out of range: "${text}"`,
    monthOrDay ? { hint: 'Perhaps you need a different "datestyle" setting.' } : {},
  );

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const MONTH_NAMES =
  "january february march april may june july august september october november december".split(
    " ",
  );
const WEEKDAYS = /^(mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?|sun)(day)?$/;
const SPECIALS = new Set([
  "infinity",
  "epoch",
  "now",
  "today",
  "tomorrow",
  "yesterday",
  "allballs",
]);

function monthNamed(word: string): number | undefined {
  const at = MONTHS.indexOf(word) >= 0 ? MONTHS.indexOf(word) : MONTH_NAMES.indexOf(word);
  if (at >= 0) return at + 1;
  return word === "sept" ? 9 : undefined;
}

interface Match {
  readonly pattern: RegExp;
  readonly read: (reader: Reader, match: RegExpExecArray) => void;
}

const forms: readonly Match[] = [
  { pattern: /^[ \t\n\v\f\r,]+/, read: () => undefined },
  { pattern: /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?(?!\d)/, read: (r, m) => r.clock(m) },
  { pattern: /^(\d{3,})-(\d{1,2})-(\d{1,2})(?!\d)/, read: (r, m) => r.ymd(m[1], m[2], m[3]) },
  { pattern: /^(\d{3,})\/(\d{1,2})\/(\d{1,2})(?!\d)/, read: (r, m) => r.ymd(m[1], m[2], m[3]) },
  { pattern: /^(\d{4,})\.(\d{3})(?!\d)/, read: (r, m) => r.yearDay(m[1], m[2]) },
  {
    pattern: /^(\d{1,2})([-/.])(\d{1,2})\2(\d{1,7})(?!\d)/,
    read: (r, m) => r.ordered(m[1], m[3], m[4]),
  },
  { pattern: /^(\d{1,7})[-/ ]?([a-z]{3,9})[-/ ](\d{1,7})(?![\d:])/, read: (r, m) => r.named(m) },
  { pattern: /^([a-z]{3,9})[-/](\d{1,2})[-/](\d{1,7})(?!\d)/, read: (r, m) => r.monthFirst(m) },
  { pattern: /^j(\d{1,9})(?![a-z\d])/, read: (r, m) => r.julian(Number(m[1])) },
  { pattern: /^t(?=\d)/, read: (r) => r.expectTime() },
  { pattern: /^[+-]\d{1,4}(?::\d{1,2}){0,2}(?!\d)/, read: (r, m) => r.numericZone(m[0]) },
  { pattern: /^-infinity/, read: (r) => r.setSpecial("-infinity") },
  { pattern: /^(\d+)(\.\d*)?/, read: (r, m) => r.number(m[1] as string, m[2]) },
  {
    pattern: /^[a-z][a-z_]*(?:\/[a-z_+-]+[a-z_\d/+-]*)*(?:[+-]?\d+)?/,
    read: (r, m) => r.word(m[0]),
  },
  { pattern: /^<[^>]+>[+-]?\d+/, read: (r, m) => r.word(m[0]) },
];

/** Thrown inside; becomes the type's own 22007. */
class Unreadable extends Error {}

class Reader {
  readonly #text: string;
  readonly #order: DateOrder;
  #year: number | undefined;
  #yearDigits = 0;
  #month: number | undefined;
  #day: number | undefined;
  #days: number | undefined;
  #time: bigint | undefined;
  #offset: number | undefined;
  #zone: TimeZone | undefined;
  #special: SpecialDate | undefined;
  #meridian: "am" | "pm" | undefined;
  #bc = false;
  #timeNext: boolean;

  constructor(text: string, order: DateOrder, timeNext: boolean) {
    this.#text = text;
    this.#order = order;
    this.#timeNext = timeNext;
  }

  read(): DateTimeParts {
    let rest = trimSpace(this.#text).toLowerCase();
    if (rest === "") throw new Unreadable();
    while (rest !== "") {
      const form = forms.find(({ pattern }) => pattern.test(rest));
      const match = form?.pattern.exec(rest);
      if (!form || !match) throw new Unreadable();
      form.read(this, match);
      rest = rest.slice(match[0].length);
    }
    return this.#finish();
  }

  clock(match: RegExpExecArray): void {
    const [, hours, minutes, seconds = "0", fraction = ""] = match;
    this.#setTime(Number(hours), Number(minutes), Number(seconds), fraction);
  }

  #setTime(hours: number, minutes: number, seconds: number, fraction: string): void {
    if (this.#time !== undefined) throw new Unreadable();
    const micros = BigInt(Math.round(Number(`0.${fraction || "0"}`) * 1e6));
    const whole = BigInt(hours * 3600 + minutes * 60 + seconds) * 1_000_000n;
    if (minutes > 59 || seconds > 60 || hours > 24) throw fieldOverflow(this.#text);
    if (whole + micros > 86_400_000_000n) throw fieldOverflow(this.#text);
    this.#time = whole + micros;
    this.#timeNext = false;
  }

  #setDate(year: string, month: number, day: number): void {
    if (this.#month !== undefined || this.#days !== undefined) throw new Unreadable();
    this.#year = Number(year);
    this.#yearDigits = year.length;
    this.#month = month;
    this.#day = day;
  }

  ymd(year = "", month = "", day = ""): void {
    this.#setDate(year, Number(month), Number(day));
  }

  ordered(first = "", second = "", third = ""): void {
    if (this.#order === "YMD" && third.length <= 2) this.ymd(first, second, third);
    else if (this.#order === "DMY") this.#setDate(third, Number(second), Number(first));
    else this.#setDate(third, Number(first), Number(second));
  }

  /** `29-Feb-2024`, `2024-Feb-29`, `29 Feb 2024` */
  named(match: RegExpExecArray): void {
    const month = monthNamed(match[2] as string);
    if (month === undefined) throw new Unreadable();
    const [first, last] = [match[1] as string, match[3] as string];
    const yearFirst = first.length > 2 || (this.#order === "YMD" && last.length <= 2);
    if (yearFirst) this.#setDate(first, month, Number(last));
    else this.#setDate(last, month, Number(first));
  }

  monthFirst(match: RegExpExecArray): void {
    const month = monthNamed(match[1] as string);
    if (month === undefined) throw new Unreadable();
    this.#setDate(match[3] as string, month, Number(match[2]));
  }

  yearDay(year = "", day = ""): void {
    if (Number(day) < 1 || Number(day) > 366) throw fieldOverflow(this.#text);
    const civil = civilOf(daysOf(Number(year), 1, 1) + Number(day) - 1);
    this.#setDate(year, civil.month, civil.day);
  }

  /** Day 0 is 4713-11-24 BC. */
  julian(day: number): void {
    this.#days = day - 2451545;
  }

  expectTime(): void {
    this.#timeNext = true;
  }

  numericZone(text: string): void {
    if (this.#time === undefined || this.#offset !== undefined) throw new Unreadable();
    const [hours = "", minutes = "0", seconds = "0"] = text.slice(1).split(":");
    const compact = hours.length > 2;
    const h = compact ? Number(hours.slice(0, -2)) : Number(hours);
    const m = compact ? Number(hours.slice(-2)) : Number(minutes);
    if (h > 15 || m > 59) {
      throw new SqlError("22009", `time zone displacement out of range: "${this.#text}"`);
    }
    const total = h * 3600 + m * 60 + Number(seconds);
    this.#offset = text.startsWith("-") ? -total : total;
  }

  setSpecial(word: SpecialDate): void {
    this.#special = word;
  }

  number(digits: string, fraction: string | undefined): void {
    if (
      this.#timeNext ||
      (this.#month !== undefined &&
        this.#day !== undefined &&
        digits.length >= 4 &&
        this.#year !== undefined)
    ) {
      this.#compactTime(digits, fraction);
    } else if (fraction !== undefined) {
      throw new Unreadable();
    } else if (digits.length === 8 && this.#month === undefined) {
      this.#setDate(digits.slice(0, 4), Number(digits.slice(4, 6)), Number(digits.slice(6)));
    } else if (digits.length === 6 && this.#month === undefined) {
      this.#setDate(digits.slice(0, 2), Number(digits.slice(2, 4)), Number(digits.slice(4)));
    } else if (digits.length <= 2 && this.#day === undefined) {
      this.#day = Number(digits);
    } else if (this.#year === undefined) {
      this.#year = Number(digits);
      this.#yearDigits = digits.length;
    } else {
      throw new Unreadable();
    }
  }

  #compactTime(digits: string, fraction = ""): void {
    if (digits.length !== 6 && digits.length !== 4 && digits.length !== 2) throw new Unreadable();
    const [hours, minutes, seconds] = [0, 2, 4].map((at) => Number(digits.slice(at, at + 2)));
    this.#setTime(hours ?? 0, minutes ?? 0, seconds ?? 0, fraction.slice(1));
  }

  word(word: string): void {
    const month = monthNamed(word);
    if (month !== undefined && this.#month === undefined) this.#month = month;
    else if (WEEKDAYS.test(word) || word === "at" || word === "on" || word === "time") return;
    else if (word === "am" || word === "pm") this.#meridian = word;
    else if (word === "bc" || word === "ad") this.#bc = word === "bc";
    else if (SPECIALS.has(word)) this.#special = word as SpecialDate;
    else if (word === "t" && this.#month !== undefined) this.#timeNext = true;
    else this.#namedZone(word);
  }

  #namedZone(word: string): void {
    const offset = abbreviationOffset(word);
    if (offset !== undefined) {
      this.#offset = offset;
      return;
    }
    const named = /[/<]|\d|^[a-z]{3,}$/.test(word);
    const zone = abbreviatedZone(word) ?? (named ? findZone(word) : undefined);
    if (zone) this.#zone = zone;
    else if (word.includes("/")) throw new SqlError("22023", `time zone "${word}" not recognized`);
    else throw new Unreadable();
  }

  #finish(): DateTimeParts {
    this.#applyMeridian();
    const days = this.#days ?? this.#civilDays();
    return {
      ...(this.#special === undefined ? {} : { special: this.#special }),
      ...(days === undefined ? {} : { days }),
      ...(this.#time === undefined ? {} : { time: this.#time }),
      ...(this.#offset === undefined ? {} : { offset: this.#offset }),
      ...(this.#zone === undefined ? {} : { zone: this.#zone }),
    };
  }

  #applyMeridian(): void {
    if (this.#meridian === undefined) return;
    if (this.#time === undefined) throw new Unreadable();
    const hour = this.#time / 3_600_000_000n;
    if (hour > 12n) throw fieldOverflow(this.#text);
    if (this.#meridian === "am" && hour === 12n) this.#time -= 43_200_000_000n;
    if (this.#meridian === "pm" && hour !== 12n) this.#time += 43_200_000_000n;
  }

  #civilDays(): number | undefined {
    const [given, month, day] = [this.#year, this.#month, this.#day];
    if (given === undefined && month === undefined && day === undefined) return undefined;
    if (given === undefined || month === undefined || day === undefined) throw new Unreadable();
    let year = given;
    if (this.#bc) {
      if (year <= 0) throw fieldOverflow(this.#text);
      year = 1 - year;
    } else if (this.#yearDigits <= 2) year += year < 70 ? 2000 : 1900;
    else if (year === 0) throw fieldOverflow(this.#text);
    if (month < 1 || month > 12 || day < 1 || day > 31) throw fieldOverflow(this.#text, true);
    if (day > daysInMonth(year, month)) throw fieldOverflow(this.#text);
    return daysOf(year, month, day);
  }
}

/** Throws 22007 naming `type`, 22008, 22009, 22023. */
export function readDateTime(text: string, order: DateOrder, type: string): DateTimeParts {
  try {
    const timeOnly = type === "time" || type === "time with time zone";
    return new Reader(text, order, timeOnly).read();
  } catch (error) {
    if (error instanceof Unreadable) throw invalidDateTime(type, text);
    throw error;
  }
}
