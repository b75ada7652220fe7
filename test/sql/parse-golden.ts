/**
 * parse-golden.jsonl: statements, their tags and their bodies, without positions and expressions'
 * trees; bigints as text, Infinity as null. One a line.
 */
import { readFileSync } from "node:fs";

type Entry = readonly [text: string, tag: string, body: unknown];

export const golden: readonly Entry[] = readFileSync(
  new URL("parse-golden.jsonl", import.meta.url),
  "utf8",
)
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Entry);
