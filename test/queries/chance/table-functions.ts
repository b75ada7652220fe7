/** Functions in FROM: what they are called with, and the columns that they give. */
import type { Type } from "./relations.ts";

interface TableFunction {
  readonly call: string;
  readonly columns: Readonly<Record<string, Type>>;
}

export const tableFunctions: readonly ((of: (type: Type) => string) => TableFunction)[] = [
  (of) => ({ call: `generate_series(1, ${of("int")} % 4)`, columns: { i: "int" } }),
  (of) => ({ call: `generate_series(${of("int")} % 4, -2, -2)`, columns: { i: "int" } }),
  (of) => ({ call: `generate_series(0.5, ${of("numeric")} % 4, 0.75)`, columns: { n: "numeric" } }),
  (of) => ({
    call: `generate_series(${of("timestamp")}, ${of("timestamp")} + interval '2 days', '20 hours')`,
    columns: { t: "timestamp" },
  }),
  (of) => ({
    call: `generate_series(${of("date")}, ${of("date")} + 40, interval '1 month')`,
    columns: { t: "timestamptz" },
  }),
  (of) => ({ call: `unnest(${of("ints")})`, columns: { i: "int" } }),
  (of) => ({ call: `unnest(${of("texts")})`, columns: { s: "text" } }),
  (of) => ({ call: `unnest(${of("ints")}, ${of("texts")})`, columns: { i: "int", s: "text" } }),
  (of) => ({ call: `generate_subscripts(${of("texts")}, 1)`, columns: { i: "int" } }),
  (of) => ({
    call: `jsonb_array_elements(jsonb_build_array(${of("int")}, ${of("jsonb")}))`,
    columns: { j: "jsonb" },
  }),
  (of) => ({
    call: `jsonb_array_elements_text(to_jsonb(${of("texts")}) || '[]')`,
    columns: { s: "text" },
  }),
  (of) => ({
    call: `jsonb_each(jsonb_build_object('a', ${of("int")}, 'b', ${of("date")}))`,
    columns: { k: "text", v: "jsonb" },
  }),
  (of) => ({
    call: `json_each_text(json_build_object('x', ${of("text")}))`,
    columns: { k: "text", v: "text" },
  }),
  (of) => ({
    call: `jsonb_object_keys(jsonb_build_object('p', ${of("int")}, 'q', 1))`,
    columns: { k: "text" },
  }),
  (of) => ({
    call: `jsonb_path_query(${of("jsonb")}, '$[*]')`,
    columns: { j: "jsonb" },
  }),
  (of) => ({ call: `string_to_table(${of("text")}, '_')`, columns: { s: "text" } }),
  (of) => ({ call: `regexp_split_to_table(${of("text")}, '[aeiou]')`, columns: { s: "text" } }),
  (of) => ({ call: `regexp_matches(${of("text")}, '([a-f])(.?)', 'g')`, columns: { m: "texts" } }),
  (of) => ({ call: `upper(${of("text")})`, columns: { s: "text" } }),
  (of) => ({
    call: `ROWS FROM (unnest(${of("ints")}), string_to_table(${of("text")}, '_'))`,
    columns: { i: "int", s: "text" },
  }),
];
