/**
 * settings-recorded.jsonl: SET name = value as PostgreSQL 15.18 answers it, one after the other in
 * one session: what SHOW prints then, or the error. One a line.
 */
import { readFileSync } from "node:fs";

export interface RecordedError {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}
type Entry = readonly [name: string, value: string, answer: string | RecordedError];

export const recorded: readonly Entry[] = readFileSync(
  new URL("settings-recorded.jsonl", import.meta.url),
  "utf8",
)
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Entry);
