/**
 * to_timestamp and to_date: texts read by a template.
 * https://www.postgresql.org/docs/15/functions-formatting.html
 *
 *   spaces     before a field and after it are skipped
 *   separator  of the template takes one separator or space of the text, if there is one
 *   other text of the template takes a character, whatever it is
 *   FX         and each part of the template takes what it is long
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  civilOf,
  DATE_END,
  DATE_MIN,
  dayOfWeek,
  daysInMonth,
  daysOf,
  MICROS_PER_DAY,
  roundMicros,
} from "../types/calendar.ts";
import { checkedTimestamp } from "../types/datetimes.ts";
import { sessionZone, toUtc } from "../types/time-zones.ts";
import {
  type DatePart,
  type DatePattern,
  dateTemplate,
  MONTHS,
  ROMAN,
  WEEKDAYS,
} from "./datetime-template.ts";
import { asText, define } from "./define.ts";
import { FieldReader } from "./from-char-reader.ts";
import type { FunctionDefinition } from "./registry.ts";

/** What the fields of the text said; 0 and undefined = nothing. */
type FieldName =
  | "hh"
  | "pm"
  | "mi"
  | "ss"
  | "ssss"
  | "d"
  | "dd"
  | "ddd"
  | "mm"
  | "ms"
  | "us"
  | "year"
  | "bc"
  | "ww"
  | "w"
  | "cc"
  | "j";

export class Fields {
  readonly numbers = new Map<FieldName, number>();
  twelveHours = false;
  calendar: "gregorian" | "iso" | undefined;
  /** Digits by which the year was written. */
  yearDigits = 0;
  /** Digits of the fraction: FF1 … FF6. */
  fractionDigits = 0;
  zoneSign = 0;
  zoneHours = 0;
  zoneMinutes = 0;

  get(name: FieldName): number {
    return this.numbers.get(name) ?? 0;
  }

  /** Throws 22007 when the field was given another value before. */
  set(name: FieldName, value: number, pattern: DatePattern): void {
    const before = this.get(name);
    if (before !== 0 && before !== value) {
      throw new SqlError(
        "22007",
        `conflicting values for "${pattern.name}" field in formatting string`,
        { detail: "This value contradicts a previous setting for the same field type." },
      );
    }
    this.numbers.set(name, value);
  }

  setCalendar(pattern: DatePattern): void {
    if (pattern.calendar === undefined) return;
    this.calendar ??= pattern.calendar;
    if (this.calendar === pattern.calendar) return;
    throw new SqlError("22007", "invalid combination of date conventions", {
      hint: "Do not mix Gregorian and ISO week date conventions in a formatting template.",
    });
  }
}

/** Years of less than four digits are those nearest to 2020. */
function nearestYear(year: number): number {
  if (year < 70) return year + 2000;
  if (year < 100) return year + 1900;
  if (year < 520) return year + 2000;
  return year < 1000 ? year + 1000 : year;
}

type Read = (reader: FieldReader, fields: Fields, part: DatePart & { kind: "pattern" }) => void;

/** A whole number with as many digits as it takes, `width` where a digit follows. */
const whole =
  (name: FieldName, width?: number): Read =>
  (reader, fields, part) => {
    fields.set(name, reader.integer(part, width ?? part.pattern.name.length).value, part.pattern);
    reader.skipOrdinal(part);
  };

const wordOf =
  (
    words: readonly string[],
    use: (fields: Fields, at: number, pattern: DatePattern) => void,
  ): Read =>
  (reader, fields, part) =>
    use(fields, reader.word(words, part.pattern), part.pattern);

/** am and pm, a.m. and p.m.: each twice, as PostgreSQL lists them in both cases. */
const halfDay: Read = wordOf(["am", "pm"], (fields, at, pattern) => {
  fields.set("pm", at, pattern);
  fields.twelveHours = true;
});
const dottedHalfDay: Read = wordOf(["a.m.", "p.m."], (fields, at, pattern) => {
  fields.set("pm", at, pattern);
  fields.twelveHours = true;
});
const setEra = (fields: Fields, at: number, pattern: DatePattern) => fields.set("bc", at, pattern);
const setMonth = (fields: Fields, at: number, pattern: DatePattern) =>
  fields.set("mm", at + 1, pattern);
/** Sunday is 1. */
const setWeekday = (fields: Fields, at: number, pattern: DatePattern) => {
  fields.set("d", at, pattern);
  fields.numbers.set("d", at + 1);
};

const shortened = (words: readonly string[]) => words.map((word) => word.slice(0, 3));
const twelveHours: Read = (reader, fields, part) => {
  whole("hh", 2)(reader, fields, part);
  fields.twelveHours = true;
};

/** 25 is a quarter and so is 250: digits count from the left. */
const fraction =
  (name: "ms" | "us", digits: number, precision: number): Read =>
  (reader, fields, part) => {
    if (precision > 0) fields.fractionDigits = precision;
    const { value, length } = reader.integer(part, precision || digits);
    fields.set(name, value, part.pattern);
    fields.numbers.set(name, value * 10 ** Math.max(digits - length, 0));
    reader.skipOrdinal(part);
  };

const year =
  (digits: number): Read =>
  (reader, fields, part) => {
    const { value, length } = reader.integer(part, digits);
    fields.set("year", value, part.pattern);
    if (digits < 4 && length < 4) fields.numbers.set("year", nearestYear(value));
    fields.yearDigits = digits;
    reader.skipOrdinal(part);
  };

const yearWithComma: Read = (reader, fields, part) => {
  fields.set("year", reader.yearWithComma(), part.pattern);
  fields.yearDigits = 4;
  reader.skipOrdinal(part);
};

/** ISO's Monday is 1; here Sunday is. */
const isoWeekday: Read = (reader, fields, part) => {
  const { value } = reader.integer(part, 1);
  fields.set("d", value, part.pattern);
  fields.numbers.set("d", value + 1 > 7 ? 1 : value + 1);
  reader.skipOrdinal(part);
};

const zoneHours: Read = (reader, fields, part) => {
  fields.zoneSign = reader.sign();
  fields.zoneHours = reader.integer(part, 2).value;
};
const zoneMinutes: Read = (reader, fields, part) => {
  fields.zoneSign ||= 1;
  fields.zoneMinutes = reader.integer(part, 2).value;
};
const onlyForOutput: Read = (_reader, _fields, { pattern }) => {
  throw new SqlError("0A000", `formatting field "${pattern.name}" is only supported in to_char`);
};
/** The quarter says nothing of a date. */
const quarter: Read = (reader, _fields, part) => {
  reader.integer(part, 1);
  reader.skipOrdinal(part);
};

const reads: Readonly<Record<string, Read>> = {
  "A.M.": dottedHalfDay,
  "P.M.": dottedHalfDay,
  AM: halfDay,
  PM: halfDay,
  HH: twelveHours,
  HH12: twelveHours,
  HH24: whole("hh", 2),
  MI: whole("mi"),
  SS: whole("ss"),
  MS: fraction("ms", 3, 0),
  US: fraction("us", 6, 0),
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((digits) => [`FF${digits}`, fraction("us", 6, digits)]),
  ),
  SSSS: whole("ssss"),
  SSSSS: whole("ssss"),
  TZ: onlyForOutput,
  OF: onlyForOutput,
  TZH: zoneHours,
  TZM: zoneMinutes,
  "A.D.": wordOf(["a.d.", "b.c."], setEra),
  "B.C.": wordOf(["a.d.", "b.c."], setEra),
  AD: wordOf(["ad", "bc"], setEra),
  BC: wordOf(["ad", "bc"], setEra),
  MONTH: wordOf(MONTHS, setMonth),
  MON: wordOf(shortened(MONTHS), setMonth),
  MM: whole("mm"),
  // The longest first, as XII begins with X.
  RM: wordOf(ROMAN.toReversed(), (fields, at, pattern) => fields.set("mm", 12 - at, pattern)),
  DAY: wordOf(WEEKDAYS, setWeekday),
  DY: wordOf(shortened(WEEKDAYS), setWeekday),
  DDD: whole("ddd"),
  IDDD: whole("ddd", 3),
  DD: whole("dd"),
  D: whole("d"),
  ID: isoWeekday,
  WW: whole("ww"),
  IW: whole("ww"),
  W: whole("w"),
  Q: quarter,
  CC: whole("cc"),
  J: whole("j"),
  "Y,YYY": yearWithComma,
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((digits) => [
      ["Y".repeat(digits), year(digits)],
      [`I${"Y".repeat(digits - 1)}`, year(digits)],
    ]),
  ),
};

function readFields(text: string, template: string, standard: boolean): Fields {
  const fields = new Fields();
  const reader = new FieldReader(text, dateTemplate(template), standard);
  while (reader.nextPart()) {
    const { part } = reader;
    if (part.kind !== "pattern") {
      reader.takeText(part);
      continue;
    }
    fields.setCalendar(part.pattern);
    if (part.pattern.key === "FX") reader.exact = true;
    else reads[part.pattern.key]?.(reader, fields, part);
    reader.endField();
  }
  if (standard) reader.finish();
  return fields;
}

const overflow = (text: string) =>
  new SqlError("22008", `date/time field value out of range: "${text}"`);

interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** µs of the day */
  readonly micros: bigint;
  readonly fractionDigits: number;
  /** Seconds east of UTC, if the text said it. */
  readonly offset: number | undefined;
}

/** The first day of an ISO week, in days since 2000-01-01. */
function weekStart(isoYear: number, week: number): number {
  const fourth = daysOf(isoYear, 1, 4);
  return fourth - ((dayOfWeek(fourth) + 6) % 7) + (week - 1) * 7;
}

/** Year by century and era; 0 = not said. */
function yearOf(fields: Fields): number | undefined {
  const year = fields.get("year");
  const bc = fields.get("bc") !== 0;
  const century = bc ? -fields.get("cc") : fields.get("cc");
  if (year !== 0) {
    if (century === 0 || fields.yearDigits > 2) {
      const signed = bc ? -year : year;
      return signed < 0 ? signed + 1 : signed;
    }
    const within = year % 100;
    if (within === 0) return century * 100 + (century >= 0 ? 0 : 1);
    return century >= 0 ? within + (century - 1) * 100 : (century + 1) * 100 - within + 1;
  }
  if (century === 0) return undefined;
  return century > 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
}

function dateOf(fields: Fields, text: string) {
  const saidYear = yearOf(fields);
  let [year, month, day] = [saidYear ?? 0, 1, 1];
  const said = { year: saidYear !== undefined, month: false, day: false };
  const setDays = (days: number) => {
    ({ year, month, day } = civilOf(days));
    said.year = said.month = said.day = true;
  };
  let dayOfYear = fields.get("ddd");
  if (fields.get("j") !== 0) setDays(fields.get("j") - 2451545);
  const week = fields.get("ww");
  if (week !== 0 && fields.calendar === "iso") {
    const weekday = fields.get("d");
    setDays(weekStart(year, week) + (weekday > 1 ? weekday - 2 : weekday === 1 ? 6 : 0));
  } else if (week !== 0) dayOfYear = (week - 1) * 7 + 1;
  const dayOfMonth = fields.get("w") !== 0 ? (fields.get("w") - 1) * 7 + 1 : fields.get("dd");
  if (dayOfMonth !== 0) {
    day = dayOfMonth;
    said.day = true;
  }
  if (fields.get("mm") !== 0) {
    month = fields.get("mm");
    said.month = true;
  }
  if (dayOfYear !== 0 && (month <= 1 || day <= 1)) {
    if (year === 0 && fields.get("bc") === 0) {
      throw new SqlError("22007", "cannot calculate day of year without year information");
    }
    if (fields.calendar === "iso") setDays(weekStart(year, 1) - 1 + dayOfYear);
    else {
      const place = placeInYear(year, dayOfYear);
      if (month <= 1) month = place.month;
      if (day <= 1) day = place.day;
      said.month = said.day = true;
    }
  }
  const badMonth = said.month && (month < 1 || month > 12);
  const badDay = said.day && (day < 1 || day > 31);
  const all = said.year && said.month && said.day;
  if (badMonth || badDay || (all && day > daysInMonth(year, month))) throw overflow(text);
  return { year, month, day };
}

/** Beyond the year's end the month is the thirteenth, which nobody accepts. */
function placeInYear(year: number, dayOfYear: number): { month: number; day: number } {
  let day = dayOfYear;
  let month = 1;
  for (; month <= 12 && day > daysInMonth(year, month); month++) day -= daysInMonth(year, month);
  return { month, day };
}

function clockOf(fields: Fields, text: string): bigint {
  const seconds = fields.get("ssss");
  let hour = fields.get("hh") || Math.trunc(seconds / 3600);
  const minute = fields.get("mi") || Math.trunc((seconds % 3600) / 60);
  const second = fields.get("ss") || seconds % 60;
  if (fields.twelveHours) {
    if (hour < 1 || hour > 12) {
      throw new SqlError("22007", `hour "${hour}" is invalid for the 12-hour clock`, {
        hint: "Use the 24-hour clock, or give an hour between 1 and 12.",
      });
    }
    hour = (hour % 12) + (fields.get("pm") ? 12 : 0);
  }
  const fractionMicros = fields.get("ms") * 1000 + fields.get("us");
  const bad =
    hour < 0 ||
    hour >= 24 ||
    minute < 0 ||
    minute >= 60 ||
    second < 0 ||
    second >= 60 ||
    fractionMicros < 0 ||
    fractionMicros >= 1_000_000;
  if (bad) throw overflow(text);
  return BigInt(hour * 3600 + minute * 60 + second) * 1_000_000n + BigInt(fractionMicros);
}

function offsetOf(fields: Fields, text: string): number | undefined {
  if (fields.zoneSign === 0) return undefined;
  const { zoneHours: hours, zoneMinutes: minutes } = fields;
  if (hours < 0 || hours > 15 || minutes < 0 || minutes >= 60) {
    throw new SqlError("22009", `time zone displacement out of range: "${text}"`);
  }
  return fields.zoneSign * (hours * 3600 + minutes * 60);
}

/** `standard`: as SQL/JSON reads, strictly. */
export function readLocal(text: string, template: string, standard = false): LocalTime {
  const fields = readFields(text, template, standard);
  const micros = clockOf(fields, text);
  const date = dateOf(fields, text);
  const { fractionDigits } = fields;
  return { ...date, micros, fractionDigits, offset: offsetOf(fields, text) };
}

export const fromCharFunctions: readonly FunctionDefinition[] = [
  define("to_timestamp(text, text)", (context, text, template) => {
    const time = readLocal(asText(text), asText(template));
    const days = BigInt(daysOf(time.year, time.month, time.day));
    const local = days * MICROS_PER_DAY + time.micros;
    const utc =
      time.offset === undefined
        ? toUtc(sessionZone(context), local)
        : local - BigInt(time.offset) * 1_000_000n;
    const value = checkedTimestamp(utc, -1);
    return time.fractionDigits === 0 ? value : roundMicros(value, time.fractionDigits);
  }),
  define("to_date(text, text)", (_c, text, template) => {
    const { year, month, day } = readLocal(asText(text), asText(template));
    const days = BigInt(daysOf(year, month, day));
    if (days < DATE_MIN || days >= DATE_END) {
      throw new SqlError("22008", `date out of range: "${asText(text)}"`);
    }
    return days;
  }),
];
