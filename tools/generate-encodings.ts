/**
 * Writes bootstrap/encodings.json.gz from the conversions of a PostgreSQL 15 server;
 * src/catalog/charsets.ts has the format.
 *
 *   npx tsx tools/generate-encodings.ts postgresql://root@127.0.0.1:5432/postgres
 */
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import pg from "pg";
import { type ByteRange, characterShapes, codeOf } from "../src/catalog/charsets.ts";

const FILE = new URL("../bootstrap/encodings.json.gz", import.meta.url);
const SINGLE: readonly (readonly ByteRange[])[] = [[[0x80, 0xff]]];
/** Runs of code points shorter than this are written as texts. */
const COUNTED_MIN = 4;

type Run = [code: number, text: string] | [code: number, first: number, length: number];

const HELPERS = `
  CREATE FUNCTION pg_temp.decoded(bytes bytea, encoding name) RETURNS text LANGUAGE plpgsql AS
    $$BEGIN RETURN convert_from(bytes, encoding); EXCEPTION WHEN OTHERS THEN RETURN NULL; END$$;
  CREATE FUNCTION pg_temp.encoded(one text, encoding name) RETURNS bytea LANGUAGE plpgsql AS
    $$BEGIN RETURN convert_to(one, encoding); EXCEPTION WHEN OTHERS THEN RETURN NULL; END$$`;

/** Every byte sequence of the shape, as a query of one column. */
function sequences(shape: readonly ByteRange[]): string {
  const series = shape.map(([from, to], at) => `generate_series(${from}, ${to}) AS b${at}`);
  const bytes = shape.map((_, at) => `set_byte('\\x00', 0, b${at})`);
  return `SELECT ${bytes.join(" || ")} AS bytes FROM ${series.join(", ")}`;
}

async function charsetOf(client: pg.Client, encoding: string) {
  const shapes = (characterShapes[encoding] ?? SINGLE).map(sequences).join(" UNION ALL ");
  const { rows } = await client.query<{ bytes: Buffer; text: string }>(
    `SELECT * FROM (SELECT bytes, pg_temp.decoded(bytes, $1) AS text FROM (${shapes}) AS s) AS d
     WHERE text IS NOT NULL`,
    [encoding],
  );
  const decoded = rows
    .map(({ bytes, text }) => [codeOf(bytes), text] as const)
    .sort(([a], [b]) => a - b);
  const first = new Map<string, number>();
  for (const [code, text] of decoded) if (!first.has(text)) first.set(text, code);
  const encoded = await encodedApart(client, encoding, first);
  const pairs = decoded.filter(([, text]) => [...text].length > 1);
  const characters = runsOf(decoded.filter(([, text]) => [...text].length === 1));
  return { characters, pairs, encoded };
}

/** The characters that go out otherwise than they come in. */
async function encodedApart(
  client: pg.Client,
  encoding: string,
  first: ReadonlyMap<string, number>,
): Promise<(readonly [string, number])[]> {
  const beyond = [...first.keys()].filter((text) => text > "\ud800" && text < "\udfff");
  const { rows } = await client.query<{ text: string; bytes: Buffer | null }>(
    `SELECT text, pg_temp.encoded(text, $1) AS bytes FROM
       (SELECT chr(i) AS text FROM generate_series(128, 65535) AS i
         WHERE i NOT BETWEEN 55296 AND 57343
        UNION ALL SELECT unnest($2::text[])) AS s`,
    [encoding, beyond],
  );
  return rows
    .map(({ text, bytes }) => [text, bytes === null ? 0 : codeOf(bytes)] as const)
    .filter(([text, code]) => (first.get(text) ?? 0) !== code);
}

function runsOf(decoded: readonly (readonly [number, string])[]): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < decoded.length; ) {
    const [code = 0, text = ""] = decoded[at] ?? [];
    const point = text.codePointAt(0) ?? 0;
    let length = 1;
    const follows = ([next, character]: readonly [number, string]) =>
      next === code + length && character.codePointAt(0) === point + length;
    while (follows(decoded[at + length] ?? [0, ""])) length++;
    const last = runs.at(-1);
    if (length >= COUNTED_MIN) runs.push([code, point, length]);
    else {
      length = 1;
      if (last?.length === 2 && last[0] + [...last[1]].length === code) last[1] += text;
      else runs.push([code, text]);
    }
    at += length;
  }
  return runs;
}

const client = new pg.Client({
  connectionString: process.argv[2] ?? "postgresql://127.0.0.1:5432",
});
await client.connect();
await client.query(HELPERS);
const { rows: names } = await client.query<{ name: string }>(
  `SELECT pg_encoding_to_char(conforencoding) AS name FROM pg_conversion
   WHERE contoencoding = pg_char_to_encoding('UTF8') AND connamespace = 'pg_catalog'::regnamespace
   ORDER BY conforencoding`,
);
const all: Record<string, Awaited<ReturnType<typeof charsetOf>>> = {};
for (const { name } of names) all[name] = await charsetOf(client, name);
await client.end();
const packed = gzipSync(JSON.stringify(all), { level: 9 });
writeFileSync(FILE, packed);
console.log(`${names.length} encodings, ${packed.length} bytes packed`);
