/** The forms that SQL's grammar has beside operators and calls, by the type of their result. */
import type { Oid } from "../../../src/base/ids.ts";
import * as t from "../../../src/sql/bind/type-oids.ts";
import type { Grammar } from "./grammar.ts";
import { xmlForms } from "./oddities.ts";
import { choose, closed, commas, oneOf, type Production, type Text, words } from "./texts.ts";

const collations = ['"C"', '"POSIX"', '"default"', 'pg_catalog."C"', "ucs_basic", "nosuch"];
const isText = (type: Oid): boolean => [t.TEXT, t.VARCHAR, t.BPCHAR].some((each) => each === type);

export function syntaxOf(grammar: Grammar, type: Oid, depth: number): Production[] {
  const inner = depth - 1;
  const same = () => grammar.operand(type, inner);
  const bool = () => grammar.operand(t.BOOL, inner);
  const when = () => words(" WHEN ", bool(), " THEN ", same());
  const array = grammar.vocabulary.arrayOf(type);
  const element = grammar.vocabulary.elementOf(type);
  const productions: Production[] = [
    [1, () => words("CASE", when(), " ELSE ", same(), " END")],
    [1, () => words("CASE", when(), when(), " END")],
    [1, () => simpleCase(grammar, type, inner)],
    [1, () => words("COALESCE(", same(), ", ", same(), ")")],
    [1, () => words("COALESCE(", same(), ", ", same(), ", ", same(), ")")],
    [1, () => words("NULLIF(", same(), ", ", same(), ")")],
    [1, () => words(oneOf("GREATEST(", "LEAST("), same(), ", ", same(), ")")],
    [1, () => field(grammar, type, inner)],
  ];
  if (array !== undefined && array !== 0) {
    productions.push([
      2,
      () => words("(", grammar.of(array as Oid, inner), ")", index(grammar, inner)),
    ]);
  }
  if (element !== undefined) {
    productions.push([6, () => arrayConstructor(grammar, element, inner)]);
    productions.push([2, () => words("(", grammar.of(type, inner), ")", slice(grammar, inner))]);
  }
  if (isText(type) || type === t.NAME) {
    productions.push([2, () => words(same(), " COLLATE ", oneOf(...collations))]);
  }
  if (type === t.BOOL) productions.push(...boolForms(grammar, inner));
  if (type === t.TEXT) productions.push(...textForms(grammar, inner));
  productions.push(...otherForms(grammar, type, inner), ...xmlForms(grammar, type, inner));
  return productions;
}

function simpleCase(grammar: Grammar, type: Oid, depth: number): Text {
  return grammar.anyType().chain((subject) => {
    const value = () => grammar.operand(subject, depth);
    const result = () => grammar.operand(type, depth);
    const branch = () => words(" WHEN ", value(), " THEN ", result());
    return words("CASE ", value(), branch(), branch(), " ELSE ", result(), " END");
  });
}

const field = (grammar: Grammar, type: Oid, depth: number): Text =>
  words(
    "(ROW(",
    grammar.any(depth),
    ", ",
    grammar.operand(type, depth),
    ")).",
    oneOf("f2", "f2", "f2", "f1", "f3"),
  );

const index = (grammar: Grammar, depth: number): Text =>
  choose([
    [6, () => words("[", grammar.operand(t.INT4, depth), "]")],
    [
      1,
      () => words("[", grammar.operand(t.INT4, depth), "][", grammar.operand(t.INT4, depth), "]"),
    ],
  ]);

function slice(grammar: Grammar, depth: number): Text {
  const at = () => grammar.operand(t.INT4, depth);
  return choose([
    [3, () => words("[", at(), ":", at(), "]")],
    [1, () => words("[:", at(), "]")],
    [1, () => words("[", at(), ":]")],
    [1, () => oneOf("[:]", "[:][1:2]", "[1:2][2]")],
  ]);
}

function arrayConstructor(grammar: Grammar, element: Oid, depth: number): Text {
  const item = () => grammar.operand(element, depth);
  const name = grammar.typeName(element);
  return choose([
    [3, () => words("ARRAY[", item(), ", ", item(), "]")],
    [1, () => words("ARRAY[", item(), "]")],
    [1, () => words("ARRAY[[", item(), ", ", item(), "], [", item(), ", ", item(), "]]")],
    [1, () => words("ARRAY[]::", name, "[]")],
    [1, () => words("ARRAY[", item(), ", ", item(), "]::", name, "[]")],
    [1, () => words("ARRAY[[", item(), "], ARRAY[", item(), "]]::", name, "[]")],
  ]);
}

function boolForms(grammar: Grammar, depth: number): Production[] {
  const bool = () => grammar.operand(t.BOOL, depth);
  const comparison = oneOf(" = ", " <> ", " < ", " <= ", " > ", " >= ", " != ");
  const two = (make: (value: () => Text, type: Oid) => Text): Text =>
    grammar.anyType().chain((type) => make(() => grammar.operand(type, depth), type));
  const not = oneOf(" ", " NOT ");
  const text = () => grammar.operand(t.TEXT, depth);
  const pattern = oneOf(" LIKE ", " ILIKE ", " SIMILAR TO ", " NOT LIKE ", " NOT SIMILAR TO ");
  return [
    [4, () => words(bool(), oneOf(" AND ", " OR "), bool())],
    [2, () => words(bool(), " AND ", bool(), " OR ", bool(), " AND ", bool())],
    [2, () => words("NOT ", bool())],
    [6, () => two((value) => words(value(), comparison, value()))],
    [2, () => words(bool(), oneOf(...tests))],
    [
      2,
      () =>
        words(closed(grammar.any(depth)), oneOf(" IS NULL", " IS NOT NULL", " ISNULL", " NOTNULL")),
    ],
    [
      2,
      () =>
        two((value) =>
          words(value(), oneOf(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "), value()),
        ),
    ],
    [
      2,
      () =>
        two((value) =>
          words(value(), not, oneOf("BETWEEN ", "BETWEEN SYMMETRIC "), value(), " AND ", value()),
        ),
    ],
    [3, () => two((value) => words(value(), not, "IN (", value(), ", ", value(), ")"))],
    [1, () => two((value) => words(value(), " IN (", value(), ")"))],
    [2, () => two((value, type) => anyOf(grammar, value, type, depth))],
    [2, () => words(text(), pattern, text())],
    [1, () => words(text(), pattern, text(), " ESCAPE ", oneOf("'!'", "'\\'", "''", "NULL"))],
    [2, () => words(text(), oneOf(" ~ ", " ~* ", " !~ ", " !~* ", " ^@ ", " ~~ "), text())],
    [2, () => rows(grammar, depth)],
    [
      1,
      () => words(text(), oneOf(" IS NORMALIZED", " IS NFC NORMALIZED", " IS NOT NFKD NORMALIZED")),
    ],
    [1, () => overlaps(grammar, depth)],
    [1, () => words(grammar.operand(142 as Oid, depth), oneOf(" IS DOCUMENT", " IS NOT DOCUMENT"))],
    [1, () => words("XMLEXISTS(", text(), " PASSING ", grammar.operand(142 as Oid, depth), ")")],
  ];
}

const tests = [
  " IS TRUE",
  " IS NOT TRUE",
  " IS FALSE",
  " IS NOT FALSE",
  " IS UNKNOWN",
  " IS NOT UNKNOWN",
];

function anyOf(grammar: Grammar, value: () => Text, type: Oid, depth: number): Text {
  const array = grammar.vocabulary.arrayOf(type);
  const list = array ? grammar.operand(array as Oid, depth) : words("ARRAY[", value(), "]");
  const operator = oneOf(" = ", " <> ", " < ", " >= ", " ~~ ", " OPERATOR(pg_catalog.=) ");
  return words(value(), operator, oneOf("ANY (", "ALL (", "SOME ("), list, ")");
}

function rows(grammar: Grammar, depth: number): Text {
  const comparison = oneOf(
    " = ",
    " <> ",
    " < ",
    " >= ",
    " IS DISTINCT FROM ",
    " IS NOT DISTINCT FROM ",
  );
  const pair = grammar.anyType().chain((a) =>
    grammar.anyType().chain((b) => {
      const row = () =>
        words(oneOf("(", "ROW("), grammar.operand(a, depth), ", ", grammar.operand(b, depth), ")");
      return choose([
        [4, () => words(row(), comparison, row())],
        [1, () => words(row(), " IN (", row(), ", ", row(), ")")],
        [1, () => words(row(), " BETWEEN ", row(), " AND ", row())],
        [1, () => words(row(), oneOf(" IS NULL", " IS NOT NULL"))],
        [1, () => words("(", row(), ")::text", comparison, "'(1,2)'")],
      ]);
    }),
  );
  return pair;
}

function overlaps(grammar: Grammar, depth: number): Text {
  return oneOf("date", "timestamptz", "time", "timestamp").chain((name) => {
    const type = grammar.vocabulary.builtin.typesByName.get(name)?.oid as Oid;
    const moment = () => grammar.operand(type, depth);
    const end = () =>
      choose([
        [1, moment],
        [1, () => grammar.operand(t.INTERVAL, depth)],
      ]);
    return words("(", moment(), ", ", end(), ") OVERLAPS (", moment(), ", ", end(), ")");
  });
}

function textForms(grammar: Grammar, depth: number): Production[] {
  const text = () => grammar.operand(t.TEXT, depth);
  const int = () => grammar.operand(t.INT4, depth);
  const side = oneOf("BOTH ", "LEADING ", "TRAILING ", "");
  return [
    [1, () => words("SUBSTRING(", text(), " FROM ", int(), " FOR ", int(), ")")],
    [1, () => words("SUBSTRING(", text(), oneOf(" FROM ", " FOR "), int(), ")")],
    [1, () => words("SUBSTRING(", text(), " FROM ", text(), ")")],
    [1, () => words("SUBSTRING(", text(), " FROM ", text(), " FOR ", text(), ")")],
    [1, () => words("SUBSTRING(", text(), " SIMILAR ", text(), " ESCAPE ", text(), ")")],
    [1, () => words("SUBSTRING(", text(), ", ", int(), ")")],
    [1, () => words("OVERLAY(", text(), " PLACING ", text(), " FROM ", int(), ")")],
    [1, () => words("OVERLAY(", text(), " PLACING ", text(), " FROM ", int(), " FOR ", int(), ")")],
    [1, () => words("TRIM(", side, "FROM ", text(), ")")],
    [1, () => words("TRIM(", side, text(), " FROM ", text(), ")")],
    [1, () => words("TRIM(", side, text(), ")")],
    [1, () => words("TRIM(", side, text(), ", ", text(), ")")],
    [1, () => words("NORMALIZE(", text(), oneOf(")", ", NFC)", ", nfkd)"))],
    [3, () => words(text(), " || ", closed(grammar.any(depth)))],
    [1, () => words("COLLATION FOR (", text(), ")")],
    [1, () => words("format(", text(), ", ", commas([text(), int()]), ")")],
    [1, () => words("concat_ws(", text(), ", ", closed(grammar.any(depth)), ", NULL)")],
  ];
}

function otherForms(grammar: Grammar, type: Oid, depth: number): Production[] {
  const name = grammar.vocabulary.nameOf(type);
  const moment = () =>
    oneOf("date", "timestamptz", "timestamp", "interval", "time", "timetz").chain((source) =>
      grammar.operand(grammar.vocabulary.builtin.typesByName.get(source)?.oid as Oid, depth),
    );
  const zone = () =>
    choose([
      [2, () => oneOf("'UTC'", "'Europe/Berlin'")],
      [1, () => grammar.operand(t.TEXT, depth)],
      [1, () => grammar.operand(t.INTERVAL, depth)],
    ]);
  const current: Readonly<Record<string, readonly string[]>> = {
    date: ["CURRENT_DATE"],
    time: ["LOCALTIME", "LOCALTIME(2)"],
    timetz: ["CURRENT_TIME", "CURRENT_TIME(0)", "CURRENT_TIME(7)"],
    timestamp: ["LOCALTIMESTAMP", "LOCALTIMESTAMP(3)"],
    timestamptz: ["CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP(6)"],
    name: [
      "CURRENT_USER",
      "SESSION_USER",
      "USER",
      "CURRENT_ROLE",
      "CURRENT_CATALOG",
      "CURRENT_SCHEMA",
    ],
  };
  const found = current[name];
  const productions: Production[] = found ? [[3, () => oneOf(...found)]] : [];
  if (name === "numeric") {
    const fields = oneOf("year", "EPOCH", "'month'", "dow", "nosuch", '"Hour"', "timezone_hour");
    productions.push([4, () => words("EXTRACT(", fields, " FROM ", moment(), ")")]);
  }
  if (name === "int4") {
    const string = () => grammar.operand(t.TEXT, depth);
    productions.push([2, () => words("POSITION(", string(), " IN ", string(), ")")]);
  }
  if (["timestamp", "timestamptz", "timetz"].includes(name)) {
    productions.push([3, () => words(moment(), " AT TIME ZONE ", zone())]);
  }
  if (name === "bytea") {
    const bytes = () => grammar.operand(type, depth);
    productions.push([
      2,
      () => words("SUBSTRING(", bytes(), " FROM ", grammar.operand(t.INT4, depth), ")"),
    ]);
    productions.push([1, () => words("TRIM(", bytes(), " FROM ", bytes(), ")")]);
  }
  return productions;
}
