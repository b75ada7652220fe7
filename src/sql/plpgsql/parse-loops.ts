/** FOR over integers, over rows of a query, FOREACH over an array. */
import type { BodyParser } from "./parse-body.ts";
import { forCursor } from "./parse-cursors.ts";
import { intoOf, usingOf } from "./parse-sql.ts";
import type { Reader } from "./reader.ts";
import type { Action, Into, Statement } from "./tree.ts";

export function forLoop(parser: BodyParser, label: string | undefined): Action {
  const { reader } = parser;
  if (reader.takeIf("foreach")) return forEach(parser, label);
  reader.expect("for");
  const token = reader.next;
  const names = [reader.path()];
  while (reader.takeIf(",")) names.push(reader.path());
  reader.expect("in");
  const [path] = names;
  const inner = path?.length === 1 ? (path[0] as string) : undefined;
  const start = reader.next?.start ?? 0;
  if (!reader.isWord("execute")) {
    const reverse = reader.takeIf("reverse");
    const dots = dotsBefore(reader);
    if (dots !== undefined && inner !== undefined) {
      return forInteger(parser, { label, variable: inner, reverse, dots });
    }
  }
  const next = reader.next?.text.toLowerCase() ?? "";
  const isCursor = parser.names.has(next) || (reader.isNumber && parser.names.has(next));
  if (isCursor && !reader.isWord("execute")) return forCursor(parser, label, names);
  const paths = names.map((each) => parser.names.target(reader, each, token));
  const into: Into = { paths, strict: false };
  if (reader.takeIf("execute")) {
    const query = reader.sql("expression", ["loop", "using"], "LOOP");
    const using = usingOf(reader, ["loop"]);
    return { kind: "forRows", label, into, source: { query, using }, body: parser.loopBody(label) };
  }
  const source = reader.sql("statement", ["loop"], "LOOP");
  return {
    kind: "forRows",
    label,
    into,
    source: { ...source, start },
    body: parser.loopBody(label),
  };
}

/** Where `..` stands before LOOP; undefined: nowhere. */
function dotsBefore(reader: Reader): number | undefined {
  let depth = 0;
  for (let ahead = 0; ; ahead++) {
    const token = reader.peek(ahead);
    const after = reader.peek(ahead + 1);
    if (!token || !after || (depth === 0 && reader.isWord("loop", ahead))) return undefined;
    if (reader.isMark("(", ahead)) depth++;
    if (reader.isMark(")", ahead)) depth--;
    const isNear = token.end === after.start && token.kind !== "string";
    if (isNear && token.text.endsWith(".") && after.text.startsWith(".")) return token.end - 1;
  }
}

interface Range {
  readonly label: string | undefined;
  readonly variable: string;
  readonly reverse: boolean;
  readonly dots: number;
}

function forInteger(parser: BodyParser, { label, variable, reverse, dots }: Range): Action {
  const { reader } = parser;
  const start = reader.next?.start ?? 0;
  const from = reader.piece("expression", start, dots);
  // The second bound begins in the middle of a token, as in 1..10.
  while ((reader.next?.end ?? 0) <= dots + 1) reader.take();
  const upper = Math.max(dots + 2, 0);
  reader.skipTo("expression", ["loop", "by"], "LOOP");
  const to = reader.piece("expression", upper, reader.peek(-1)?.end ?? upper);
  const by = reader.takeIf("by") ? reader.sql("expression", ["loop"], "LOOP") : undefined;
  const outer = parser.names;
  parser.names = outer.inside(undefined);
  parser.names.declare(variable, "scalar");
  const body: Statement[] = parser.loopBody(label);
  parser.names = outer;
  return { kind: "forInteger", label, variable, from, to, by, reverse, body };
}

function forEach(parser: BodyParser, label: string | undefined): Action {
  const { reader } = parser;
  const into = intoOf(parser, false);
  let slice = 0;
  if (reader.takeIf("slice")) {
    if (!/^\d+$/.test(reader.next?.text ?? "")) throw reader.failure();
    slice = Number(reader.take().text);
  }
  reader.expect("in");
  reader.expect("array");
  const array = reader.sql("expression", ["loop"], "LOOP");
  return { kind: "forEach", label, into, slice, array, body: parser.loopBody(label) };
}
