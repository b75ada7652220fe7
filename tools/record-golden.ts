/**
 * Records what a PostgreSQL 15 server answers to test/sql/types-cases.txt and
 * test/sql/functions-cases.txt, for the tests that replay them: `npx tsx tools/record-golden.ts
 * postgresql://user@host:port/database`. The database must have collation C, as ours have; nothing
 * is created in it.
 *
 *   types-cases.txt       "type [typmod] [setting=value …]" at the line's start, inputs indented
 *   below it
 *   functions-cases.txt   a signature, with the types of a polymorphic call in braces; below it
 *   arguments, split by
 *                         " | ", \N = NULL. "set …" before a signature marks a set-returning
 *                         function, "agg …" an aggregate, whose rows are split by " ; ".
 */
import { readFileSync, writeFileSync } from "node:fs";
import pg from "pg";

const folder = new URL("../test/sql/", import.meta.url);
const client = new pg.Client({
  connectionString: process.argv[2] ?? "",
  types: { getTypeParser: () => (value: unknown) => value } as unknown as pg.CustomTypesConfig,
});

type Outcome = {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly types: readonly number[];
};
type Failure = { readonly error: readonly (string | null)[] };

async function ask(sql: string): Promise<Outcome | Failure> {
  try {
    const result = await client.query({ text: sql, rowMode: "array" });
    return { rows: result.rows, types: result.fields.map((field) => field.dataTypeID) };
  } catch (error) {
    const failure = error as pg.DatabaseError;
    const fields = [failure.code, failure.message, failure.detail, failure.hint];
    return { error: fields.map((field) => field ?? null) };
  }
}

const literal = (text: string): string => pg.escapeLiteral(text);
const unquote = (text: string): string =>
  text.replace(
    /\\([nrt\\])/g,
    (_all, mark) => ({ n: "\n", r: "\r", t: "\t" })[mark as string] ?? mark,
  );

/** [header, indented lines below it] */
function* sections(file: string): Iterable<readonly [string, string]> {
  let header = "";
  for (const line of readFileSync(new URL(file, folder), "utf8").split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    if (!line.startsWith(" ")) header = line.trim();
    else yield [header, line.slice(2)];
  }
}

interface TypeRow {
  readonly oid: string;
  readonly typinput: string;
  readonly typsend: string;
  readonly parameter: string;
  readonly count: number;
}

async function describeType(name: string): Promise<TypeRow> {
  const sql = `SELECT t.oid, t.typinput::text, t.typsend::text,
    CASE WHEN typelem <> 0 THEN typelem ELSE t.oid END AS parameter, p.pronargs::int AS count
    FROM pg_type t JOIN pg_proc p ON p.oid = t.typinput WHERE t.oid = ${literal(name)}::regtype`;
  const result = await client.query<TypeRow>(sql);
  return result.rows[0] as TypeRow;
}

async function recordTypes(): Promise<void> {
  const lines: string[] = [];
  for (const [header, rawInput] of sections("types-cases.txt")) {
    const [type = "", ...options] = header.split(" ");
    const typmod = Number(options.find((option) => /^-?\d+$/.test(option)) ?? -1);
    const settings: Record<string, string> = Object.fromEntries(
      options.filter((option) => option.includes("=")).map((option) => option.split("=")),
    );
    const input = unquote(rawInput);
    const row = await describeType(type);
    for (const [name, value] of Object.entries(settings)) {
      await client.query(`SET ${name} = ${literal(value)}`);
    }
    const value =
      typmod < 0 || Number(row.count) < 3
        ? `${literal(input)}::${type}`
        : `${row.typinput}(${literal(input)}, ${row.parameter}, ${typmod})`;
    const binary = row.typsend === "-" ? "NULL" : `encode(${row.typsend}(v), 'hex')`;
    let outcome = await ask(`SELECT v, ${binary} FROM (SELECT ${value} AS v) s`);
    // Some types have no binary form: their text is asked for alone.
    if ("error" in outcome && outcome.error[0] === "42883") {
      const alone = await ask(`SELECT v, NULL FROM (SELECT ${value} AS v) s`);
      if ("rows" in alone) outcome = alone;
    }
    await client.query("RESET ALL");
    const answer =
      "error" in outcome ? outcome : { text: outcome.rows[0]?.[0], binary: outcome.rows[0]?.[1] };
    lines.push(JSON.stringify({ type, oid: Number(row.oid), typmod, settings, input, ...answer }));
  }
  writeFileSync(new URL("types-golden.jsonl", folder), `${lines.join("\n")}\n`);
  console.log(`${lines.length} type cases`);
}

async function typeOid(name: string): Promise<number> {
  const result = await client.query(`SELECT ${literal(name)}::regtype::oid AS oid`);
  return Number(result.rows[0]?.oid);
}

async function recordFunctions(): Promise<void> {
  const lines: string[] = [];
  for (const [header, rawArgs] of sections("functions-cases.txt")) {
    const match = /^(set |agg )?(variadic )?([\w ]+)\((.*?)\)(?: \{(.*)\})?$/.exec(header);
    if (!match) throw new Error(`no signature: ${header}`);
    const [, kind = "", variadic = "", name = "", declared = "", actual] = match;
    const types = (actual ?? declared).split(", ").filter((type) => type !== "");
    const split = (text: string) =>
      text === "-" ? [] : text.split(" | ").map((arg) => (arg === "\\N" ? null : unquote(arg)));
    const rows = kind === "agg " ? rawArgs.split(" ; ").map(split) : [split(rawArgs)];
    const typed = (arg: string | null, at: number) =>
      `${arg === null ? "NULL" : literal(arg)}::${quoteType(types[at] ?? "text")}`;
    const spread = (rows[0] ?? []).map(typed);
    if (variadic) spread.push(`VARIADIC ${spread.pop()}`);
    const schema = name.startsWith("_pg_") ? "information_schema" : "pg_catalog";
    const call = `${schema}.${quoteName(name)}(${spread.join(", ")})`;
    const columns = types.map((_type, at) => `c${at}`).join(", ");
    const values = rows.map((row) => `(${row.map(typed).join(", ")})`).join(", ");
    const sql =
      kind === "agg "
        ? `SELECT pg_catalog.${quoteName(name)}(${columns}) FROM (VALUES ${values}) v(${columns})`
        : kind === "set "
          ? `SELECT * FROM ${call}`
          : `SELECT ${call}`;
    const outcome = await ask(sql);
    const argTypes = await Promise.all(types.map((type) => typeOid(type)));
    lines.push(
      JSON.stringify({
        kind: kind.trim() || "scalar",
        signature: `${name}(${declared})`,
        ...(variadic ? { variadic: true } : {}),
        argTypes,
        args: rows,
        ...outcome,
      }),
    );
  }
  writeFileSync(new URL("functions-golden.jsonl", folder), `${lines.join("\n")}\n`);
  console.log(`${lines.length} function cases`);
}

const quoteName = (name: string): string => (/^[a-z_0-9]+$/.test(name) ? `"${name}"` : name);
const quoteType = (type: string): string => `pg_catalog."${type}"`;

await client.connect();
await recordTypes();
await recordFunctions();
await client.end();
