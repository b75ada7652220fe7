/** Files of PostgreSQL's answers: a statement a line, and below it, indented, what came of it. */
import { readFileSync, writeFileSync } from "node:fs";

export interface Answered {
  readonly statement: string;
  readonly answer: readonly string[];
}

const fileOf = (name: string) => new URL(`./golden/${name}.txt`, import.meta.url);

export function readGolden(name: string): Answered[] {
  const answered: { statement: string; answer: string[] }[] = [];
  for (const line of readFileSync(fileOf(name), "utf8").trimEnd().split("\n")) {
    if (line.startsWith("  ")) answered.at(-1)?.answer.push(line.slice(2));
    else answered.push({ statement: line, answer: [] });
  }
  return answered;
}

export function writeGolden(name: string, answered: readonly Answered[]): void {
  const lines = answered.flatMap(({ statement, answer }) => [
    statement,
    ...answer.map((line) => `  ${line}`),
  ]);
  writeFileSync(fileOf(name), `${lines.join("\n")}\n`);
}
