/**
 * to_char of dates and times by template.
 * https://www.postgresql.org/docs/15/functions-formatting.html#FUNCTIONS-FORMATTING-DATETIME-TABLE
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import {
  civilOf,
  dayOfWeek,
  daysOf,
  isFiniteTimestamp,
  isoWeek,
  splitMicros,
} from "../types/calendar.ts";
import { formatOffset } from "../types/datetime-output.ts";
import { intervalOf } from "../types/intervals.ts";
import { sessionZone, toLocal } from "../types/time-zones.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );
const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const ROMAN = "I II III IV V VI VII VIII IX X XI XII".split(" ");

/** Longest first, so that the first that fits is meant. */
const patterns = [
  ..."Y,YYY|IYYY|YYYY|A.D.|a.d.|B.C.|b.c.|A.M.|a.m.|P.M.|p.m.|SSSSS|MONTH|Month|month".split("|"),
  ..."HH24|HH12|SSSS|IDDD|IYY|YYY|MON|Mon|mon|DAY|Day|day|DDD|TZH|TZM|FF1|FF2|FF3|FF4|FF5|FF6".split(
    "|",
  ),
  ..."AD|ad|BC|bc|AM|am|PM|pm|HH|MI|SS|MS|US|IY|YY|MM|DD|DY|Dy|dy|WW|IW|CC|TZ|tz|OF|RM|rm|ID".split(
    "|",
  ),
  ..."I|Y|D|W|J|Q".split("|"),
];

interface Shown {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Days since 2000; undefined for an interval. */
  readonly days: number | undefined;
  readonly hours: bigint;
  readonly minutes: number;
  /** µs of the minute */
  readonly micros: number;
  readonly offset?: number;
  readonly zone?: string;
}

type Render = (moment: Shown, fill: boolean) => string;

const padded = (value: number | bigint, width: number, fill: boolean): string => {
  const negative = value < 0;
  const digits = String(value).replace("-", "");
  return (negative ? "-" : "") + (fill ? digits.padStart(width, "0") : digits);
};
const number =
  (read: (moment: Shown) => number | bigint, width: number): Render =>
  (moment, fill) =>
    padded(read(moment), width, fill);
const word =
  (read: (moment: Shown) => string, width: number): Render =>
  (moment, fill) =>
    fill ? read(moment).padEnd(width) : read(moment);

const dayOf = (moment: Shown): number => {
  if (moment.days === undefined) {
    throw new SqlError("22007", "invalid format specification for an interval value", {
      hint: "Intervals are not tied to specific calendar dates.",
    });
  }
  return moment.days;
};
const shownYear = ({ year, days }: Shown): number =>
  days !== undefined && year <= 0 ? 1 - year : year;
const half = ({ hours }: Shown): number => Number(hours % 24n >= 12n);
const twelve = ({ hours }: Shown): bigint => (hours % 12n === 0n ? 12n : hours % 12n);
const fraction =
  (digits: number): Render =>
  (moment) =>
    String(Math.floor((moment.micros % 1e6) / 10 ** (6 - digits))).padStart(digits, "0");
const lastDigits = (value: number, digits: number): number => value % 10 ** digits;
const weekday = (moment: Shown): string => WEEKDAYS[dayOfWeek(dayOf(moment))] as string;
const monthName = (moment: Shown): string => {
  dayOf(moment);
  return MONTHS[moment.month - 1] as string;
};
const era =
  (names: readonly [string, string]): Render =>
  (moment) =>
    names[moment.year <= 0 ? 1 : 0];
const meridian =
  (names: readonly [string, string]): Render =>
  (moment) =>
    names[half(moment)] as string;
const isoYear = (moment: Shown): number => {
  const { year } = isoWeek(dayOf(moment));
  return year <= 0 ? 1 - year : year;
};
const dayOfYear = (moment: Shown): number => dayOf(moment) - daysOf(moment.year, 1, 1) + 1;
const isoDayOfYear = (moment: Shown): number =>
  (isoWeek(dayOf(moment)).week - 1) * 7 + (dayOfWeek(dayOf(moment)) || 7);
const secondsOfDay = ({ hours, minutes, micros }: Shown): bigint =>
  hours * 3600n + BigInt(minutes * 60 + Math.floor(micros / 1e6));
const century = (moment: Shown): number => {
  const { year } = moment;
  return year > 0 ? Math.ceil(year / 100) : -Math.ceil((1 - year) / 100);
};

const cases = (
  name: string,
  read: (moment: Shown) => string,
  width: number,
): [string, Render][] => [
  [name.toUpperCase(), word((moment) => read(moment).toUpperCase(), width)],
  [name[0]?.toUpperCase() + name.slice(1), word(read, width)],
  [name, word((moment) => read(moment).toLowerCase(), width)],
];

const pairs = (
  words: readonly [string, string],
  make: (names: readonly [string, string]) => Render,
) =>
  words.flatMap((one): [string, Render][] => [
    [one, make(words)],
    [one.toLowerCase(), make(words.map((text) => text.toLowerCase()) as [string, string])],
  ]);

const renders: ReadonlyMap<string, Render> = new Map<string, Render>([
  ["HH24", number(({ hours }) => hours, 2)],
  ["HH12", number(twelve, 2)],
  ["HH", number(twelve, 2)],
  ["MI", number(({ minutes }) => minutes, 2)],
  ["SS", number(({ micros }) => Math.floor(micros / 1e6), 2)],
  ["MS", fraction(3)],
  ["US", fraction(6)],
  ...[1, 2, 3, 4, 5, 6].map((digits): [string, Render] => [`FF${digits}`, fraction(digits)]),
  ["SSSS", number(secondsOfDay, 0)],
  ["SSSSS", number(secondsOfDay, 0)],
  ...pairs(["AM", "PM"], meridian),
  ...pairs(["A.M.", "P.M."], meridian),
  ...pairs(["AD", "BC"], era),
  ...pairs(["A.D.", "B.C."], era),
  [
    "Y,YYY",
    (moment) => {
      const year = shownYear(moment);
      return `${Math.floor(year / 1000)},${String(year % 1000).padStart(3, "0")}`;
    },
  ],
  ["YYYY", number(shownYear, 4)],
  ["YYY", number((moment) => lastDigits(shownYear(moment), 3), 3)],
  ["YY", number((moment) => lastDigits(shownYear(moment), 2), 2)],
  ["Y", number((moment) => lastDigits(shownYear(moment), 1), 1)],
  ["IYYY", number(isoYear, 4)],
  ["IYY", number((moment) => lastDigits(isoYear(moment), 3), 3)],
  ["IY", number((moment) => lastDigits(isoYear(moment), 2), 2)],
  ["I", number((moment) => lastDigits(isoYear(moment), 1), 1)],
  ...cases("month", monthName, 9),
  ...cases("mon", (moment) => monthName(moment).slice(0, 3), 0),
  ["MM", number(({ month }) => month, 2)],
  ...cases("day", weekday, 9),
  ...cases("dy", (moment) => weekday(moment).slice(0, 3), 0),
  ["DDD", number(dayOfYear, 3)],
  ["IDDD", number(isoDayOfYear, 3)],
  ["DD", number(({ day }) => day, 2)],
  ["D", number((moment) => dayOfWeek(dayOf(moment)) + 1, 1)],
  ["ID", number((moment) => dayOfWeek(dayOf(moment)) || 7, 1)],
  ["W", number(({ day }) => Math.floor((day - 1) / 7) + 1, 1)],
  ["WW", number((moment) => Math.floor((dayOfYear(moment) - 1) / 7) + 1, 2)],
  ["IW", number((moment) => isoWeek(dayOf(moment)).week, 2)],
  ["CC", number(century, 2)],
  ["J", number((moment) => dayOf(moment) + 2451545, 0)],
  ["Q", number(({ month }) => Math.ceil(month / 3), 0)],
  ["RM", word(({ month }) => ROMAN[(month + 11) % 12] as string, 4)],
  ["rm", word(({ month }) => (ROMAN[(month + 11) % 12] as string).toLowerCase(), 4)],
  ["TZ", ({ zone }) => zone ?? ""],
  ["tz", ({ zone }) => (zone ?? "").toLowerCase()],
  ["OF", ({ offset }) => (offset === undefined ? "+00" : formatOffset(offset))],
  ["TZH", ({ offset = 0 }) => formatOffset(offset).slice(0, 3)],
  ["TZM", ({ offset = 0 }) => String(Math.floor((Math.abs(offset) % 3600) / 60)).padStart(2, "0")],
]);

function ordinalSuffix(text: string, upper: boolean): string {
  const value = Number(text.slice(-2));
  const teen = value >= 11 && value <= 13;
  const suffix = teen ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th");
  return upper ? suffix.toUpperCase() : suffix;
}

/** FM before a pattern drops padding; TH after it adds the ordinal. Text in double quotes stays. */
function formatByTemplate(template: string, moment: Shown): string {
  let out = "";
  let rest = template;
  while (rest !== "") {
    const quoted = /^"((?:[^"\\]|\\.)*)"?/s.exec(rest);
    if (quoted) {
      out += (quoted[1] as string).replace(/\\(.)/gs, "$1");
      rest = rest.slice(quoted[0].length);
      continue;
    }
    const prefix = /^(?:FM|fm|TM|tm)/.exec(rest)?.[0] ?? "";
    const pattern = patterns.find((one) => rest.startsWith(one, prefix.length));
    const upper =
      pattern ?? patterns.find((one) => rest.slice(prefix.length).toUpperCase().startsWith(one));
    if (upper === undefined) {
      out += rest.startsWith('\\"') ? '"' : rest[0];
      rest = rest.slice(rest.startsWith('\\"') ? 2 : 1);
      continue;
    }
    const render = renders.get(upper);
    if (!render) throw notSupported(`to_char pattern ${upper}`);
    const text = render(moment, prefix === "");
    rest = rest.slice(prefix.length + upper.length);
    const ordinal = /^\d/.test(text) ? /^(?:TH|th)/.exec(rest) : null;
    out += ordinal ? text + ordinalSuffix(text, ordinal[0] === "TH") : text;
    if (ordinal) rest = rest.slice(2);
  }
  return out;
}

function momentOf(local: bigint): Shown {
  const { days, time } = splitMicros(local);
  return {
    ...civilOf(days),
    days,
    hours: time / 3_600_000_000n,
    minutes: Number((time / 60_000_000n) % 60n),
    micros: Number(time % 60_000_000n),
  };
}

export const toCharFunctions: readonly FunctionDefinition[] = [
  define("to_char(timestamp, text)", (_c, value, template) => {
    if (!isFiniteTimestamp(asInteger(value)) || template === "") return null;
    return formatByTemplate(asText(template), momentOf(asInteger(value)));
  }),
  define("to_char(timestamptz, text)", (context, value, template) => {
    const utc = asInteger(value);
    if (!isFiniteTimestamp(utc) || template === "") return null;
    const zone = sessionZone(context);
    const offset = zone.offsetAt(utc);
    const shown = zone.abbreviationAt(utc) ?? formatOffset(offset);
    return formatByTemplate(asText(template), {
      ...momentOf(toLocal(zone, utc)),
      offset,
      zone: shown,
    });
  }),
  define("to_char(interval, text)", (_c, value, template) => {
    const { months, days, micros } = intervalOf(asBytes(value));
    return formatByTemplate(asText(template), {
      year: Math.trunc(months / 12),
      month: months % 12,
      day: days,
      days: undefined,
      hours: micros / 3_600_000_000n,
      minutes: Number((micros / 60_000_000n) % 60n),
      micros: Number(micros % 60_000_000n),
    });
  }),
];
