/**
 * Writes bootstrap/text-search.json.gz: the Snowball stemmers of PostgreSQL 15, from the C that the
 * Snowball compiler has made of them, and the stop words that it comes with.
 * src/catalog/search-data.ts has the format.
 *
 *   npx tsx tools/generate-text-search.ts .../postgresql-15.x/src/backend/snowball
 *   .../share/postgresql/15/tsearch_data
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { AmongRow, Statement, StemmerProgram } from "../src/catalog/search-data.ts";
import { CReader } from "./stemmer-reader.ts";

const FILE = new URL("../bootstrap/text-search.json.gz", import.meta.url);
const [source, dictionaries] = process.argv.slice(2);
if (!source || !dictionaries) throw new Error("folders of Snowball's C and of the stop words?");

/** { 'a', 0xC3, 0xA9 } as a text. */
function textOf(bytes: string): string {
  const codes = [...bytes.matchAll(/'(\\?.)'|0x([0-9A-F]+)/g)].map(([, char, hex]) =>
    char ? char.slice(-1).charCodeAt(0) : Number.parseInt(hex as string, 16),
  );
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(codes));
}

function programOf(language: string, text: string): StemmerProgram {
  const strings = new Map<string, string>();
  for (const [, name, bytes] of text.matchAll(/static const symbol (s_\w+)\[\d*\] = \{(.*?)\};/g)) {
    strings.set(name as string, textOf(bytes as string));
  }
  const groupings: Record<string, number[]> = {};
  const grouping = /static const unsigned char (g_\w+)\[\] = \{(.*?)\};/g;
  for (const [, name, bytes] of text.matchAll(grouping)) {
    groupings[name as string] = (bytes as string).split(",").map(Number);
  }
  const amongs: Record<string, AmongRow[]> = {};
  const among = /static const struct among (a_\d+)\[\d+\] =\s*\{(.*?)\};/gs;
  for (const [, name, rows] of text.matchAll(among)) {
    const row = /\{\s*\d+, (\w+), (-?\d+), (-?\d+), (\w+)\}/g;
    amongs[name as string] = [...(rows as string).matchAll(row)].map((found): AmongRow => {
      const [key, shorter, result, condition] = found.slice(1) as [string, string, string, string];
      const text = key === "0" ? "" : (strings.get(key) as string);
      const always = [text, Number(shorter), Number(result)] as const;
      return condition === "0" ? always : [...always, condition];
    });
  }
  const functions: Record<string, Statement> = {};
  const start = /^(?:static|extern) int (\w+)\(struct SN_env \* z\) \{/gm;
  for (const found of text.matchAll(start)) {
    const name = found[1]?.startsWith("r_") ? (found[1] as string) : "stem";
    const reader = new CReader(text, found.index + found[0].length - 1, strings);
    functions[name] = reader.block();
  }
  if (!functions["stem"]) throw new Error(`${language} has no stem`);
  const texts = /SN_create_env\((\d+), (\d+)\)/.exec(text);
  return { registers: [Number(texts?.[1]), Number(texts?.[2])], groupings, amongs, functions };
}

const stemmers: Record<string, StemmerProgram> = {};
for (const file of readdirSync(`${source}/libstemmer`).sort()) {
  const language = /^stem_UTF_8_(\w+)\.c$/.exec(file)?.[1];
  if (!language) continue;
  stemmers[language] = programOf(language, readFileSync(`${source}/libstemmer/${file}`, "utf8"));
}
const stopWords: Record<string, string[]> = {};
for (const file of readdirSync(dictionaries).sort()) {
  if (!file.endsWith(".stop")) continue;
  const lines = readFileSync(`${dictionaries}/${file}`, "utf8").split("\n");
  const words = lines.map((line) => line.split(/[ \t\r]/)[0] as string).filter(Boolean);
  stopWords[file.slice(0, -".stop".length)] = [...new Set(words)].sort();
}
writeFileSync(FILE, gzipSync(JSON.stringify({ stemmers, stopWords }), { level: 9 }));
