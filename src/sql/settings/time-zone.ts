/**
 * Names of time zones: IANA names in any case, hours east of Greenwich, intervals, and POSIX zones
 * without daylight saving. https://www.postgresql.org/docs/15/datetime-posix-timezone-specs.html
 */
import { notSupported } from "../../base/sql-error.ts";
import { invalidValue } from "./value.ts";

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
  return findZone(value) ?? posixZone(value);
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

let canonicalNames: Map<string, string> | undefined;

function findZone(value: string): string | undefined {
  canonicalNames ??= new Map(
    Intl.supportedValuesOf("timeZone").map((name) => [name.toLowerCase(), name]),
  );
  const lower = value.toLowerCase();
  const known = canonicalNames.get(lower);
  if (known !== undefined) return known;
  if (!/^[a-z][a-z0-9_+\-/]*$/.test(lower)) return undefined;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
  } catch {
    return undefined;
  }
  // An older name of a zone: the runtime knows it and does not list it, so its case follows the
  // zone files' habit.
  const name = lower.replace(/[a-z]+/g, (word, at: number) => {
    const whole = at === 0 && word.length === lower.replace(/[^a-z/].*$/, "").length;
    if (smallWords.has(word) && at > 0) return word;
    if (whole && !lower.includes("/") && word.length <= 3) return word.toUpperCase();
    if (upperWords.has(word)) return word.toUpperCase();
    return word.charAt(0).toUpperCase() + word.slice(1);
  });
  canonicalNames.set(lower, name);
  return name;
}

const smallWords = new Set(["of", "es", "au"]);
const upperWords = new Set(
  "utc uct gmt us est cst mst pst edt cdt mdt pdt hst wet cet met eet prc rok roc gb nz nsw act lhi".split(
    " ",
  ),
);

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
