/**
 * EXPLAIN's OPTIONS. What this server cannot tell (buffers, WAL, settings that shaped a plan) is
 * refused when it is asked for.
 * https://www.postgresql.org/docs/15/sql-explain.html
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import {
  booleanOf,
  type StatementOption,
  textOf,
  unrecognized,
} from "../../catalog/statement-option.ts";

export type ExplainFormat = "text" | "json";

export interface ExplainOptions {
  readonly format: ExplainFormat;
  readonly analyze: boolean;
  readonly verbose: boolean;
  readonly costs: boolean;
  readonly timing: boolean;
  readonly summary: boolean;
}

const FLAGS = ["analyze", "verbose", "costs", "buffers", "wal", "settings", "timing", "summary"];
const MISSING = ["buffers", "wal", "settings"];

/** Throws 42601, 22023, 0A000. */
export function explainOptions(options: readonly StatementOption[]): ExplainOptions {
  const flags = new Map<string, boolean>();
  let format: ExplainFormat = "text";
  for (const option of options) {
    if (option.name === "format") format = formatOf(option);
    else if (FLAGS.includes(option.name)) flags.set(option.name, booleanOf(option));
    else throw unrecognized(option, "EXPLAIN");
  }
  const analyze = flags.get("analyze") ?? false;
  for (const name of ["wal", "timing"]) {
    if (!flags.get(name) || analyze) continue;
    throw new SqlError("22023", `EXPLAIN option ${name.toUpperCase()} requires ANALYZE`);
  }
  const missing = MISSING.find((name) => flags.get(name));
  if (missing !== undefined) throw notSupported(`EXPLAIN option ${missing.toUpperCase()}`);
  return {
    format,
    analyze,
    verbose: flags.get("verbose") ?? false,
    costs: flags.get("costs") ?? true,
    timing: flags.get("timing") ?? analyze,
    summary: flags.get("summary") ?? analyze,
  };
}

function formatOf(option: StatementOption): ExplainFormat {
  const name = textOf(option);
  if (name === "text" || name === "json") return name;
  if (name === "xml" || name === "yaml") {
    throw notSupported(`EXPLAIN in format ${name.toUpperCase()}`);
  }
  throw new SqlError(
    "22023",
    `unrecognized value for EXPLAIN option "${option.name}": "${name}"`,
  ).at(option.position);
}

/** What the answer's column is, before anyone has looked whether the options are right. */
export const hasJsonAnswer = (options: readonly StatementOption[]): boolean => {
  const last = options.findLast(({ name }) => name === "format");
  return last?.value?.kind === "text" && last.value.text === "json";
};
