/**
 * IDENTIFIERS THAT ARE TOO LONG are cut to 63 bytes by the grammar, which says nothing;
 * PostgreSQL's scanner says so with a NOTICE for each.
 * https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 */
import { type Notice, notice } from "../../base/sql-error.ts";
import { clip, IDENTIFIER_BYTES_MAX } from "../../catalog/ddl/generated-names.ts";

/** Strings and comments are passed over; 1 = a quoted identifier, 3 = a plain one. */
const token =
  /"((?:[^"]|"")+)"|'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]*)\$[\s\S]*?\$\2\$|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/g;

/** In the order of the text. */
export function longIdentifiers(text: string): readonly Notice[] {
  if (!/[\w$\u0080-\uffff]{22}|"[^"]{22}/.test(text)) return [];
  const said: Notice[] = [];
  for (const [, quoted, , plain] of text.matchAll(token)) {
    const name = quoted?.replaceAll('""', '"') ?? plain?.toLowerCase() ?? "";
    const kept = clip(name, IDENTIFIER_BYTES_MAX);
    if (kept === name) continue;
    said.push(notice(`identifier "${name}" will be truncated to "${kept}"`, {}, "42622"));
  }
  return said;
}
