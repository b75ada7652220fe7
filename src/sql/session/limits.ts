/** What one session may hold. Excess is an SQLSTATE, never a crash. */
import { SqlError } from "../../base/sql-error.ts";

/** Named prepared statements of a session: 53400. */
export const PREPARED_STATEMENTS_MAX = 100_000;
/** Open portals and cursors of a session: 53400. */
export const PORTALS_MAX = 10_000;
/** Bytes of files in which a session keeps the rows of suspended portals and cursors: 53400. */
export const SPILL_BYTES_MAX = 64 * 1024 ** 3;
/** Savepoints of a transaction: 53400. */
export const SAVEPOINTS_MAX = 100_000;
/** Characters of statement texts that the log keeps of a transaction; the rest is cut. */
export const COMMIT_STATEMENT_CHARACTERS_MAX = 8192;

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
export const tooMany = (what: string, limit: number): SqlError =>
  new SqlError("53400", `too many ${what}`, { detail: `A session may have ${limit} at a time.` });
