/**
 * Positions in the log: pg_lsn's arithmetic, where the log ends, and the functions of a server that
 * follows another one, which this is never.
 * https://www.postgresql.org/docs/15/datatype-pg-lsn.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { divideRounding, formatDecimal, parseDecimal, powerOfTen } from "../types/decimal.ts";
import { fromUnsigned64, unsigned64 } from "../types/integers.ts";
import type { Scalar } from "../types/scalar.ts";
import { asBytes, asText, define, defineInSession } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const LSN_END = 1n << 64n;

const lsnOf = (value: Scalar | undefined): bigint => fromUnsigned64(asBytes(value));

function checkedLsn(position: bigint): Scalar {
  if (position < 0n || position >= LSN_END) throw new SqlError("22023", "pg_lsn out of range");
  return unsigned64(position);
}

/** `start` and a number of bytes: the sum is exact, only then it is rounded. */
function moved(start: bigint, by: Scalar | undefined, sign: 1n | -1n, verb: string): Scalar {
  const { units, scale, special } = parseDecimal(asText(by));
  if (special === "NaN") throw new SqlError("0A000", `cannot ${verb} pg_lsn`);
  if (special) throw new SqlError("0A000", "cannot convert infinity to pg_lsn");
  const unit = powerOfTen(scale);
  return checkedLsn(divideRounding(start * unit + sign * units, unit));
}
const plus = (lsn: Scalar | undefined, by: Scalar | undefined): Scalar =>
  moved(lsnOf(lsn), by, 1n, "add NaN to");
const minus = (lsn: Scalar | undefined, by: Scalar | undefined): Scalar =>
  moved(lsnOf(lsn), by, -1n, "subtract NaN from");

const difference = (first: Scalar | undefined, second: Scalar | undefined): Scalar =>
  formatDecimal({ units: lsnOf(first) - lsnOf(second), scale: 0 });

const arithmetic: readonly FunctionDefinition[] = [
  define("pg_lsn_mi(pg_lsn, pg_lsn)", (_context, first, second) => difference(first, second)),
  define("pg_wal_lsn_diff(pg_lsn, pg_lsn)", (_context, first, second) => difference(first, second)),
  define("pg_lsn_pli(pg_lsn, numeric)", (_context, lsn, by) => plus(lsn, by)),
  define("numeric_pl_pg_lsn(numeric, pg_lsn)", (_context, by, lsn) => plus(lsn, by)),
  define("pg_lsn_mii(pg_lsn, numeric)", (_context, lsn, by) => minus(lsn, by)),
  define("pg_lsn(numeric)", (_context, value) => moved(0n, value, 1n, "convert NaN to")),
];

const positions: readonly FunctionDefinition[] = [
  defineInSession("pg_current_wal_lsn()", ({ server }) => unsigned64(server.log().inserted)),
  defineInSession("pg_current_wal_insert_lsn()", ({ server }) => unsigned64(server.log().inserted)),
  defineInSession("pg_current_wal_flush_lsn()", ({ server }) => unsigned64(server.log().flushed)),
];

function notRecovering(): never {
  throw new SqlError("55000", "recovery is not in progress", {
    hint: "Recovery control functions can only be executed during recovery.",
  });
}

/** A server that follows no other has received nothing. */
const nothing = (): Scalar => null;

const recovery: readonly FunctionDefinition[] = [
  define("pg_wal_replay_pause()", notRecovering),
  define("pg_wal_replay_resume()", notRecovering),
  define("pg_is_wal_replay_paused()", notRecovering),
  define("pg_get_wal_replay_pause_state()", notRecovering),
  define("pg_promote(bool, int4)", notRecovering),
  define("pg_last_wal_receive_lsn()", nothing),
  define("pg_last_wal_replay_lsn()", nothing),
  define("pg_last_xact_replay_timestamp()", nothing),
];

export const logPositionFunctions: readonly FunctionDefinition[] = [
  ...arithmetic,
  ...positions,
  ...recovery,
];
