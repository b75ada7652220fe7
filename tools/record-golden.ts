/**
 * Records what a PostgreSQL 15 server answers to test/sql/types-cases.txt,
 * test/sql/functions-cases.txt and test/sql/functions/*.txt, for the tests that replay them: `npx
 * tsx tools/record-golden.ts postgresql://user@host:port/database [name …]`. The database must have
 * collation C, as ours have; nothing is created in it. With names only the files of that name in
 * test/sql/functions are recorded.
 *
 *   types-cases.txt       "type [typmod] [setting=value …]" at the line's start, inputs indented
 *   below it
 *   functions-cases.txt   a signature, with the types of a polymorphic call in braces; below it
 *   arguments, split by
 *                         " | ", \N = NULL. "set …" before a signature marks a set-returning
 *                         function, "agg …" an aggregate, whose rows are split by " ; ".
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** `a=b, c=d` */
const settingsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(", ")
      .filter((one) => one !== "")
      .map((one) => one.split(/=(.*)/s).slice(0, 2)),
  );

async function recordFunctions(name: string): Promise<void> {
  const lines: string[] = [];
  for (const [header, rawArgs] of sections(`${name}.txt`)) {
    const match = /^(set |agg )?(variadic )?([\w ]+)\((.*?)\)(?: \{(.*)\})?(?: \[(.*)\])?$/.exec(
      header,
    );
    if (!match) throw new Error(`no signature: ${header}`);
    const [, kind = "", variadic = "", called = "", declared = "", actual] = match;
    const settings = settingsOf(match[6] ?? "");
    for (const [setting, value] of Object.entries(settings)) {
      await client.query(`SET ${setting} = ${literal(value)}`);
    }
    const types = (actual ?? declared).split(", ").filter((type) => type !== "");
    const split = (text: string) =>
      text === "-" ? [] : text.split(" | ").map((arg) => (arg === "\\N" ? null : unquote(arg)));
    const rows = kind === "agg " ? rawArgs.split(" ; ").map(split) : [split(rawArgs)];
    const sql = callText({ kind, variadic: variadic !== "", called, types, rows });
    const outcome = await ask(sql);
    const argTypes: number[] = [];
    for (const type of types) argTypes.push(await typeOid(type));
    lines.push(
      JSON.stringify({
        kind: kind.trim() || "scalar",
        signature: `${called}(${declared})`,
        ...(variadic ? { variadic: true } : {}),
        ...(match[6] === undefined ? {} : { settings }),
        argTypes,
        args: rows,
        ...outcome,
      }),
    );
    if (match[6] !== undefined) await client.query("RESET ALL");
  }
  writeFileSync(
    new URL(`${name.replace("cases", "golden")}.jsonl`, folder),
    `${lines.join("\n")}\n`,
  );
  console.log(`${name}: ${lines.length} cases`);
}

interface Call {
  readonly kind: string;
  readonly variadic: boolean;
  readonly called: string;
  readonly types: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

function callText({ kind, variadic, called, types, rows }: Call): string {
  const typed = (arg: string | null, at: number) =>
    `${arg === null ? "NULL" : literal(arg)}::${quoteType(types[at] ?? "text")}`;
  const spread = (rows[0] ?? []).map(typed);
  if (variadic) spread.push(`VARIADIC ${spread.pop()}`);
  const schema = called.startsWith("_pg_") ? "information_schema" : "pg_catalog";
  const call = `${schema}.${quoteName(called)}(${spread.join(", ")})`;
  if (kind === "set ") return `SELECT * FROM ${call}`;
  if (kind !== "agg ") return `SELECT ${call}`;
  const columns = types.map((_type, at) => `c${at}`).join(", ");
  const values = rows.map((row) => `(${row.map(typed).join(", ")})`).join(", ");
  return `SELECT pg_catalog.${quoteName(called)}(${columns}) FROM (VALUES ${values}) v(${columns})`;
}

const quoteName = (name: string): string => (/^[a-z_0-9]+$/.test(name) ? `"${name}"` : name);
const quoteType = (type: string): string => `pg_catalog."${type}"`;

await client.connect();
const wanted = process.argv.slice(3);
const families = readdirSync(new URL("functions/", folder))
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.replace(/\.txt$/, ""));
if (wanted.length === 0) {
  await recordTypes();
  await recordFunctions("functions-cases");
}
for (const family of wanted.length === 0 ? families : wanted) {
  await recordFunctions(`functions/${family}`);
}
await client.end();
