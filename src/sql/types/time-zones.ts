/**
 * TIME ZONES: offsets of IANA zones through Intl, of POSIX-like names and plain offsets by
 * themselves. Offsets are seconds east of UTC.
 */
import { SqlError } from "../../base/sql-error.ts";
import { listedZones } from "../settings/zone-names.ts";
import { EPOCH_MICROS, MICROS_PER_SECOND } from "./calendar.ts";
import { zoneAbbreviations } from "./zone-abbreviations.ts";

export interface TimeZone {
  readonly name: string;
  /** Its offset has never been another. */
  readonly fixed: boolean;
  /** `micros` since 2000-01-01 UTC. */
  readonly offsetAt: (micros: bigint) => number;
  /** `EST`, `CET`; undefined when the zone has none. */
  readonly abbreviationAt: (micros: bigint) => string | undefined;
}

/** What a Date can hold, in ms; a timestamp may be later, and none is earlier. */
const DATE_LIMIT = 8_640_000_000_000_000;
/** 400 years, in ms: dates, weekdays, and so changes of clocks, come again. */
const CYCLE = 146_097 * 86_400_000;

function toDate(micros: bigint): Date {
  const milliseconds = Number((micros + EPOCH_MICROS) / 1000n);
  const cycles = Math.max(Math.ceil((milliseconds - DATE_LIMIT) / CYCLE), 0);
  return new Date(Math.max(milliseconds - cycles * CYCLE, -DATE_LIMIT));
}

function fixedZone(name: string, offset: number, abbreviation: string | undefined): TimeZone {
  return { name, fixed: true, offsetAt: () => offset, abbreviationAt: () => abbreviation };
}

/** Undefined where the runtime does not know the zone. */
function zoneFormat(
  name: string,
  shown: "longOffset" | "short",
): ((micros: bigint) => string) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: shown });
  } catch {
    return undefined;
  }
  return (micros) =>
    format.formatToParts(toDate(micros)).find((part) => part.type === "timeZoneName")?.value ?? "";
}

function ianaZone(name: string): TimeZone | undefined {
  const offsetText = zoneFormat(name, "longOffset");
  if (!offsetText) return undefined;
  const present = listedZones.get(name.toLowerCase())?.abbreviations ?? [];
  let shortName: ((micros: bigint) => string) | undefined;
  const offsetAt = (micros: bigint): number => {
    const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(offsetText(micros));
    if (!match?.[1]) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === "-" ? -seconds : seconds;
  };
  return {
    name,
    fixed: /^(etc\/|gmt|uct|utc|zulu|universal|greenwich)/i.test(name),
    offsetAt,
    abbreviationAt(micros) {
      const offset = offsetAt(micros);
      const known = present.find(([, theirs]) => theirs === offset);
      if (known) return known[0];
      shortName ??= zoneFormat(name, "short");
      const text = shortName?.(micros) ?? "";
      return /^(GMT|UTC)[+-]/.test(text) ? undefined : text;
    },
  };
}

/** All zones of the tz database that the runtime knows. */
export function* allZones(): Generator<TimeZone> {
  for (const { name } of listedZones.values()) {
    const zone = findZone(name);
    if (zone) yield { ...zone, name };
  }
}

/** `+3`, `UTC+3`, `<+03>-03`: POSIX counts westward. */
function offsetZone(name: string): TimeZone | undefined {
  const bare = /^([+-]?\d{1,2})(?::(\d\d)(?::(\d\d))?)?$/.exec(name);
  if (bare) return fixedZone(name, -signedSeconds(bare), undefined);
  const standard = posixPart.exec(name);
  const west = standard?.[3] === undefined ? undefined : posixSeconds(standard);
  if (!standard || west === undefined) return undefined;
  const rest = name.slice(standard[0].length);
  const summer = posixPart.exec(rest);
  if (summer?.[3] !== undefined && posixSeconds(summer) === undefined) return undefined;
  if ((summer?.[0] ?? "") !== rest) return undefined;
  return { ...fixedZone(name, -west, standard[1] ?? standard[2]), fixed: rest === "" };
}

/** A name of anything but digits, signs and commas, and an offset; POSIX counts westward. */
const posixPart = /^(?:<([^>]*)>|([^\d,+-]+))(?:([+-]?\d+)(?::(\d+)(?::(\d+))?)?(?!:))?/;
const POSIX_HOURS_MAX = 167;

function posixSeconds([text, , , hours, minutes = "0", seconds = "0"]: RegExpExecArray) {
  const outside =
    Math.abs(Number(hours)) > POSIX_HOURS_MAX || Number(minutes) > 59 || Number(seconds) > 60;
  return outside ? undefined : signedSeconds([text, hours, minutes, seconds]);
}

function signedSeconds([, hours, minutes, seconds]: readonly (string | undefined)[]): number {
  const total = Math.abs(Number(hours)) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return hours?.startsWith("-") ? -total : total;
}

/**
 * Zones of the federal rules of the USA alone, hours west. Runtimes take them for links to cities,
 * which had local mean time, and summers by laws of their own.
 */
const FEDERAL: ReadonlyMap<string, number> = new Map([
  ...([
    ["est", 5],
    ["mst", 7],
    ["hst", 10],
  ] as const),
  ...([
    ["est5edt", 5],
    ["cst6cdt", 6],
    ["mst7mdt", 7],
    ["pst8pdt", 8],
  ] as const),
]);
/** Years with summers by federal law, until there was one for good. */
const FEDERAL_SUMMERS = new Set([1918, 1919, 1942, 1943, 1944, 1945]);
const FEDERAL_SINCE = 1967;

function federalZone(key: string, zone: TimeZone): TimeZone {
  const hours = FEDERAL.get(key);
  if (hours === undefined) return zone;
  const standard = -hours * 3600;
  if (!/\d/.test(key)) return fixedZone(zone.name, standard, zone.name.toUpperCase());
  const offsetAt = (micros: bigint): number => {
    const year = toDate(micros + BigInt(standard) * MICROS_PER_SECOND).getUTCFullYear();
    const hasSummer = year >= FEDERAL_SINCE || FEDERAL_SUMMERS.has(year);
    return hasSummer ? zone.offsetAt(micros) : standard;
  };
  const short = key.slice(0, 3).toUpperCase();
  const abbreviationAt = (micros: bigint) =>
    offsetAt(micros) === standard ? short : zone.abbreviationAt(micros);
  return { ...zone, offsetAt, abbreviationAt };
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
    const zone = (listedZones.has(key) ? undefined : offsetZone(name)) ?? ianaZone(name);
    zones.set(key, zone && federalZone(key, zone));
  }
  return zones.get(key);
}

/** What an abbreviation of input stands for. */
function abbreviatedZone(name: string): TimeZone | undefined {
  const meaning = zoneAbbreviations.get(name.toLowerCase())?.meaning;
  if (meaning === undefined) return undefined;
  return typeof meaning === "string"
    ? findZone(meaning)
    : fixedZone(name, meaning, name.toUpperCase());
}

/** A zone's name or abbreviation, as AT TIME ZONE takes it. Throws 22023. */
export function getZone(name: string): TimeZone {
  const zone = abbreviatedZone(name) ?? findZone(name);
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
