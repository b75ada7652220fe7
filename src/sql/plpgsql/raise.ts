/** What RAISE says. https://www.postgresql.org/docs/15/plpgsql-errors-and-messages.html */
import { type Notice, type NoticeSeverity, SqlError } from "../../base/sql-error.ts";
import { codesOf } from "./conditions.ts";
import type { Raise, SqlText } from "./tree.ts";

const FIELDS: Readonly<Record<string, string>> = {
  detail: "detail",
  hint: "hint",
  column: "column",
  constraint: "constraint",
  datatype: "dataType",
  table: "table",
  schema: "schema",
};

export function raised(
  { level, condition, format, values, options }: Raise,
  textOf: (sql: SqlText) => string | null,
): SqlError | Omit<Notice, "where"> {
  let code = condition?.code;
  let message = format === undefined ? undefined : filled(format, values.map(textOf));
  const fields: Record<string, string> = {};
  for (const { name, value } of options) {
    const text = textOf(value);
    if (text === null) throw new SqlError("22004", "RAISE statement option cannot be null");
    const isTwice =
      (name === "errcode" && condition) || (name === "message" && message !== undefined);
    if (isTwice || (FIELDS[name] ?? "") in fields) {
      throw new SqlError("42601", `RAISE option already specified: ${name.toUpperCase()}`);
    }
    if (name === "errcode") code = codeOf(text);
    else if (name === "message") message = text;
    else fields[FIELDS[name] ?? name] = text;
  }
  const text = message ?? condition?.name ?? code ?? "P0001";
  if (level === "exception") return new SqlError(code ?? "P0001", text, fields);
  const severity = level.toUpperCase() as NoticeSeverity;
  return {
    severity,
    code: code ?? (level === "warning" ? "01000" : "00000"),
    message: text,
    ...fields,
  };
}

function codeOf(text: string): string {
  const [known] = codesOf(text);
  if (known !== undefined) return known;
  if (/^[0-9A-Z]{5}$/.test(text)) return text;
  throw new SqlError("42704", `unrecognized exception condition "${text}"`);
}

function filled(format: string, values: readonly (string | null)[]): string {
  let at = 0;
  return format.replaceAll(/%%|%/g, (mark) => (mark === "%%" ? "%" : (values[at++] ?? "<NULL>")));
}
