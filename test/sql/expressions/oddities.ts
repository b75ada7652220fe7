/** What is rare or wrong: rows of tables, domains, sub-selects, and names that mean nothing. */
import type { Oid } from "../../../src/base/ids.ts";
import * as t from "../../../src/sql/bind/type-oids.ts";
import type { Grammar } from "./grammar.ts";
import { choose, commas, oneOf, type Production, type Text, words } from "./texts.ts";

const wrongTypes = [
  ...["nosuch", "pg_catalog.nosuch", "nosuch.int4", "int4(3)", "varchar(0)", "numeric(1001)"],
  ...["numeric(3,1001)", "char(99999999)", "text(3)", "time(7)", "bit(0)", "varchar(1,2)"],
  ...[
    "interval(7)",
    "timestamp(-1)",
    "numeric(x)",
    "nosuch[]",
    "x",
    "t2[]",
    "record",
    "anyelement",
  ],
];
const domains = [
  ...["information_schema.cardinal_number", "information_schema.sql_identifier"],
  ...["information_schema.yes_or_no", "information_schema.character_data"],
  ...["information_schema.time_stamp", "information_schema.cardinal_number[]"],
];
const rows = [
  ...["ROW(1, 'b')::t2", "(ROW(1, 'b')::t2).y", "ROW(1)::t2", "ROW(1, 2, 3)::t2", "(1, NULL)::t2"],
  ...[
    "(ROW('x', 2)::t2).x",
    "ROW()",
    "(ROW(1, 2)).f1",
    "(ROW(1, 2)).*",
    "'(1,b)'::t2",
    "'(1)'::t2",
  ],
  ...[
    "(NULL::t2).y",
    "(ARRAY['(1,b)'::t2])[1].y",
    "('{\"(1,b)\"}'::t2[])[1]",
    "ROW(1, 'b')::t2 = '(2,)'",
  ],
];
const columns = [
  ...["x", "x.*", "x::text", "(x).c_int4", "(x.*).c_text", "c_int4(x)", "ROW(x.*)", "x IS NULL"],
  ...["x IS DISTINCT FROM NULL", "x = x", "(x).nosuch", "x.nosuch", "nosuch.c_int4", "nosuch"],
  ...["public.x.c_int4", "dev.public.x.c_text", "nosuch.x.c_int4", "C_INT4", '"C_INT4"', "c_int5"],
  ...["tableoid", "x.tableoid", "NULLIF(x, x)", "COALESCE(x, NULL)", "ARRAY[x, x]", "c_name[1]"],
];

export function oddities(grammar: Grammar, type: Oid, depth: number): Text {
  const inner = Math.max(depth - 1, 0);
  const value = () => grammar.operand(type, inner);
  const any = () => grammar.any(inner);
  const productions: Production[] = [
    [1, () => words("nosuch(", value(), ")")],
    [1, () => words(oneOf("nosuch.lower(", "pg_catalog.nosuch(", "public.lower("), value(), ")")],
    [2, () => words(value(), "::", oneOf(...wrongTypes))],
    [2, () => words("(", any(), ")::", oneOf(...domains))],
    [1, () => words("CAST(", any(), " AS ", oneOf('text COLLATE "C"', ...domains), ")")],
    [3, () => oneOf(...rows)],
    [
      1,
      () => oneOf("$1", "$0", "DEFAULT", "CURRENT_ROLE", "SYSTEM_USER", "lower", "json_scalar(1)"),
    ],
    [1, () => words(oneOf("count(", "max(", "string_agg(", "sum(DISTINCT "), value(), ")")],
    [1, () => oneOf("row_number() OVER ()", "sum(1) OVER ()")],
    [1, () => words("generate_series(1, ", value(), ")")],
    [
      1,
      () => words(value(), oneOf(" OPERATOR(nosuch.+) ", " @#@ ", " OPERATOR(public.=) "), any()),
    ],
    [1, () => words(oneOf("@#@ ", "- ", "! ", "|/ ", "@-@ "), any())],
    [1, () => words("int4(", any(), ", 1)")],
    [1, () => words("make_interval(days => 1, nosuch => ", value(), ")")],
    [1, () => words("make_interval(", value(), ", years => 1, years => 2)")],
    [1, () => words("make_interval(years => 1, ", value(), ")")],
    [1, () => words("lower(VARIADIC ", value(), ")")],
    [1, () => words("concat(VARIADIC ", any(), ")")],
    [1, () => words("lower(DISTINCT ", value(), ")")],
    [1, () => words("lower(", value(), ") OVER ()")],
    [1, () => words("lower(", value(), ") FILTER (WHERE true)")],
  ];
  if (grammar.hasColumns)
    productions.push(...selects(grammar, type, inner), [8, () => oneOf(...columns)]);
  else
    productions.push([1, () => words("(SELECT ", value(), ")")], [1, () => oneOf("c_int4", "x.y")]);
  return choose(productions);
}

function selects(grammar: Grammar, type: Oid, depth: number): Production[] {
  const value = () => grammar.operand(type, depth);
  return [
    [2, () => words("(SELECT ", value(), ")")],
    [1, () => words("(SELECT ", commas([value(), value()]), ")")],
    [1, () => words("ARRAY(SELECT ", value(), ")")],
    [1, () => words("EXISTS (SELECT ", value(), ")")],
    [1, () => words(value(), " IN (SELECT ", value(), ")")],
    [1, () => words(value(), oneOf(" = ANY (SELECT ", " <> ALL (SELECT "), value(), ")")],
    [1, () => words("(", value(), ", 1) IN (SELECT ", value(), ", 2)")],
    [1, () => words("(", value(), ", 1) = (SELECT ", value(), ", 2)")],
  ];
}

/** XML's own syntax. */
export function xmlForms(grammar: Grammar, type: Oid, depth: number): Production[] {
  const xml = grammar.vocabulary.builtin.typesByName.get("xml")?.oid as Oid;
  const value = () => grammar.operand(xml, depth);
  const any = () => grammar.any(depth);
  const text = () => grammar.operand(t.TEXT, depth);
  const option = oneOf("DOCUMENT ", "CONTENT ");
  const name = oneOf("a", '"B c"', '"a:b"', "xml1", '"_x"', "select_");
  if (type === t.TEXT) {
    const target = oneOf("text", "varchar(3)", "char", "name", "int4");
    return [[1, () => words("XMLSERIALIZE(", option, value(), " AS ", target, ")")]];
  }
  if (type !== xml) return [];
  const attributes = choose([
    [2, () => words("XMLATTRIBUTES(", any(), " AS ", name, ")")],
    [1, () => words("XMLATTRIBUTES(", any(), " AS a, ", any(), " AS ", name, ")")],
    [1, () => words("XMLATTRIBUTES(", any(), ")")],
  ]);
  return [
    [2, () => words("XMLCONCAT(", value(), ", ", value(), ")")],
    [2, () => words("XMLELEMENT(NAME ", name, ")")],
    [2, () => words("XMLELEMENT(NAME ", name, ", ", attributes, ", ", any(), ", ", any(), ")")],
    [2, () => words("XMLFOREST(", any(), " AS ", name, ", ", any(), " AS b)")],
    [1, () => words("XMLFOREST(", any(), ")")],
    [
      2,
      () =>
        words(
          "XMLPARSE(",
          option,
          text(),
          oneOf(")", " STRIP WHITESPACE)", " PRESERVE WHITESPACE)"),
        ),
    ],
    [2, () => words("XMLPI(NAME ", name, oneOf(")", ", 'x')"))],
    [1, () => words("XMLPI(NAME ", name, ", ", text(), ")")],
    [
      2,
      () =>
        words(
          "XMLROOT(",
          value(),
          ", VERSION NO VALUE",
          oneOf(")", ", STANDALONE YES)", ", STANDALONE NO VALUE)"),
        ),
    ],
    [1, () => words("XMLROOT(", value(), ", VERSION ", text(), oneOf(")", ", STANDALONE NO)"))],
  ];
}
