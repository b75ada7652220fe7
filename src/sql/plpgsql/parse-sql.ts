/** SQL in a body: statements with INTO, EXECUTE, GET DIAGNOSTICS. */
import { isWord } from "../parse/tokens.ts";
import type { BodyParser } from "./parse-body.ts";
import type { Reader } from "./reader.ts";
import type { Action, Into, SqlText } from "./tree.ts";

/** The targets behind INTO. */
export function intoOf(parser: BodyParser, mayBeStrict: boolean): Into {
  const { reader, names } = parser;
  const strict = mayBeStrict && reader.takeIf("strict");
  const paths: (readonly string[])[] = [];
  do {
    const token = reader.next;
    if (!reader.isName && !reader.isNumber) throw reader.failure();
    paths.push(names.target(reader, reader.path(), token));
  } while (reader.takeIf(","));
  return { paths, strict };
}

/** A statement up to its semicolon; INTO in it says where its row goes. */
export function sqlStatement(parser: BodyParser): Action {
  const { reader } = parser;
  const first = reader.next;
  if (first?.kind !== "word" && !reader.isMark("(")) throw reader.failure();
  const start = first?.start ?? 0;
  let into: Into | undefined;
  let gap: readonly [number, number] | undefined;
  let before = first;
  while (!reader.isMark(";")) {
    const token = reader.next;
    if (!token) throw reader.failure("unexpected end of function definition");
    reader.take();
    const isTarget = isWord(token, "into") && !isWord(before, "insert") && !isWord(before, "merge");
    before = token;
    if (!isTarget) continue;
    if (into) throw reader.fault("42601", "INTO specified more than once", token);
    into = intoOf(parser, true);
    gap = [token.start, reader.peek(-1)?.end ?? token.end];
  }
  const end = reader.peek(-1)?.end ?? start;
  const whole = reader.source.slice(start, end);
  // What stands behind INTO keeps its place.
  const text = gap
    ? (
        whole.slice(0, gap[0] - start) +
        " ".repeat(gap[1] - gap[0]) +
        whole.slice(gap[1] - start)
      ).trimEnd()
    : whole;
  return { kind: "sql", query: reader.piece("statement", start, end, text), into };
}

/** USING …, up to what ends the statement. */
export function usingOf(reader: Reader, ends: readonly string[]): SqlText[] {
  const values: SqlText[] = [];
  if (!reader.takeIf("using")) return values;
  do values.push(reader.sql("expression", [",", ...ends], `, or ${ends[0]}`));
  while (reader.takeIf(","));
  return values;
}

export function dynamicSql(parser: BodyParser): Action {
  const { reader } = parser;
  reader.take();
  const query = reader.sql("expression", ["into", "using", ";"], "INTO or USING or ;");
  let into: Into | undefined;
  let using: SqlText[] = [];
  for (;;) {
    if (!into && reader.takeIf("into")) into = intoOf(parser, true);
    else if (using.length === 0 && reader.isWord("using")) using = usingOf(reader, [";", "into"]);
    else return { kind: "execute", dynamic: { query, using }, into };
  }
}

const CURRENT_ITEMS = ["row_count", "pg_context"];
const STACKED_ITEMS = [
  ...["pg_exception_context", "pg_exception_detail", "pg_exception_hint", "returned_sqlstate"],
  ...["column_name", "constraint_name", "pg_datatype_name", "message_text"],
  ...["table_name", "schema_name"],
];

export function diagnostics(parser: BodyParser): Action {
  const { reader, names } = parser;
  reader.take();
  const stacked = reader.takeIf("stacked");
  if (!stacked) reader.takeIf("current");
  reader.expect("diagnostics");
  const items: { target: readonly string[]; item: string }[] = [];
  do {
    const token = reader.next;
    const target = names.target(reader, reader.path(), token);
    if (target.length === 1 && names.isRecord(target[0] ?? "")) {
      throw reader.fault("42601", `"${target[0]}" is not a scalar variable`, token);
    }
    if (!reader.takeIf(":=")) reader.expect("=");
    const named = reader.next;
    const item = reader.name();
    if (![...CURRENT_ITEMS, ...STACKED_ITEMS].includes(item)) {
      throw reader.failure("unrecognized GET DIAGNOSTICS item", named);
    }
    if (stacked !== STACKED_ITEMS.includes(item)) {
      const which = stacked ? "STACKED" : "CURRENT";
      const message = `diagnostics item ${item.toUpperCase()} is not allowed in GET ${which} DIAGNOSTICS`;
      throw reader.fault("42601", message, named);
    }
    items.push({ target, item });
  } while (reader.takeIf(","));
  return { kind: "diagnostics", stacked, items };
}
