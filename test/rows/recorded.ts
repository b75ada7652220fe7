/**
 * What PostgreSQL answered: stories, each in a schema of its own. The first is that of statements
 * that once were answered in another way (regressions.sql).
 */
import { readFileSync, writeFileSync } from "node:fs";

export interface Recorded {
  readonly sql: string;
  readonly answer: readonly string[];
}

const fileOf = (name: string) => new URL(name, import.meta.url);

/** One statement a line. */
export const regressions = (): string[] =>
  readFileSync(fileOf("regressions.sql"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("--"));

export const readRecorded = (): Recorded[][] =>
  readFileSync(fileOf("recorded.jsonl"), "utf8")
    .trimEnd()
    .split("\n\n")
    .map((story) => story.split("\n").map((line) => JSON.parse(line) as Recorded));

export function writeRecorded(stories: readonly (readonly Recorded[])[]): void {
  const texts = stories.map((story) => story.map((one) => JSON.stringify(one)).join("\n"));
  writeFileSync(fileOf("recorded.jsonl"), `${texts.join("\n\n")}\n`);
}
