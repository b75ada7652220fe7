/**
 * ICU'S COLLATORS as Node's Intl has them, by the locales of pg_collation.colliculocale: tags such
 * as `de-u-co-phonebk`, and ICU's older form `de@collation=phonebook;colNumeric=yes`. What of ICU's
 * attributes Intl does not know is refused.
 * https://unicode.org/reports/tr35/tr35-collation.html#Setting_Options
 */
import type { Oid } from "../base/ids.ts";
import { notSupported, SqlError } from "../base/sql-error.ts";
import type { CatalogReader } from "./reader.ts";
import { pgCollation } from "./relations/pg-collation.ts";

export interface IcuLocale {
  readonly compare: (a: string, b: string) => number;
  /** Of the letters' cases. */
  readonly language: string;
}

/** undefined: it is none of ICU's. */
export function icuCollation(
  catalog: CatalogReader,
  collation: Oid,
): { readonly deterministic: boolean } | undefined {
  const row = catalog.find(pgCollation, "key", [collation]);
  return row?.collprovider === "i" ? { deterministic: row.collisdeterministic } : undefined;
}

export const isNondeterministic = (catalog: CatalogReader, collation: Oid): boolean =>
  icuCollation(catalog, collation)?.deterministic === false;

interface Attributes {
  readonly base: string;
  /** Keys as in -u-, with their values. */
  readonly keys: ReadonlyMap<string, string>;
}

const OLD_KEYS: ReadonlyMap<string, string> = new Map([
  ["collation", "co"],
  ["colstrength", "ks"],
  ["colcaselevel", "kc"],
  ["colcasefirst", "kf"],
  ["colnumeric", "kn"],
  ["colalternate", "ka"],
  ["colbackwards", "kb"],
  ["colnormalization", "kk"],
  ["colhiraganaquaternary", "kh"],
  ["colreorder", "kr"],
]);

const OLD_VALUES: ReadonlyMap<string, string> = new Map([
  ["primary", "level1"],
  ["secondary", "level2"],
  ["tertiary", "level3"],
  ["quaternary", "level4"],
  ["identical", "identic"],
  ["yes", "true"],
  ["no", "false"],
  ["non-ignorable", "noignore"],
  ["phonebook", "phonebk"],
  ["traditional", "trad"],
  ["dictionary", "dict"],
  ["gb2312han", "gb2312"],
]);

const SWITCH = ["true", "false"];
/** What ICU takes for a key; others fail. */
const VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ["ks", ["level1", "level2", "level3", "level4", "identic"]],
  ["ka", ["noignore", "shifted"]],
  ["kf", ["upper", "lower", "false"]],
  ...["kb", "kc", "kh", "kk", "kn"].map((key) => [key, SWITCH] as const),
]);

const known = new Map<string, IcuLocale>();

/** Throws XX000 for what ICU refuses, 0A000 for what Intl lacks. */
export function icuLocale(locale: string): IcuLocale {
  const before = known.get(locale);
  if (before) return before;
  const made = open(locale);
  known.set(locale, made);
  return made;
}

function open(locale: string): IcuLocale {
  // So it may stand in SQLite's SQL.
  if (!/^[\w@=;.,-]*$/.test(locale)) throw notSupported(`ICU locale "${locale}"`);
  const { base, keys } = locale.includes("@") ? readOld(locale) : readTag(locale);
  for (const [key, value] of keys) {
    if (VALUES.get(key)?.includes(value) === false) {
      const message = `could not open collator for locale "${locale}": U_ILLEGAL_ARGUMENT_ERROR`;
      throw new SqlError("XX000", message);
    }
  }
  const lacking = [...keys].find(([key, value]) => lacks(key, value));
  if (lacking) throw notSupported(`ICU locale "${locale}" with ${lacking.join("-")}`);
  const sensitivity = sensitivityOf(keys);
  if (!sensitivity) throw notSupported(`ICU locale "${locale}" with kc-true and this strength`);
  const language = base === "" || base === "root" ? "und" : base;
  const collation = keys.get("co");
  const [caseFirst, alternate] = [keys.get("kf"), keys.get("ka")];
  const options = {
    sensitivity,
    usage: collation === "search" ? "search" : "sort",
    ...(collation && !["search", "standard"].includes(collation) && { collation }),
    ...(caseFirst && { caseFirst }),
    ...(alternate && { ignorePunctuation: alternate === "shifted" }),
    numeric: keys.get("kn") === "true",
  } as Intl.CollatorOptions;
  try {
    // Intl would take the server's own language for one without rules; English has the root's.
    const [found = "en"] = Intl.Collator.supportedLocalesOf([language]);
    return { compare: new Intl.Collator(found, options).compare, language };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw notSupported(`ICU locale "${locale}"`);
  }
}

function readTag(locale: string): Attributes {
  const [base = "", extension] = locale.replaceAll("_", "-").split(/-u-/i);
  const keys = new Map<string, string>();
  for (const [, key = "", value] of extension?.matchAll(/(?:^|-)(\w\w)((?:-\w{3,8})*)/g) ?? []) {
    keys.set(key.toLowerCase(), value?.slice(1).toLowerCase() || "true");
  }
  return { base, keys };
}

function readOld(locale: string): Attributes {
  const [base = "", attributes = ""] = locale.split("@");
  const keys = new Map<string, string>();
  for (const each of attributes.split(";")) {
    const [name = "", value = ""] = each.split("=").map((part) => part.trim().toLowerCase());
    keys.set(OLD_KEYS.get(name) ?? name, OLD_VALUES.get(value) ?? value);
  }
  return { base: base.replaceAll("_", "-"), keys };
}

/** `va-posix` is the order of ASCII's codes. */
const lacks = (key: string, value: string): boolean =>
  (["kb", "kh", "kk"].includes(key) && value === "true") ||
  ["kr", "kv", "vt"].includes(key) ||
  (key === "ks" && ["level4", "identic"].includes(value)) ||
  (key === "va" && value === "posix");

function sensitivityOf(keys: Attributes["keys"]): Intl.CollatorOptions["sensitivity"] {
  const strength = keys.get("ks") ?? "level3";
  const byCase = keys.get("kc") === "true";
  if (strength === "level1") return byCase ? "case" : "base";
  if (byCase) return undefined;
  return strength === "level2" ? "accent" : "variant";
}
