/**
 * CURSORS IN A BODY: their declarations, OPEN, FETCH, MOVE, CLOSE, and FOR over one.
 * https://www.postgresql.org/docs/15/plpgsql-cursors.html
 */
import type { BodyParser } from "./parse-body.ts";
import { intoOf, usingOf } from "./parse-sql.ts";
import { declaredType } from "./parse-types.ts";
import type {
  Action,
  CursorDeclaration,
  DeclaredType,
  Direction,
  Fetch,
  Path,
  SqlText,
} from "./tree.ts";

/** Behind its name: [NO] SCROLL CURSOR … */
export function cursorDeclaration(parser: BodyParser, name: string): CursorDeclaration {
  const { reader, names } = parser;
  const { line } = reader;
  const scroll = scrollOf(parser);
  reader.expect("cursor");
  const parameters: { readonly name: string; readonly type: DeclaredType }[] = [];
  const inside = names.inside(name);
  if (reader.takeIf("(")) {
    do {
      const parameter = reader.name();
      parameters.push({ name: parameter, type: declaredType(reader, [",", ")"]) });
      inside.declare(parameter, "scalar");
    } while (reader.takeIf(","));
    reader.expect(")");
  }
  if (!reader.takeIf("is")) reader.expect("for");
  const query = reader.sql("statement", [";"]);
  reader.expect(";");
  return { kind: "cursor", name, line, scroll, parameters, query };
}

function scrollOf({ reader }: BodyParser): boolean | undefined {
  if (reader.takeIf("scroll")) return true;
  if (!reader.isWord("no") || !reader.isWord("scroll", 1)) return undefined;
  reader.take();
  reader.take();
  return false;
}

/** A variable that holds a cursor's name. */
function cursorVariable({ reader, names }: BodyParser): Path {
  const token = reader.next;
  if (!reader.isName && !reader.isNumber) throw reader.failure();
  const path = reader.path();
  const [first = "", ...rest] = path;
  const kind = names.kindOf(first);
  const isLabel = rest.length > 0 && names.hasLabel(first);
  if (kind === undefined && !isLabel) {
    throw reader.fault("42601", `"${path.join(".")}" is not a known variable`, token);
  }
  const type = names.otherType(path.at(-1) ?? "");
  const isField = kind !== undefined && rest.length > 0;
  if (kind === "record" || type === "record" || isField) {
    throw reader.fault("42804", "cursor variable must be a simple variable", token);
  }
  if (type !== undefined) {
    const message = `variable "${path.join(".")}" must be of type cursor or refcursor`;
    throw reader.fault("42804", message, token);
  }
  return path;
}

export function openCursor(parser: BodyParser): Action {
  const { reader, names } = parser;
  reader.take();
  const cursor = cursorVariable(parser);
  const bound = names.cursor(cursor.at(-1) ?? "");
  if (bound) {
    const args = argumentsOf(parser, bound, ";");
    return { kind: "open", cursor, scroll: bound.scroll, source: undefined, args };
  }
  const scroll = scrollOf(parser);
  if (!reader.takeIf("for")) throw reader.failure('syntax error, expected "FOR"');
  if (!reader.takeIf("execute")) {
    const source = reader.sql("statement", [";"]);
    return { kind: "open", cursor, scroll, source, args: [] };
  }
  const query = reader.sql("expression", ["using", ";"], "USING or ;");
  const source = { query, using: usingOf(reader, [";"]) };
  return { kind: "open", cursor, scroll, source, args: [] };
}

/** In the order of the cursor's parameters. */
function argumentsOf(
  { reader }: BodyParser,
  { name: cursor, parameters }: CursorDeclaration,
  end: string,
): readonly SqlText[] {
  const start = reader.next;
  if (parameters.length === 0) {
    if (reader.isMark("(")) {
      throw reader.fault("42601", `cursor "${cursor}" has no arguments`, start);
    }
    return [];
  }
  if (!reader.takeIf("(")) throw reader.fault("42601", `cursor "${cursor}" has arguments`, start);
  const given = new Map<number, SqlText>();
  for (let count = 0; count < parameters.length; count++) {
    const token = reader.next;
    const isNamed = reader.isName && reader.isMark(":=", 1);
    let at = count;
    if (isNamed) {
      const name = reader.name();
      at = parameters.findIndex((each) => each.name === name);
      if (at < 0) {
        const message = `cursor "${cursor}" has no argument named "${name}"`;
        throw reader.fault("42601", message, token);
      }
      reader.take();
    }
    if (given.has(at)) {
      const { name } = parameters[at] as { readonly name: string };
      const message = `value for parameter "${name}" of cursor "${cursor}" specified more than once`;
      throw reader.fault("42601", message, token);
    }
    given.set(at, reader.sql("expression", [",", ")"], '," or ")'));
    const isLast = count === parameters.length - 1;
    if (reader.isMark(")") && !isLast) {
      throw reader.fault("42601", `not enough arguments for cursor "${cursor}"`);
    }
    if (reader.isMark(",") && isLast) {
      throw reader.fault("42601", `too many arguments for cursor "${cursor}"`);
    }
    reader.take();
  }
  if (!(/^\w/.test(end) ? reader.isWord(end) : reader.isMark(end))) throw reader.failure();
  return parameters.map((_, at) => given.get(at) as SqlText);
}

const DIRECTIONS: Readonly<Record<string, readonly [Direction, number]>> = {
  next: ["forward", 1],
  prior: ["backward", 1],
  first: ["absolute", 1],
  last: ["absolute", -1],
};

interface Moving {
  readonly direction: Direction;
  readonly count: SqlText | number;
  readonly isMany: boolean;
}

/** Up to the cursor, FROM or IN taken. */
function directionOf(parser: BodyParser): Moving {
  const { reader } = parser;
  const word = reader.next?.kind === "word" ? reader.next.text.toLowerCase() : "";
  const one = DIRECTIONS[word];
  // A variable may have such a name.
  const isCursor = reader.isMark(";", 1) || reader.isWord("into", 1);
  if (one && !isCursor) {
    reader.take();
    expectFrom(parser);
    return { direction: one[0], count: one[1], isMany: false };
  }
  if ((word === "absolute" || word === "relative") && !isCursor) {
    reader.take();
    return { direction: word, count: countOf(parser), isMany: false };
  }
  if (word === "all" && !isCursor) {
    reader.take();
    expectFrom(parser);
    return { direction: "forward", count: Number.POSITIVE_INFINITY, isMany: true };
  }
  if ((word === "forward" || word === "backward") && !isCursor) {
    reader.take();
    if (takeFrom(parser)) return { direction: word, count: 1, isMany: false };
    if (!reader.takeIf("all")) return { direction: word, count: countOf(parser), isMany: true };
    expectFrom(parser);
    return { direction: word, count: Number.POSITIVE_INFINITY, isMany: true };
  }
  const isNamed = isCursor || reader.isNumber || reader.next?.kind === "quoted";
  if (takeFrom(parser) || isNamed || parser.names.has(word)) {
    return { direction: "forward", count: 1, isMany: false };
  }
  return { direction: "forward", count: countOf(parser), isMany: true };
}

const takeFrom = ({ reader }: BodyParser): boolean => reader.takeIf("from") || reader.takeIf("in");

function expectFrom(parser: BodyParser): void {
  if (!takeFrom(parser)) throw parser.reader.failure("expected FROM or IN");
}

/** An expression, FROM or IN behind it. */
function countOf(parser: BodyParser): SqlText {
  const count = parser.reader.sql("expression", ["from", "in"], "FROM or IN");
  expectFrom(parser);
  return count;
}

export function fetchFrom(parser: BodyParser, isMove: boolean): Action {
  const { reader } = parser;
  const start = reader.take();
  const { direction, count, isMany } = directionOf(parser);
  const cursor = cursorVariable(parser);
  const moving = { kind: "fetch", cursor, direction, count } as const;
  if (isMove) return { ...moving, into: undefined } satisfies Fetch;
  reader.expect("into");
  const into = intoOf(parser, false);
  if (isMany) {
    throw reader.fault("0A000", "FETCH statement cannot return multiple rows", start);
  }
  return { ...moving, into };
}

export function closeCursor(parser: BodyParser): Action {
  parser.reader.take();
  return { kind: "close", cursor: cursorVariable(parser) };
}

/** FOR variable IN cursor: its variable is a row of its own. */
export function forCursor(
  parser: BodyParser,
  label: string | undefined,
  variables: readonly Path[],
): Action {
  const { reader, names } = parser;
  const start = reader.next;
  const [[variable = "", ...rest] = [], ...more] = variables;
  const cursor = cursorVariable(parser);
  if (more.length > 0 || rest.length > 0) {
    throw reader.fault("42601", "cursor FOR loop must have only one target variable", start);
  }
  const bound = names.cursor(cursor.at(-1) ?? "");
  if (!bound) {
    throw reader.fault("42601", "cursor FOR loop must use a bound cursor variable", start);
  }
  const args = argumentsOf(parser, bound, "loop");
  parser.names = names.inside(undefined);
  parser.names.declare(variable, "record");
  const body = parser.loopBody(label);
  parser.names = names;
  return { kind: "forCursor", label, variable, cursor, args, body };
}
