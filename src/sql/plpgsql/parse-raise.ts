/** RAISE: a message with values in it, a condition, options. */
import { SqlError } from "../../base/sql-error.ts";
import { codesOf } from "./conditions.ts";
import { type Reader, stringValue } from "./reader.ts";
import type { Raise, RaiseLevel, SqlText } from "./tree.ts";

const LEVELS: readonly string[] = ["debug", "log", "info", "notice", "warning", "exception"];
const OPTIONS = new Set(
  "errcode message detail hint column constraint datatype table schema".split(" "),
);

export function raise(reader: Reader): Raise {
  reader.take();
  const none = { kind: "raise" as const, condition: undefined, format: undefined, values: [] };
  if (reader.isMark(";")) return { ...none, level: "exception", options: [], again: true };
  const word = reader.next?.kind === "word" ? reader.next.text.toLowerCase() : "";
  const hasLevel = LEVELS.includes(word);
  const level = hasLevel ? (word as RaiseLevel) : "exception";
  if (hasLevel) reader.take();
  const literal = reader.next && stringValue(reader.next);
  if (literal !== undefined) {
    reader.take();
    const values: SqlText[] = [];
    while (reader.takeIf(",")) {
      values.push(reader.sql("expression", [",", ";", "using"], ", or ; or USING"));
    }
    checkCount(literal, values.length);
    if (!reader.isMark(";") && !reader.isWord("using")) throw reader.failure();
    return { ...none, level, format: literal, values, options: options(reader), again: false };
  }
  const condition = reader.isWord("using") ? undefined : conditionOf(reader);
  return { ...none, level, condition, options: options(reader), again: false };
}

function conditionOf(reader: Reader) {
  const token = reader.next;
  const name = reader.name();
  if (name === "sqlstate") {
    const code = stringValue(reader.take()) ?? "";
    if (!/^[0-9A-Z]{5}$/.test(code)) throw reader.failure("invalid SQLSTATE code");
    return { name: code, code };
  }
  const [code] = codesOf(name);
  if (code !== undefined) return { name, code };
  throw reader.fault("42704", `unrecognized exception condition "${name}"`, token);
}

function options(reader: Reader): Raise["options"] {
  const found: { name: string; value: SqlText }[] = [];
  if (!reader.takeIf("using")) return found;
  do {
    const token = reader.next;
    const name = reader.name();
    if (!OPTIONS.has(name)) throw reader.failure("unrecognized RAISE statement option", token);
    if (!reader.takeIf("=") && !reader.takeIf(":=")) {
      throw reader.failure('syntax error, expected "="');
    }
    found.push({ name, value: reader.sql("expression", [",", ";"], ", or ;") });
  } while (reader.takeIf(","));
  return found;
}

function checkCount(format: string, given: number): void {
  const wanted = (format.replaceAll("%%", "").match(/%/g) ?? []).length;
  if (wanted === given) return;
  const what = wanted > given ? "few" : "many";
  throw new SqlError("42601", `too ${what} parameters specified for RAISE`);
}
