/**
 * Names of time zones: IANA names in any case, hours east of Greenwich, intervals, and POSIX zones
 * without daylight saving. https://www.postgresql.org/docs/15/datetime-posix-timezone-specs.html
 */
import { notSupported } from "../../base/sql-error.ts";
import { invalidValue } from "./value.ts";
import { listedZones } from "./zone-names.ts";

/** The kept form. Throws 22023, and 0A000 for POSIX rules of daylight saving. */
export function timeZone(value: string): string {
  const interval = /^interval\s*'([+-]?)(\d+):(\d{2}):(\d{2})'$/i.exec(value.trim());
  if (interval !== null) {
    const [, sign, hours, minutes, seconds] = interval;
    const east = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    return fixedOffset(value, sign === "-" ? -east : east);
  }
  if (/^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/.test(value)) {
    return fixedOffset(value, Math.trunc(Number(value) * 3600));
  }
  return listedZones.get(value.toLowerCase())?.name ?? posixZone(value);
}

/** As PostgreSQL prints it: POSIX counts west, so <+06>-06 is six hours east. */
function fixedOffset(value: string, secondsEast: number): string {
  if (Math.abs(secondsEast) > 167 * 3600) {
    throw invalidValue("TimeZone", value, { detail: "UTC timezone offset is out of range." });
  }
  const size = Math.abs(secondsEast);
  const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const minutes = size % 3600 === 0 ? "" : `:${two((size % 3600) / 60)}`;
  const seconds = size % 60 === 0 ? "" : `:${two(size % 60)}`;
  const shown = `${two(size / 3600)}${minutes}${seconds}`;
  return secondsEast < 0 ? `<-${shown}>+${shown}` : `<+${shown}>-${shown}`;
}

/** An abbreviation, if there is one, and an offset west: EST5, <+06>-06, 5:30. */
function posixZone(value: string): string {
  if (/^[+-]?\d{1,2}:\d{2}(?::\d{2})?$/.test(value)) return value;
  const zone = /^(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)[+-]?\d{1,3}(?::\d{2}(?::\d{2})?)?(.*)$/.exec(
    value,
  );
  if (zone === null) throw invalidValue("TimeZone", value);
  if (zone[1] === "") return value;
  if (/^(?:[A-Za-z]{3,}|<)/.test(zone[1] ?? "")) throw notSupported(`TimeZone = ${value}`);
  throw invalidValue("TimeZone", value);
}
