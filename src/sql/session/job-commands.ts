/** Statements about jobs, sources and sinks. There are none: each is refused by its tag. */
import { notSupported } from "../../base/sql-error.ts";
import type { JobStatement } from "../../catalog/job-statement.ts";
import type { Statement } from "../parse/statement.ts";
import type { Outcome } from "./command.ts";
import type { SessionState } from "./state.ts";

/** Throws 0A000. */
export function runJobStatement(
  _state: SessionState,
  { tag }: Statement,
  { kind }: JobStatement,
): Outcome {
  throw notSupported(kind === "setBackfillRateLimit" ? `${tag} SET BACKFILL_RATE_LIMIT` : tag);
}
