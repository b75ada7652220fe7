/** The file of recorded answers: one expression a line, with what PostgreSQL said of it. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Answer } from "./answers.ts";
import type { Case } from "./cases.ts";

export interface Recorded extends Case {
  readonly answer: Answer;
  /** What the printed expression prints as, where that is something else. */
  readonly again?: Answer;
}

const folder = new URL("./", import.meta.url);

/** Expressions that once were answered in another way than PostgreSQL does. */
export const regressions = (): Case[] => readLines("regressions.jsonl");
export const recorded = (): Recorded[] => readLines("golden.jsonl");

function readLines<T>(file: string): T[] {
  const text = readFileSync(new URL(file, folder), "utf8").trimEnd();
  return text.split("\n").map((line) => JSON.parse(line));
}

export function writeRecorded(lines: readonly Recorded[]): void {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  writeFileSync(new URL("golden.jsonl", folder), text);
}
