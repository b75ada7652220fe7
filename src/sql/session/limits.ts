/** What one session may hold. Excess is an SQLSTATE, never a crash. */
import { SqlError } from "../../base/sql-error.ts";
import type { SessionSettings } from "../settings/session-settings.ts";
import type { ParameterName } from "../settings/system-parameters.ts";

/** Bytes of files in which a session keeps the rows of suspended portals and cursors: 53400. */
export const SPILL_BYTES_MAX = 64 * 1024 ** 3;
/** Characters of statement texts that the log keeps of a transaction; the rest is cut. */
export const COMMIT_STATEMENT_CHARACTERS_MAX = 8192;

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
const tooMany = (what: string, limit: number): SqlError =>
  new SqlError("53400", `too many ${what}`, { detail: `A session may have ${limit} at a time.` });

/** Throws 53400 when one more than these is too many; `parameter` says how many there may be. */
export function checkRoom(
  settings: SessionSettings,
  parameter: Extract<ParameterName, "max_portals" | "max_prepared_statements" | "max_savepoints">,
  what: string,
  held: number,
): void {
  const limit = settings.number(parameter);
  if (held >= limit) throw tooMany(what, limit);
}
