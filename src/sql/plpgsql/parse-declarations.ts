/** DECLARE: variables, their types and first values. */

import type { Names } from "./names.ts";
import type { BodyParser } from "./parse-body.ts";
import { cursorDeclaration } from "./parse-cursors.ts";
import { declaredType } from "./parse-types.ts";
import type { Reader } from "./reader.ts";
import type { Declaration } from "./tree.ts";

export function declarations(parser: BodyParser): Declaration[] {
  const { reader } = parser;
  const found: Declaration[] = [];
  while (reader.takeIf("declare")) {
    while (!reader.isWord("begin") && !reader.isWord("declare")) {
      if (!reader.next) throw reader.failure();
      found.push(declaration(parser));
    }
  }
  return found;
}

function declaration(parser: BodyParser): Declaration {
  const { reader, names } = parser;
  const { line, next: token } = reader;
  const name = reader.name();
  if (names.declaresHere(name)) throw reader.failure("duplicate declaration", token);
  if (reader.takeIf("alias")) {
    reader.expect("for");
    const of = aliased(reader, names);
    reader.expect(";");
    names.declare(name, "alias");
    return { kind: "alias", name, of, line };
  }
  if (reader.isWord("cursor") || reader.isWord("scroll") || reader.isWord("no")) {
    const cursor = cursorDeclaration(parser, name);
    names.declareCursor(cursor);
    return cursor;
  }
  const isConstant = reader.takeIf("constant");
  const type = declaredType(reader);
  const collation = reader.takeIf("collate") ? reader.path() : undefined;
  const notNull = reader.isWord("not");
  if (notNull) {
    reader.take();
    reader.expect("null");
  }
  const hasValue = reader.takeIf(":=") || reader.takeIf("=") || reader.takeIf("default");
  const initial = hasValue ? reader.sql("expression", [";"]) : undefined;
  if (notNull && !initial) {
    const message = `variable "${name}" must have a default value, since it's declared NOT NULL`;
    throw reader.fault("22004", message);
  }
  reader.expect(";");
  names.declare(name, isConstant ? "constant" : "scalar");
  const shown = type.kind === "type" ? type.text.toLowerCase() : "";
  if (KNOWN_TYPES.has(shown)) names.declareOther(name, shown);
  return { kind: "variable", name, line, type, collation, isConstant, notNull, initial };
}

/** A name, or $1. */
function aliased(reader: Reader, names: Names): readonly string[] {
  const token = reader.next;
  const path = reader.path();
  if (names.kindOf(path[0] ?? "") || names.hasLabel(path[0] ?? "")) return path;
  throw reader.fault("42704", `variable "${path.join(".")}" does not exist`, token);
}

/** Some types that are no cursors' names, whoever looks. */
const KNOWN_TYPES: ReadonlySet<string> = new Set([
  ...["int", "integer", "bigint", "smallint", "int4", "int8", "text", "varchar", "boolean"],
  ...["bool", "numeric", "date", "record"],
]);
