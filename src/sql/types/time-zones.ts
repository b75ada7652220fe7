/**
 * TIME ZONES: offsets of IANA zones through Intl, of POSIX-like names and plain offsets by
 * themselves. Offsets are seconds east of UTC.
 */
import { SqlError } from "../../base/sql-error.ts";
import { EPOCH_MICROS, MICROS_PER_SECOND } from "./calendar.ts";

export interface TimeZone {
  readonly name: string;
  /** `micros` since 2000-01-01 UTC. */
  readonly offsetAt: (micros: bigint) => number;
  /** `EST`, `CET`; undefined when the zone has none. */
  readonly abbreviationAt: (micros: bigint) => string | undefined;
}

/**
 * Abbreviations that input knows, in seconds.
 * https://www.postgresql.org/docs/15/datetime-config-files.html
 */
const abbreviations: Readonly<Record<string, number>> = {
  acst: 34200,
  aedt: 39600,
  aest: 36000,
  akdt: -28800,
  akst: -32400,
  adt: -10800,
  art: -10800,
  ast: -14400,
  awst: 28800,
  brt: -10800,
  bst: 3600,
  cdt: -18000,
  cest: 7200,
  cet: 3600,
  cst: -21600,
  edt: -14400,
  eest: 10800,
  eet: 7200,
  est: -18000,
  gmt: 0,
  hkt: 28800,
  hst: -36000,
  ist: 7200,
  jst: 32400,
  kst: 32400,
  mdt: -21600,
  met: 3600,
  mest: 7200,
  msk: 10800,
  mst: -25200,
  ndt: -9000,
  nst: -12600,
  nzdt: 46800,
  nzst: 43200,
  pdt: -25200,
  pst: -28800,
  sgt: 28800,
  ut: 0,
  utc: 0,
  wat: 3600,
  west: 3600,
  wet: 0,
  z: 0,
  zulu: 0,
};

export const abbreviationOffset = (name: string): number | undefined =>
  Object.hasOwn(abbreviations, name.toLowerCase()) ? abbreviations[name.toLowerCase()] : undefined;

/** What a Date can hold, in ms. */
const DATE_LIMIT = 8_640_000_000_000_000;

function toDate(micros: bigint): Date {
  const milliseconds = Number((micros + EPOCH_MICROS) / 1000n);
  return new Date(Math.max(-DATE_LIMIT, Math.min(DATE_LIMIT, milliseconds)));
}

function fixedZone(name: string, offset: number, abbreviation: string | undefined): TimeZone {
  return { name, offsetAt: () => offset, abbreviationAt: () => abbreviation };
}

function ianaZone(name: string): TimeZone | undefined {
  let offsets: Intl.DateTimeFormat;
  let names: Intl.DateTimeFormat;
  try {
    offsets = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    names = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "short" });
  } catch {
    return undefined;
  }
  const last = (format: Intl.DateTimeFormat, micros: bigint): string =>
    format.formatToParts(toDate(micros)).find((part) => part.type === "timeZoneName")?.value ?? "";
  return {
    name,
    offsetAt(micros) {
      const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(last(offsets, micros));
      if (!match?.[1]) return 0;
      const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
      return match[1] === "-" ? -seconds : seconds;
    },
    abbreviationAt(micros) {
      const text = last(names, micros);
      return /^(GMT|UTC)[+-]/.test(text) ? undefined : text;
    },
  };
}

/** `+3`, `UTC+3`, `<+03>-03`: POSIX counts westward. */
function offsetZone(name: string): TimeZone | undefined {
  const bare = /^([+-]?\d{1,2})(?::(\d\d)(?::(\d\d))?)?$/.exec(name);
  if (bare) return fixedZone(name, -signedSeconds(bare), undefined);
  const posix = /^(?:<([^>]+)>|([A-Za-z]{3,}))([+-]?\d{1,2})(?::(\d\d)(?::(\d\d))?)?$/.exec(name);
  if (!posix) return undefined;
  const west = signedSeconds([posix[0], posix[3] as string, posix[4], posix[5]]);
  return fixedZone(name, -west, posix[1] ?? posix[2]);
}

function signedSeconds([, hours, minutes, seconds]: readonly (string | undefined)[]): number {
  const total = Math.abs(Number(hours)) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return hours?.startsWith("-") ? -total : total;
}

const zones = new Map<string, TimeZone | undefined>();
const utc = fixedZone("UTC", 0, "UTC");
for (const name of ["utc", "etc/utc", "etc/uct", "zulu", "uct", "universal", "etc/universal"]) {
  zones.set(name, utc);
}
zones.set("gmt", fixedZone("GMT", 0, "GMT"));

/** Case does not matter. undefined = no such zone. */
export function findZone(name: string): TimeZone | undefined {
  const key = name.toLowerCase();
  if (!zones.has(key)) {
    if (zones.size > 2000) zones.clear();
    zones.set(key, offsetZone(name) ?? ianaZone(name));
  }
  return zones.get(key);
}

/** A zone's name or abbreviation, as AT TIME ZONE takes it. Throws 22023. */
export function getZone(name: string): TimeZone {
  const offset = abbreviationOffset(name);
  const zone = offset === undefined ? findZone(name) : fixedZone(name, offset, name.toUpperCase());
  if (!zone) throw new SqlError("22023", `time zone "${name}" not recognized`);
  return zone;
}

/** The session's zone; UTC when the setting is missing. */
export const sessionZone = (context: { setting(name: string): string | undefined }): TimeZone =>
  findZone(context.setting("timezone") ?? "UTC") ?? utc;

const DAY = 86_400_000_000n;

/**
 * The offset of a local time. A time that a change of clocks skipped counts as before it, one that
 * it repeated as after it.
 */
export function offsetOfLocal(zone: TimeZone, local: bigint): number {
  const before = zone.offsetAt(local - DAY);
  const after = zone.offsetAt(local + DAY);
  if (before === after && zone.offsetAt(local - micros(before)) === before) return before;
  const holds = (offset: number) => zone.offsetAt(local - micros(offset)) === offset;
  if (holds(after)) return after;
  return before;
}

const micros = (seconds: number): bigint => BigInt(seconds) * MICROS_PER_SECOND;

/** Local µs → UTC µs. */
export const toUtc = (zone: TimeZone, local: bigint): bigint =>
  local - micros(offsetOfLocal(zone, local));
export const toLocal = (zone: TimeZone, utcMicros: bigint): bigint =>
  utcMicros + micros(zone.offsetAt(utcMicros));
