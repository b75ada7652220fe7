/**
 * DATES AND TIMES FROM FIELDS: what each field of digits means by what is known before it.
 * Masks say what is known; a field that says something again is refused.
 */
import { civilOf, daysInMonth, daysOf } from "./calendar.ts";
import {
  badFormat,
  DateTimeFault,
  fieldOverflow,
  fraction,
  leadingHours,
  leadingInt4,
  roundEven,
  wordNamed,
} from "./datetime-tokens.ts";

export type DateOrder = "MDY" | "DMY" | "YMD";

export const MASK = {
  year: 1,
  month: 2,
  day: 4,
  hour: 8,
  minute: 16,
  second: 32,
  subsecond: 64,
  dayOfYear: 128,
  zone: 256,
  daylight: 512,
  weekday: 1024,
  era: 2048,
  meridian: 4096,
  reserved: 8192,
} as const;
export const DATE_MASK = MASK.year | MASK.month | MASK.day;
export const SECONDS_MASK = MASK.second | MASK.subsecond;
export const TIME_MASK = MASK.hour | MASK.minute | SECONDS_MASK;

const SECONDS_PER_HOUR = 3600;
const ZONE_HOURS_MAX = 15;
/** 1970-01-01's distance from 4713-11-24 BC, the first Julian day. */
const JULIAN_OF_2000 = 2451545;

/** Where the fields go. Public: the readers of fields are its other half. */
export class Moment {
  year = 0;
  month = 0;
  day = 0;
  hour = 0;
  minute = 0;
  second = 0;
  micros = 0;
  dayOfYear = 0;
  /** Year of one or two digits. */
  twoDigits = false;
  /** The date is a day number: its year is not to be adjusted. */
  julian = false;
  bc = false;
  meridian: "am" | "pm" | undefined;

  setJulian(day: number): void {
    const civil = civilOf(day - JULIAN_OF_2000);
    this.year = civil.year;
    this.month = civil.month;
    this.day = civil.day;
    this.julian = true;
  }
}

/** A date with separators. Returns what it has set. */
export function decodeDate(moment: Moment, text: string, known: number, order: DateOrder): number {
  const parts = dateParts(text);
  let mask = known;
  let textMonth = false;
  for (const part of parts) {
    if (!/^[a-z]/.test(part)) continue;
    const word = wordNamed(part);
    if (word?.is === "ignored") continue;
    if (word?.is !== "month" || mask & MASK.month) throw badFormat();
    moment.month = word.month;
    textMonth = true;
    mask |= MASK.month;
  }
  for (const part of parts) {
    if (/^[a-z]/.test(part)) continue;
    const set = decodeNumber(moment, part, textMonth, mask, order);
    if (mask & set) throw badFormat();
    mask |= set;
  }
  if ((mask & ~(MASK.dayOfYear | MASK.zone)) !== DATE_MASK) throw badFormat();
  return mask & ~known;
}

/** Runs of digits or letters. The character after each is dropped, whatever it is. */
function dateParts(text: string): string[] {
  const parts: string[] = [];
  const part = /[^\da-z]*(\d+|[a-z]+).?/sy;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (!match?.[1]) throw badFormat();
    parts.push(match[1]);
  }
  return parts;
}

/** A time with colons. `range` "minute to second": two parts are minutes and seconds. */
export function decodeTime(text: string, minutesFirst: boolean): TimeParts {
  const hours = leadingHours(text);
  if (!hours.rest.startsWith(":")) throw badFormat();
  const minutes = leadingInt4(hours.rest.slice(1));
  const { rest } = minutes;
  const shifted = { hour: 0, minute: hours.value, second: minutes.value };
  if (rest === "") {
    const plain = { hour: hours.value, minute: minutes.value, second: 0 };
    return checkedTime({ ...(minutesFirst ? shifted : plain), micros: 0 });
  }
  if (rest.startsWith(".")) return checkedTime({ ...shifted, micros: microsOf(rest) });
  if (!rest.startsWith(":")) throw badFormat();
  const seconds = leadingInt4(rest.slice(1));
  const micros =
    seconds.rest === "" ? 0 : seconds.rest.startsWith(".") ? microsOf(seconds.rest) : undefined;
  if (micros === undefined) throw badFormat();
  const [hour, minute, second] = [hours.value, minutes.value, seconds.value];
  return checkedTime({ hour, minute, second, micros });
}

export interface TimeParts {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
}

function checkedTime(parts: TimeParts): TimeParts {
  const { hour, minute, second, micros } = parts;
  const wrong =
    hour < 0 || minute < 0 || minute > 59 || second < 0 || second > 60 || micros > 1_000_000;
  if (wrong) throw fieldOverflow();
  return parts;
}

export const microsOf = (text: string): number => roundEven(fraction(text) * 1_000_000);

/** After 24:00:00 there is no time of a day. */
export const isBeyondDay = ({ hour, minute, second, micros }: TimeParts): boolean =>
  ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros > 86_400_000_000;

/** A number that stands alone or in a date: by what is known already it is year, month or day. */
export function decodeNumber(
  moment: Moment,
  text: string,
  textMonth: boolean,
  known: number,
  order: DateOrder,
): number {
  const { value, rest } = leadingInt4(text);
  if (rest === text) throw badFormat();
  const digits = text.length - rest.length;
  if (rest.startsWith(".")) {
    if (digits > 2) return decodeRun(moment, text, known | DATE_MASK);
    moment.micros = microsOf(rest);
  } else if (rest !== "") throw badFormat();
  const { length } = text;
  if (length === 3 && (known & DATE_MASK) === MASK.year && value >= 1 && value <= 366) {
    moment.dayOfYear = value;
    return MASK.dayOfYear | MASK.month | MASK.day;
  }
  const part = partOf(known & DATE_MASK, length, textMonth, order);
  if (part === "run") return decodeRun(moment, text, known);
  if (part === "swap") {
    if (length >= 3 && moment.twoDigits) {
      moment.day = moment.year;
      moment.year = value;
      moment.twoDigits = false;
    } else moment.day = value;
    return MASK.day;
  }
  moment[part] = value;
  if (part === "year") moment.twoDigits = length <= 2;
  return MASK[part];
}

function partOf(
  known: number,
  length: number,
  textMonth: boolean,
  order: DateOrder,
): "year" | "month" | "day" | "swap" | "run" {
  switch (known) {
    case 0:
      return length >= 3 || order === "YMD" ? "year" : order === "DMY" ? "day" : "month";
    case MASK.year:
      return "month";
    case MASK.month:
      return textMonth && (length >= 3 || order === "YMD") ? "year" : "day";
    case MASK.year | MASK.month:
      return textMonth ? "swap" : "day";
    case MASK.day:
      return "month";
    case MASK.month | MASK.day:
      return "year";
    case DATE_MASK:
      return "run";
    default:
      throw badFormat();
  }
}

/** Digits run together: a year of any length, month and day; hhmmss, hhmm. Returns the new mask. */
export function decodeRun(moment: Moment, text: string, known: number): number {
  const dot = text.indexOf(".");
  let digits = text;
  if (dot >= 0) {
    // What follows the digits of the fraction does not matter.
    const shown = /^\.\d+(?:e[+-]?\d+)?/i.exec(text.slice(dot))?.[0] ?? "0";
    moment.micros = roundEven(Number(shown) * 1_000_000);
    digits = text.slice(0, dot);
  } else if ((known & DATE_MASK) !== DATE_MASK && digits.length >= 6) {
    // As C converts what is too long.
    moment.year = Number(BigInt.asIntN(32, BigInt(digits.slice(0, -4))));
    moment.month = Number(digits.slice(-4, -2));
    moment.day = Number(digits.slice(-2));
    if (digits.length === 6) moment.twoDigits = true;
    return DATE_MASK;
  }
  const isTime = digits.length === 6 || digits.length === 4;
  if ((known & TIME_MASK) === TIME_MASK || !isTime) throw badFormat();
  moment.hour = Number(digits.slice(0, 2));
  moment.minute = Number(digits.slice(2, 4));
  moment.second = Number(digits.slice(4) || "0");
  return TIME_MASK;
}

/** `+02`, `-0330`, `+5:30:15`: seconds east of UTC. */
export function decodeOffset(text: string): number {
  if (!/^[-+]/.test(text)) throw badFormat();
  const hours = leadingInt4(text.slice(1), "zone");
  let [hour, minute, second] = [hours.value, 0, 0];
  let { rest } = hours;
  if (rest.startsWith(":")) {
    const minutes = leadingInt4(rest.slice(1), "zone");
    minute = minutes.value;
    rest = minutes.rest;
    if (rest.startsWith(":")) {
      const seconds = leadingInt4(rest.slice(1), "zone");
      second = seconds.value;
      rest = seconds.rest;
    }
  } else if (rest === "" && text.length > 3) {
    minute = hour % 100;
    hour = Math.trunc(hour / 100);
  }
  const bad = (value: number, end: number) => value < 0 || value >= end;
  if (bad(hour, ZONE_HOURS_MAX + 1) || bad(minute, 60) || bad(second, 60)) {
    throw new DateTimeFault("zone");
  }
  if (rest !== "") throw badFormat();
  const total = hour * SECONDS_PER_HOUR + minute * 60 + second;
  return text.startsWith("-") ? -total : total;
}

/** Years of two digits and before Christ, days of the year, and what cannot be. */
export function validateDate(moment: Moment, known: number): void {
  if (known & MASK.year && !moment.julian) adjustYear(moment);
  if (known & MASK.dayOfYear) {
    const civil = civilOf(daysOf(moment.year, 1, 1) + moment.dayOfYear - 1);
    moment.year = civil.year;
    moment.month = civil.month;
    moment.day = civil.day;
  }
  const outside = (value: number, max: number) => value < 1 || value > max;
  if (known & MASK.month && outside(moment.month, 12)) throw new DateTimeFault("month or day");
  if (known & MASK.day && outside(moment.day, 31)) throw new DateTimeFault("month or day");
  const whole = (known & DATE_MASK) === DATE_MASK;
  if (whole && moment.day > daysInMonth(moment.year, moment.month)) throw fieldOverflow();
}

function adjustYear(moment: Moment): void {
  if (moment.bc) {
    if (moment.year <= 0) throw fieldOverflow();
    moment.year = 1 - moment.year;
  } else if (moment.twoDigits) {
    if (moment.year < 0) throw fieldOverflow();
    if (moment.year < 70) moment.year += 2000;
    else if (moment.year < 100) moment.year += 1900;
  } else if (moment.year <= 0) throw fieldOverflow();
}

export function applyMeridian(moment: Moment): void {
  if (moment.meridian === undefined) return;
  if (moment.hour > 12) throw fieldOverflow();
  if (moment.meridian === "am" && moment.hour === 12) moment.hour = 0;
  else if (moment.meridian === "pm" && moment.hour !== 12) moment.hour += 12;
}
