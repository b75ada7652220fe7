/**
 * THE CORPUS: queries and what PostgreSQL 15 answers to them. A file of corpus/ holds blocks that
 * blank lines separate:
 *
 *   # comments, kept
 *   # parameters: ["1", null]     texts of $1 …, as JSON
 *   # differs: why                catalogd answers otherwise, as written behind a second ---
 *   a query, on as many lines as it likes
 *   ---
 *   PostgreSQL's answer, as test/queries/asker.ts writes it
 *
 * tools/record-queries.ts writes the answers anew.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { ParameterValue } from "../support/wire-client.ts";
import type { Question } from "./asker.ts";

export interface Entry extends Question {
  readonly comments: readonly string[];
  /** PostgreSQL's. */
  readonly answer: readonly string[];
  /** Ours, where it is another one and that is known. */
  readonly ours?: readonly string[];
}

export const isKnownToDiffer = ({ comments }: Entry): boolean =>
  comments.some((line) => line.startsWith("# differs: "));

const DIRECTORY = new URL("./corpus/", import.meta.url);

export const corpusFiles = (): readonly string[] =>
  readdirSync(DIRECTORY)
    .filter((name) => name.endsWith(".txt"))
    .sort();

/** What the corpus' database holds. */
export const corpusSchema = (): string => readFileSync(new URL("schema.sql", DIRECTORY), "utf8");

export function readCorpus(file: string): readonly Entry[] {
  const blocks = readFileSync(new URL(file, DIRECTORY), "utf8")
    .trim()
    .split(/\n{2,}/);
  return blocks.map((block) => {
    const lines = block.split("\n");
    const comments = lines.filter((line) => line.startsWith("#"));
    const rest = lines.filter((line) => !line.startsWith("#"));
    const cut = rest.indexOf("---");
    const second = rest.indexOf("---", cut + 1);
    const parameters = comments.flatMap((line) => {
      const [, json] = /^# parameters: (.*)$/.exec(line) ?? [];
      return json === undefined ? [] : (JSON.parse(json) as ParameterValue[]);
    });
    return {
      comments,
      text: (cut < 0 ? rest : rest.slice(0, cut)).join("\n"),
      answer: cut < 0 ? [] : rest.slice(cut + 1, second < 0 ? undefined : second),
      ...(second < 0 ? {} : { ours: rest.slice(second + 1) }),
      parameters,
    };
  });
}

export function writeCorpus(file: string, entries: readonly Entry[]): void {
  const blocks = entries.map(({ comments, text, answer, ours }) =>
    [...comments, text, "---", ...answer, ...(ours ? ["---", ...ours] : [])].join("\n"),
  );
  writeFileSync(new URL(file, DIRECTORY), `${blocks.join("\n\n")}\n`);
}
