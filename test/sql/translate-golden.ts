/**
 * GOLDEN FILES of queries: a query, `---`, then its columns (name:type oid) and rows in text
 * format. PostgreSQL 15 wrote the answers (translate-record.ts); the tests must give the same.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface GoldenQuery {
  /** Comment lines and blank lines before it, kept as they are. */
  readonly head: string;
  readonly query: string;
  readonly answer: readonly string[];
}

/** A value of a row, on one line. */
export const shown = (value: unknown): string =>
  value === null ? "∅" : String(value).replaceAll("\n", "\\n");

const DIRECTORY = new URL("./translate-golden/", import.meta.url);

export const goldenFiles = (): readonly URL[] =>
  readdirSync(DIRECTORY)
    .filter((name) => name.endsWith(".golden"))
    .sort()
    .map((name) => new URL(name, DIRECTORY));

/** Entries are separated by blank lines. */
export function readGolden(file: URL): readonly GoldenQuery[] {
  const blocks = readFileSync(file, "utf8")
    .trim()
    .split(/\n{2,}/);
  return blocks.map((block) => {
    const lines = block.split("\n");
    const comments = lines.filter((line) => line.startsWith("#"));
    const rest = lines.filter((line) => !line.startsWith("#"));
    const cut = rest.indexOf("---");
    return {
      head: comments.map((line) => `${line}\n`).join(""),
      query: (cut < 0 ? rest : rest.slice(0, cut)).join("\n"),
      answer: cut < 0 ? [] : rest.slice(cut + 1),
    };
  });
}

export const writeGolden = (queries: readonly GoldenQuery[]): string =>
  `${queries
    .map(({ head, query, answer }) => `${head}${query}\n---\n${answer.join("\n")}`)
    .join("\n\n")}\n`;
