/** DECLARE: variables, their types and first values. */
import type { Names } from "./names.ts";
import type { BodyParser } from "./parse-body.ts";
import type { Reader } from "./reader.ts";
import type { Declaration, DeclaredType } from "./tree.ts";

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

function declaration({ reader, names }: BodyParser): Declaration {
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
    reader.skipTo("statement", [";"], ";");
    reader.expect(";");
    names.declare(name, "scalar");
    return { kind: "refused", name, what: "CURSOR" };
  }
  const isConstant = reader.takeIf("constant");
  const type = declaredType(reader);
  if (reader.isWord("collate")) {
    reader.take();
    reader.path();
  }
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
  return { kind: "variable", name, line, type, isConstant, notNull, initial };
}

/** A name, or $1. */
function aliased(reader: Reader, names: Names): readonly string[] {
  const token = reader.next;
  const path = reader.path();
  if (names.kindOf(path[0] ?? "") || names.hasLabel(path[0] ?? "")) return path;
  throw reader.fault("42704", `variable "${path.join(".")}" does not exist`, token);
}

/** Up to what may follow a type. */
function declaredType(reader: Reader): DeclaredType {
  const first = reader.next;
  reader.skipTo("statement", [";", ":=", "=", "default", "not", "collate", "%"], ";");
  const end = reader.peek(-1);
  if (!first || !end || reader.next === first) {
    throw reader.fault("42601", "missing data type declaration");
  }
  const { start } = first;
  const text = reader.source.slice(start, end.end);
  if (!reader.takeIf("%")) return { kind: "type", text, start };
  const path = text.split(".").map(folded);
  if (reader.takeIf("type")) return { kind: "like", path, start };
  reader.expect("rowtype");
  return { kind: "rowOf", path, start };
}

const folded = (part: string): string => {
  const name = part.trim();
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
};
