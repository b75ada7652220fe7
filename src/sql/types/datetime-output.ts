/**
 * Dates and times as texts in the four styles.
 * https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-DATETIME-OUTPUT
 */
import { civilOf, dayOfWeek, splitMicros } from "./calendar.ts";
import type { DateOrder } from "./datetime-decode.ts";
import type { TimeZone } from "./time-zones.ts";

export type DateStyle = "ISO" | "SQL" | "Postgres" | "German";

export interface DateFormat {
  readonly style: DateStyle;
  readonly order: DateOrder;
}

const formats = new Map<string, DateFormat>();

/** `ISO, MDY` */
export function parseDateStyle(setting: string | undefined): DateFormat {
  const text = setting ?? "ISO, MDY";
  let format = formats.get(text);
  if (!format) {
    const style = /ISO|SQL|Postgres|German/i.exec(text)?.[0].toLowerCase() ?? "iso";
    const usual = style === "german" ? "DMY" : "MDY";
    const order = (/MDY|DMY|YMD/i.exec(text)?.[0].toUpperCase() ?? usual) as DateOrder;
    const names = { iso: "ISO", sql: "SQL", postgres: "Postgres", german: "German" } as const;
    format = { style: names[style as keyof typeof names], order };
    formats.set(text, format);
  }
  return format;
}

const pad = (value: number | bigint, length = 2): string => String(value).padStart(length, "0");

/** HH:MM:SS with the fraction's trailing zeros gone. */
export function formatTime(micros: bigint): string {
  const fraction = micros % 1_000_000n;
  const seconds = Number(micros / 1_000_000n);
  const clock = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return fraction === 0n ? clock : `${clock}.${pad(fraction, 6).replace(/0+$/, "")}`;
}

/** +HH, +HH:MM or +HH:MM:SS */
export function formatOffset(seconds: number): string {
  const total = Math.abs(seconds);
  let text = (seconds < 0 ? "-" : "+") + pad(Math.floor(total / 3600));
  if (total % 3600 !== 0) text += `:${pad(Math.floor(total / 60) % 60)}`;
  return total % 60 === 0 ? text : `${text}:${pad(total % 60)}`;
}

function dateText(days: number, { style, order }: DateFormat): { text: string; bc: string } {
  const { year, month, day } = civilOf(days);
  const bc = year <= 0 ? " BC" : "";
  const y = pad(year <= 0 ? 1 - year : year, 4);
  const [m, d] = [pad(month), pad(day)];
  if (style === "ISO") return { text: `${y}-${m}-${d}`, bc };
  if (style === "German") return { text: `${d}.${m}.${y}`, bc };
  const separator = style === "SQL" ? "/" : "-";
  const parts =
    order === "DMY" ? [d, m, y] : order === "YMD" && style !== "SQL" ? [y, m, d] : [m, d, y];
  return { text: parts.join(separator), bc };
}

export function formatDate(days: number, format: DateFormat): string {
  const { text, bc } = dateText(days, format);
  return text + bc;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Local µs; with a zone, its offset or abbreviation at that moment. */
export function formatTimestamp(
  local: bigint,
  format: DateFormat,
  zone?: { readonly offset: number; readonly zone: TimeZone; readonly utc: bigint },
): string {
  const { days, time } = splitMicros(local);
  if (format.style === "Postgres") return formatPostgres(days, time, format, zone);
  const { text, bc } = dateText(days, format);
  let suffix = "";
  if (zone) {
    if (format.style === "ISO") suffix = formatOffset(zone.offset);
    else suffix = zoneWord(zone);
  }
  return `${text} ${formatTime(time)}${suffix}${bc}`;
}

const zoneWord = (zone: {
  readonly offset: number;
  readonly zone: TimeZone;
  readonly utc: bigint;
}) => {
  const word = zone.zone.abbreviationAt(zone.utc);
  return word === undefined ? formatOffset(zone.offset) : ` ${word}`;
};

function formatPostgres(
  days: number,
  time: bigint,
  { order }: DateFormat,
  zone?: { readonly offset: number; readonly zone: TimeZone; readonly utc: bigint },
): string {
  const { year, month, day } = civilOf(days);
  const name = MONTHS[month - 1] as string;
  const date = order === "DMY" ? `${pad(day)} ${name}` : `${name} ${pad(day)}`;
  const shownYear = pad(year <= 0 ? 1 - year : year, 4);
  const suffix = zone ? zoneWord(zone).replace(/^(?=[+-])/, " ") : "";
  const bc = year <= 0 ? " BC" : "";
  return `${WEEKDAYS[dayOfWeek(days)]} ${date} ${formatTime(time)} ${shownYear}${suffix}${bc}`;
}
