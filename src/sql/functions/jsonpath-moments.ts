/**
 * Dates and times in jsonpath: what .datetime() makes of texts.
 * https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-SQLJSON-OP-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  DATE_END,
  DATE_MIN,
  daysOf,
  MICROS_PER_DAY,
  roundMicros,
  splitMicros,
  TIMESTAMP_END,
  TIMESTAMP_MIN,
} from "../types/calendar.ts";
import type { TypeContext } from "../types/codec.ts";
import { formatDate, formatTime } from "../types/datetime-output.ts";
import { sessionZone, toUtc } from "../types/time-zones.ts";
import { type DatePart, dateTemplate } from "./datetime-template.ts";
import { readLocal } from "./from-char.ts";
import { zoneText } from "./json-text.ts";

type MomentType = "date" | "time" | "timetz" | "timestamp" | "timestamptz";

/** `micros`: of the day, or since 2000-01-01; with a zone in UTC. */
export interface Moment {
  readonly kind: "datetime";
  readonly type: MomentType;
  readonly micros: bigint;
  /** Seconds east of UTC. */
  readonly offset: number;
}

export const momentTypes: Readonly<Record<MomentType, string>> = {
  date: "date",
  time: "time without time zone",
  timetz: "time with time zone",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
};

const clocks = ["HH24:MI:SS.US", "HH24:MI:SS"].flatMap((clock) =>
  ["TZH:TZM", "TZH", ""].map((zone) => clock + zone),
);
/** What is tried where no template says the form. */
const forms = [
  "yyyy-mm-dd",
  ...clocks,
  ...clocks.map((clock) => `yyyy-mm-dd ${clock}`),
  ...clocks.map((clock) => `yyyy-mm-dd"T"${clock}`),
];

const timed = /^(?:[AP]\.?M\.?|HH(?:12|24)?|MI|SS|MS|US|FF[1-6]|SSSSS?)$/;
const zoned = /^TZ[HM]$/;
const undated = new Set(["FX", "IW"]);

function kindsOf(parts: readonly DatePart[]) {
  const kinds = { dated: false, timed: false, zoned: false };
  for (const part of parts) {
    if (part.kind !== "pattern") continue;
    const { key } = part.pattern;
    if (timed.test(key)) kinds.timed = true;
    else if (zoned.test(key)) kinds.zoned = true;
    else if (!undated.has(key)) kinds.dated = true;
  }
  return kinds;
}

function typeOf(parts: readonly DatePart[]): MomentType {
  const kinds = kindsOf(parts);
  if (kinds.timed) {
    if (kinds.dated) return kinds.zoned ? "timestamptz" : "timestamp";
    return kinds.zoned ? "timetz" : "time";
  }
  if (kinds.dated && !kinds.zoned) return "date";
  const what = kinds.dated ? "zoned but not timed" : "not dated and not timed";
  throw new SqlError("22007", `datetime format is ${what}`);
}

/** Throws 22007 for what SQL/JSON does not take between patterns. */
export function checkTemplate(template: string): void {
  for (const part of dateTemplate(template)) {
    if (part.kind === "pattern" || part.quoted || "-./,':; ".includes(part.text)) continue;
    const shown = part.text === '"' ? "\\" : part.text;
    throw new SqlError("22007", `invalid datetime format separator: "${shown}"`);
  }
}

/** Throws as to_timestamp does, and where the text is not what the template says. */
export function readMoment(text: string, template: string): Moment {
  const parts = dateTemplate(template);
  const local = readLocal(text, template, true);
  const type = typeOf(parts);
  const days = BigInt(daysOf(local.year, local.month, local.day));
  const offset = local.offset ?? 0;
  const digits = local.fractionDigits || 6;
  if (type === "date") {
    if (days < DATE_MIN || days >= DATE_END) {
      throw new SqlError("22008", `date out of range: "${text}"`);
    }
    return { kind: "datetime", type, micros: days * MICROS_PER_DAY, offset: 0 };
  }
  if (type === "time" || type === "timetz") {
    const micros = inUtc(roundMicros(local.micros, digits), offset);
    return { kind: "datetime", type, micros, offset };
  }
  const micros = inUtc(days * MICROS_PER_DAY + local.micros, offset);
  if (micros < TIMESTAMP_MIN || micros >= TIMESTAMP_END) {
    throw new SqlError("22008", `${type} out of range`);
  }
  return { kind: "datetime", type, micros: roundMicros(micros, digits), offset };
}

const inUtc = (micros: bigint, offset: number) => micros - BigInt(offset) * 1_000_000n;

/** undefined: in none of the forms. */
export function recognize(text: string): Moment | undefined {
  for (const form of forms) {
    try {
      return readMoment(text, form);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
    }
  }
  return undefined;
}

const ISO = { style: "ISO", order: "MDY" } as const;

export function momentText({ type, micros, offset }: Moment): string {
  const zone = type === "timetz" || type === "timestamptz" ? zoneText(offset) : "";
  const local = micros + BigInt(offset) * 1_000_000n;
  if (type === "time" || type === "timetz") return formatTime(local) + zone;
  const { days, time } = splitMicros(local);
  const [date = "", bc] = formatDate(days, ISO).split(" ");
  const clock = type === "date" ? "" : `T${formatTime(time)}`;
  return `${date}${clock}${zone}${bc ? ` ${bc}` : ""}`;
}

/** undefined: a time and a date. Throws 0A000 where the session's zone decides and may not. */
export function compareMoments(
  left: Moment,
  right: Moment,
  context: TypeContext,
  usesZone: boolean,
): number | undefined {
  const isTime = (moment: Moment) => moment.type === "time" || moment.type === "timetz";
  if (isTime(left) !== isTime(right)) return undefined;
  const hasZone = (moment: Moment) => moment.type.endsWith("tz");
  const inZone = (moment: Moment): Moment => {
    if (hasZone(left) === hasZone(right) || hasZone(moment)) return moment;
    const { type, micros } = moment;
    if (!usesZone) {
      const to = isTime(moment) ? "timetz" : "timestamptz";
      throw new SqlError(
        "0A000",
        `cannot convert value from ${type} to ${to} without time zone usage`,
        { hint: "Use *_tz() function for time zone support." },
      );
    }
    const zone = sessionZone(context);
    // A midnight that no timestamp holds is after all of them.
    const isFar = micros >= TIMESTAMP_END;
    if (!isTime(moment)) return { ...moment, micros: isFar ? micros : toUtc(zone, micros) };
    const offset = zone.offsetAt(context.transactionTime);
    return { ...moment, micros: inUtc(micros, offset), offset };
  };
  const [one, other] = [inZone(left), inZone(right)];
  if (one.micros !== other.micros) return one.micros < other.micros ? -1 : 1;
  return isTime(one) ? other.offset - one.offset : 0;
}
