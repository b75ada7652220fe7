/**
 * Settings whose values have a grammar of their own: what they accept and the form in which they
 * are kept.
 */
import { SqlError } from "../../base/sql-error.ts";
import { isConvertible } from "../../catalog/charsets.ts";
import { encodingName, encodingNumber } from "../../catalog/encodings.ts";
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

/** Names are compared without case and punctuation. */
function clientEncoding(value: string): string {
  const name = encodingName(encodingNumber(value));
  if (name === "") throw invalidValue("client_encoding", value);
  if (isConvertible(name)) return name;
  const detail = `Conversion between ${name} and UTF8 is not supported.`;
  throw new SqlError("0A000", `invalid value for parameter "client_encoding": "${value}"`, {
    detail,
  });
}
