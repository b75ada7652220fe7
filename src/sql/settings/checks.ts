/**
 * Settings whose values have a grammar of their own: what they accept and the form in which they
 * are kept.
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { SettingDefinition } from "./definition.ts";
import { splitIdentifiers } from "./lists.ts";
import { timeZone } from "./time-zone.ts";
import { invalidValue, parseSetting } from "./value.ts";

/** Kept form of a value; `before` is the value that holds now. Throws 22023 and 0A000. */
type Check = (value: string, before: string) => string;

/**
 * The form in which a value is kept. `name`: the setting's as the client wrote it; `before`: the
 * value that holds now. Throws 22023 and 0A000.
 */
export function keptForm(
  definition: SettingDefinition,
  name: string,
  written: string,
  before: string,
): string {
  const isString = definition.type === "string";
  const value = parseSetting(definition, isString ? definition.name : name, written);
  if (value.includes("\0")) throw invalidValue(name, written);
  return checks.get(definition.name.toLowerCase())?.(value, before) ?? value;
}

/** By lower-case name. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["datestyle", dateStyle],
  ["timezone", timeZone],
  ["client_encoding", clientEncoding],
  ["application_name", printable],
  ["cluster_name", printable],
  ["search_path", identifierList("search_path")],
  ["temp_tablespaces", identifierList("temp_tablespaces")],
  ["restrict_nonsystem_relation_kind", relationKinds],
  ["default_with_oids", withoutOids],
  ["backup_storage_url", backupUrl],
  ["backup_storage_directory", backupDirectory],
]);

function identifierList(name: string): Check {
  return (value) => {
    if (splitIdentifiers(value) !== undefined) return value;
    throw invalidValue(name, value, { detail: "List syntax is invalid." });
  };
}

function relationKinds(value: string): string {
  const name = "restrict_nonsystem_relation_kind";
  const kinds = splitIdentifiers(value);
  if (kinds === undefined) throw invalidValue(name, value, { detail: "List syntax is invalid." });
  const unknown = kinds.find((kind) => kind !== "view" && kind !== "foreign-table");
  if (unknown === undefined) return value;
  throw invalidValue(name, value, { detail: `Unrecognized key word: "${unknown}".` });
}

/** Dumps of PostgreSQL before 12 switch it off. */
function withoutOids(value: string): string {
  if (value === "off") return value;
  throw new SqlError("0A000", "tables declared WITH OIDS are not supported");
}

/** RisingWave's form for local files; it knows other stores, too. */
function backupUrl(value: string): string {
  if (value === "" || /^fs:\/\/\//.test(value)) return value;
  const hint = "The files of the server are the one storage: fs:// and an absolute path.";
  throw invalidValue("backup_storage_url", value, { hint });
}

function backupDirectory(value: string): string {
  const isInside = !value.startsWith("/") && !value.split("/").includes("..");
  if (value !== "" && isInside) return value;
  const detail = "It is a relative path that does not lead upwards.";
  throw invalidValue("backup_storage_directory", value, { detail });
}

/** Bytes beyond printable ASCII become question marks, as in PostgreSQL. */
function printable(value: string): string {
  if (/^[ -~]*$/.test(value)) return value;
  return Array.from(Buffer.from(value), (byte) =>
    byte >= 32 && byte <= 126 ? String.fromCharCode(byte) : "?",
  ).join("");
}

const styles: ReadonlyMap<string, string> = new Map([
  ["iso", "ISO"],
  ["sql", "SQL"],
  ["german", "German"],
]);

/** "ISO, MDY": an output style and an order of input, each optional. */
function dateStyle(value: string, before: string): string {
  const words = splitIdentifiers(value);
  if (words === undefined)
    throw invalidValue("DateStyle", value, { detail: "List syntax is invalid." });
  const [styleBefore = "ISO", orderBefore = "MDY"] = before.split(", ");
  let style: string | undefined;
  let order: string | undefined;
  let conflict = false;
  for (const word of words) {
    const named = styles.get(word) ?? (word.startsWith("postgres") ? "Postgres" : undefined);
    const asked = orderOf(word);
    if (named !== undefined) {
      conflict ||= style !== undefined && style !== named;
      style = named;
      if (named === "German") order ??= "DMY";
    } else if (asked !== undefined) {
      conflict ||=
        order !== undefined && order !== asked && !(style === "German" && order === "DMY");
      order = asked;
    } else if (word === "default") {
      style ??= "ISO";
      order ??= "MDY";
    } else {
      throw invalidValue("DateStyle", value, { detail: `Unrecognized key word: "${word}".` });
    }
  }
  if (conflict)
    throw invalidValue("DateStyle", value, { detail: 'Conflicting "datestyle" specifications.' });
  return `${style ?? styleBefore}, ${order ?? orderBefore}`;
}

function orderOf(word: string): string | undefined {
  if (word === "ymd") return "YMD";
  if (word === "dmy" || word.startsWith("euro")) return "DMY";
  if (word === "mdy" || word === "us" || word.startsWith("noneuro")) return "MDY";
  return undefined;
}

/**
 * Names of PostgreSQL's other client encodings, without punctuation, as their look-up sees them.
 */
const otherEncodings = new Set(
  (
    "abc alt big5 euccn eucjis2004 eucjp euckr euctw gb18030 gbk iso88591 iso885910 iso885913 iso885914 iso885915 " +
    "iso885916 iso88592 iso88593 iso88594 iso88595 iso88596 iso88597 iso88598 iso88599 johab koi8 koi8r koi8u latin1 " +
    "latin10 latin2 latin3 latin4 latin5 latin6 latin7 latin8 latin9 mskanji muleinternal shiftjis shiftjis2004 sjis " +
    "sqlascii tcvn tcvn5712 uhc vscii win win1250 win1251 win1252 win1253 win1254 win1255 win1256 win1257 win1258 win866 " +
    "win874 win932 win936 win949 win950 windows1250 windows1251 windows1252 windows1253 windows1254 windows1255 " +
    "windows1256 windows1257 windows1258 windows866 windows874 windows932 windows936 windows949 windows950"
  ).split(" "),
);

/** Only UTF-8 passes the wire; its names are compared without case and punctuation. */
function clientEncoding(value: string): string {
  const name = value.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (name === "utf8" || name === "unicode") return "UTF8";
  if (otherEncodings.has(name)) throw notSupported(`client_encoding ${value}`);
  throw invalidValue("client_encoding", value);
}
