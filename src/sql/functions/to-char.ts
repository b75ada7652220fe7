/**
 * to_char of dates, times and intervals.
 * https://www.postgresql.org/docs/15/functions-formatting.html#FUNCTIONS-FORMATTING-DATETIME-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import { civilOf, dayOfWeek, daysOf, isFiniteTimestamp, splitMicros } from "../types/calendar.ts";
import { formatOffset } from "../types/datetime-output.ts";
import { intervalOf } from "../types/intervals.ts";
import { sessionZone, toLocal } from "../types/time-zones.ts";
import {
  type DatePart,
  type DatePattern,
  dateTemplate,
  isCapitalised,
  MONTHS,
  ROMAN,
  WEEKDAYS,
} from "./datetime-template.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";
import { type Modifiers, ordinalOf, zeroPadded } from "./template.ts";

/** Fields of an interval may all be negative; those of a moment are not, but for the year. */
interface Shown {
  readonly isInterval: boolean;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** 0 = Sunday */
  readonly weekday: number;
  readonly dayOfYear: number;
  readonly hours: bigint;
  readonly minutes: number;
  readonly seconds: number;
  /** µs of the second */
  readonly fraction: number;
  /** Seconds east of UTC. */
  readonly offset: number;
  readonly zone: string;
}

const notForIntervals = () =>
  new SqlError("22007", "invalid format specification for an interval value", {
    hint: "Intervals are not tied to specific calendar dates.",
  });

/** Patterns that mean a date or a zone. */
const calendarOnly = new Set("TZ TZH TZM OF A.D. B.C. AD BC MONTH MON DAY DY D ID".split(" "));

/** The year before 1 is 1 BC. */
const shownYear = (year: number, { isInterval }: Shown): number =>
  !isInterval && year <= 0 ? 1 - year : year;

const dayCount = ({ year, month, day }: Shown): number => daysOf(year, month, day);

/** Monday of a year's first week. */
function firstMonday(year: number): number {
  const fourth = daysOf(year, 1, 4);
  return fourth - ((dayOfWeek(fourth) + 6) % 7);
}

/** Weeks count from the year that is shown: the days of an interval may be many of them. */
function isoWeekOf(moment: Shown): { readonly year: number; readonly week: number } {
  const days = dayCount(moment);
  let { year } = moment;
  if (days < firstMonday(year)) year--;
  const week = Math.trunc((days - firstMonday(year)) / 7) + 1;
  if (week < 52 || days < firstMonday(year + 1)) return { year, week };
  return { year: year + 1, week: Math.trunc((days - firstMonday(year + 1)) / 7) + 1 };
}

/** A number with its width, one more for a sign. */
const numeric = (value: number | bigint, width: number, { fill }: Modifiers): string =>
  zeroPadded(value, fill ? 0 : value < 0 ? width + 1 : width);

const word = (text: string, width: number, { fill }: Modifiers): string =>
  fill ? text : text.padEnd(width);

/** TM leaves out the padding, too. */
const nameOf = (text: string, width: number, { fill, translated }: Modifiers): string =>
  fill || translated ? text : text.padEnd(width);

/** As the pattern is written: DAY, Day or day. */
const cased = (text: string, { name, key }: DatePattern): string => {
  if (name === key) return text.toUpperCase();
  return isCapitalised(name) ? text : text.toLowerCase();
};

/** AM or A.M., in the pattern's case. */
function pairOf(words: readonly [string, string], second: boolean, pattern: DatePattern): string {
  const text = second ? words[1] : words[0];
  const dotted = pattern.key.includes(".") ? `${text[0]}.${text[1]}.` : text;
  return pattern.name === pattern.key ? dotted : dotted.toLowerCase();
}

const yearDigits: Readonly<Record<string, number>> = {
  YYYY: 4,
  YYY: 3,
  YY: 2,
  Y: 1,
  IYYY: 4,
  IYY: 3,
  IY: 2,
  I: 1,
};
const fractionDigits: Readonly<Record<string, number>> = {
  FF1: 1,
  FF2: 2,
  FF3: 3,
  MS: 3,
  FF4: 4,
  FF5: 5,
  FF6: 6,
  US: 6,
};

function yearText(moment: Shown, key: string, modifiers: Modifiers): string {
  const digits = yearDigits[key] ?? 4;
  const year = key.startsWith("I") ? isoWeekOf(moment).year : moment.year;
  const shown = shownYear(year, moment);
  return numeric(digits === 4 ? shown : shown % 10 ** digits, digits, modifiers);
}

function centuryText(moment: Shown, modifiers: Modifiers): string {
  const { year, isInterval } = moment;
  const century = isInterval
    ? Math.trunc(year / 100)
    : year > 0
      ? Math.trunc((year - 1) / 100) + 1
      : Math.trunc(year / 100) - 1;
  return Math.abs(century) <= 99 ? numeric(century, 2, modifiers) : String(century);
}

/** -1 is December; whole years of an interval end with December, too. */
function romanText({ month, year }: Shown, pattern: DatePattern, modifiers: Modifiers): string {
  if (month === 0 && year === 0) return "";
  const at = month === 0 ? (year >= 0 ? 11 : 0) : month < 0 ? 12 + month : month - 1;
  const text = ROMAN[at] ?? "";
  return word(pattern.name === "RM" ? text : text.toLowerCase(), 4, modifiers);
}

function timeText(moment: Shown, pattern: DatePattern, modifiers: Modifiers): string | undefined {
  const { hours, minutes, seconds, fraction } = moment;
  switch (pattern.key) {
    case "HH":
    case "HH12": {
      const width = modifiers.fill ? 0 : hours >= 0n ? 2 : 3;
      return zeroPadded(hours % 12n === 0n ? 12n : hours % 12n, width);
    }
    case "HH24":
      return numeric(hours, 2, modifiers);
    case "MI":
      return numeric(minutes, 2, modifiers);
    case "SS":
      return numeric(seconds, 2, modifiers);
    case "SSSS":
    case "SSSSS":
      return String(hours * 3600n + BigInt(minutes * 60 + seconds));
    case "AM":
    case "PM":
    case "A.M.":
    case "P.M.":
      return pairOf(["AM", "PM"], hours % 24n >= 12n, pattern);
    default: {
      const digits = fractionDigits[pattern.key];
      return digits === undefined
        ? undefined
        : zeroPadded(Math.trunc(fraction / 10 ** (6 - digits)), digits);
    }
  }
}

function zoneText({ offset, zone }: Shown, { name, key }: DatePattern, modifiers: Modifiers) {
  const sign = offset >= 0 ? "+" : "-";
  const total = Math.abs(offset);
  const hours = Math.trunc(total / 3600);
  const minutes = zeroPadded(Math.trunc((total % 3600) / 60), 2);
  switch (key) {
    case "TZ":
      return name === "TZ" ? zone : zone.toLowerCase();
    case "TZH":
      return sign + zeroPadded(hours, 2);
    case "TZM":
      return minutes;
    case "OF":
      return sign + zeroPadded(hours, modifiers.fill ? 0 : 2) + (total % 3600 ? `:${minutes}` : "");
    default:
      return undefined;
  }
}

function monthText(moment: Shown, pattern: DatePattern, modifiers: Modifiers): string | undefined {
  const { month } = moment;
  const name = MONTHS[month - 1] ?? "";
  switch (pattern.key) {
    case "MONTH":
      return nameOf(cased(name, pattern), 9, modifiers);
    case "MON":
      return cased(name.slice(0, 3), pattern);
    case "MM":
      return numeric(month, 2, modifiers);
    case "Q":
      return month === 0 ? "" : String(Math.trunc((month - 1) / 3) + 1);
    case "RM":
      return romanText(moment, pattern, modifiers);
    default:
      return undefined;
  }
}

function dayText(moment: Shown, pattern: DatePattern, modifiers: Modifiers): string | undefined {
  const { day, weekday, dayOfYear } = moment;
  switch (pattern.key) {
    case "DAY":
      return nameOf(cased(WEEKDAYS[weekday] ?? "", pattern), 9, modifiers);
    case "DY":
      return cased((WEEKDAYS[weekday] ?? "").slice(0, 3), pattern);
    case "DDD":
      return zeroPadded(dayOfYear, modifiers.fill ? 0 : 3);
    case "IDDD":
      return zeroPadded(isoDayOfYear(moment), modifiers.fill ? 0 : 3);
    case "DD":
      return zeroPadded(day, modifiers.fill ? 0 : 2);
    case "D":
      return String(weekday + 1);
    case "ID":
      return String(weekday || 7);
    case "W":
      return String(Math.trunc((day - 1) / 7) + 1);
    case "WW":
      return zeroPadded(Math.trunc((dayOfYear - 1) / 7) + 1, modifiers.fill ? 0 : 2);
    case "IW":
      return zeroPadded(isoWeekOf(moment).week, modifiers.fill ? 0 : 2);
    case "J":
      return String(dayCount(moment) + 2451545);
    default:
      return undefined;
  }
}

function isoDayOfYear(moment: Shown): number {
  const days = dayCount(moment);
  const { week } = isoWeekOf(moment);
  return (week - 1) * 7 + (dayOfWeek(days) || 7);
}

function otherText(moment: Shown, pattern: DatePattern, modifiers: Modifiers): string {
  switch (pattern.key) {
    case "A.D.":
    case "B.C.":
    case "AD":
    case "BC":
      return pairOf(["AD", "BC"], moment.year <= 0, pattern);
    case "Y,YYY": {
      const year = shownYear(moment.year, moment);
      const thousands = Math.trunc(year / 1000);
      return `${thousands},${zeroPadded(year - thousands * 1000, 3)}`;
    }
    case "CC":
      return centuryText(moment, modifiers);
    case "FX":
      return "";
    default:
      return yearText(moment, pattern.key, modifiers);
  }
}

function render(moment: Shown, part: DatePart): string {
  if (part.kind !== "pattern") return part.text;
  const { pattern } = part;
  if (moment.isInterval && calendarOnly.has(pattern.key)) throw notForIntervals();
  const text =
    timeText(moment, pattern, part) ??
    zoneText(moment, pattern, part) ??
    monthText(moment, pattern, part) ??
    dayText(moment, pattern, part) ??
    otherText(moment, pattern, part);
  const { ordinal } = part;
  return ordinal && /\d$/.test(text) && pattern.digits ? text + ordinalOf(text, ordinal) : text;
}

const format = (template: string, moment: Shown): string =>
  dateTemplate(template)
    .map((part) => render(moment, part))
    .join("");

function momentOf(local: bigint, offset: number, zone: string): Shown {
  const { days, time } = splitMicros(local);
  const civil = civilOf(days);
  return {
    isInterval: false,
    ...civil,
    weekday: dayOfWeek(days),
    dayOfYear: days - daysOf(civil.year, 1, 1) + 1,
    ...clockOf(time),
    offset,
    zone,
  };
}

const clockOf = (micros: bigint) => ({
  hours: micros / 3_600_000_000n,
  minutes: Number((micros / 60_000_000n) % 60n),
  seconds: Number((micros / 1_000_000n) % 60n),
  fraction: Number(micros % 1_000_000n),
});

export const toCharFunctions: readonly FunctionDefinition[] = [
  define("to_char(timestamp, text)", (_c, value, template) => {
    if (!isFiniteTimestamp(asInteger(value)) || template === "") return null;
    return format(asText(template), momentOf(asInteger(value), 0, ""));
  }),
  define("to_char(timestamptz, text)", (context, value, template) => {
    const utc = asInteger(value);
    if (!isFiniteTimestamp(utc) || template === "") return null;
    const zone = sessionZone(context);
    const offset = zone.offsetAt(utc);
    const shown = zone.abbreviationAt(utc) ?? formatOffset(offset);
    return format(asText(template), momentOf(toLocal(zone, utc), offset, shown));
  }),
  define("to_char(interval, text)", (_c, value, template) => {
    if (template === "") return null;
    const { months, days, micros } = intervalOf(asBytes(value));
    return format(asText(template), {
      isInterval: true,
      year: Math.trunc(months / 12),
      month: months % 12,
      day: days,
      weekday: 0,
      dayOfYear: months * 30 + days,
      ...clockOf(micros),
      offset: 0,
      zone: "",
    });
  }),
];
