/**
 * Transaction ids and snapshots. Ids are assigned without end, so an xid8, a bigint and an xid are
 * the same number.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 */
import { SqlError } from "../../base/sql-error.ts";
import { fromUnsigned64, unsigned64 } from "../types/integers.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatSnapshot, type SnapshotValue, snapshotOf } from "../types/snapshots.ts";
import { asBytes, asInteger, asText, define, defineInSession, defineSet, truth } from "./define.ts";
import type { FunctionDefinition, SessionEffects, SetFunctionDefinition } from "./registry.ts";

const FIRST_NORMAL_XID = 3n;
const INT4_MAX = 0x7fff_ffffn;

/** What the older functions call bigint is xid8 in the newer ones. */
interface Flavour {
  readonly put: (xid: bigint) => Scalar;
  readonly get: (value: Scalar | undefined) => bigint;
}
const asBigint: Flavour = { put: (xid) => xid, get: asInteger };
const asXid8: Flavour = {
  put: unsigned64,
  get: (value) => fromUnsigned64(asBytes(value)),
};

function currentSnapshot({ xids }: SessionEffects): SnapshotValue {
  const { end, running } = xids.snapshot();
  return { xmin: BigInt(running[0] ?? end), xmax: BigInt(end), running: running.map(BigInt) };
}

function isVisible(xid: bigint, { xmin, xmax, running }: SnapshotValue): boolean {
  if (xid < xmin) return true;
  return xid < xmax && !running.includes(xid);
}

/** NULL of a transaction that ended too long ago. Throws 22023. */
function statusOf({ xids }: SessionEffects, xid: bigint): Scalar {
  if (xid >= BigInt(xids.next())) {
    throw new SqlError("22023", `transaction ID ${xid} is in ${"the future"}`);
  }
  if (xid === 0n) return null;
  if (xid < FIRST_NORMAL_XID) return "committed";
  return xids.statusOf(Number(xid)) ?? null;
}

function currentIfAssigned({ xids }: SessionEffects, { put }: Flavour): Scalar {
  const assigned = xids.assigned();
  return assigned === undefined ? null : put(BigInt(assigned));
}

/** Transactions since `xid`; the permanent ones are as old as can be. */
function ageOf({ xids }: SessionEffects, xid: bigint): bigint {
  if (xid < FIRST_NORMAL_XID) return INT4_MAX;
  return BigInt.asIntN(32, BigInt(xids.assigned() ?? xids.next()) - xid);
}

const older: readonly FunctionDefinition[] = [
  defineInSession("pg_export_snapshot()", (effects) => effects.exportSnapshot()),
  defineInSession("txid_current()", ({ xids }) => BigInt(xids.current())),
  defineInSession("txid_current_if_assigned()", (effects) => currentIfAssigned(effects, asBigint)),
  defineInSession("txid_current_snapshot()", (effects) => formatSnapshot(currentSnapshot(effects))),
  define("txid_snapshot_xmin(txid_snapshot)", (_context, one) => snapshotOf(asText(one)).xmin),
  define("txid_snapshot_xmax(txid_snapshot)", (_context, one) => snapshotOf(asText(one)).xmax),
  define("txid_visible_in_snapshot(int8, txid_snapshot)", (_context, xid, snapshot) =>
    truth(isVisible(asInteger(xid), snapshotOf(asText(snapshot)))),
  ),
  defineInSession("txid_status(int8)", (effects, xid) => statusOf(effects, asInteger(xid))),
];

const newer: readonly FunctionDefinition[] = [
  defineInSession("pg_current_xact_id()", ({ xids }) => asXid8.put(BigInt(xids.current()))),
  defineInSession("pg_current_xact_id_if_assigned()", (effects) =>
    currentIfAssigned(effects, asXid8),
  ),
  defineInSession("pg_current_snapshot()", (effects) => formatSnapshot(currentSnapshot(effects))),
  define("pg_snapshot_xmin(pg_snapshot)", (_context, one) =>
    asXid8.put(snapshotOf(asText(one)).xmin),
  ),
  define("pg_snapshot_xmax(pg_snapshot)", (_context, one) =>
    asXid8.put(snapshotOf(asText(one)).xmax),
  ),
  define("pg_visible_in_snapshot(xid8, pg_snapshot)", (_context, xid, snapshot) =>
    truth(isVisible(asXid8.get(xid), snapshotOf(asText(snapshot)))),
  ),
  defineInSession("pg_xact_status(xid8)", (effects, xid) => statusOf(effects, asXid8.get(xid))),
];

/** Rows have no multixacts, and commits have their times in rw_catalog.rw_ddl_history. */
function commitTimestamp(): never {
  throw new SqlError("55000", "could not get commit timestamp data", {
    hint: 'Make sure the configuration parameter "track_commit_timestamp" is set.',
  });
}

const ages: readonly FunctionDefinition[] = [
  defineInSession("age(xid)", (effects, xid) => ageOf(effects, asInteger(xid))),
  define("mxid_age(xid)", (_context, multixact) =>
    asInteger(multixact) === 0n ? INT4_MAX : BigInt.asIntN(32, 1n - asInteger(multixact)),
  ),
  define("pg_xact_commit_timestamp(xid)", commitTimestamp),
];

export const transactionIdFunctions: readonly FunctionDefinition[] = [...older, ...newer, ...ages];

const running = (value: Scalar | undefined): readonly bigint[] => snapshotOf(asText(value)).running;

export const transactionIdSetFunctions: readonly SetFunctionDefinition[] = [
  defineSet("txid_snapshot_xip(txid_snapshot)", (_context, one) =>
    running(one as Scalar).map((xid) => [xid]),
  ),
  defineSet("pg_snapshot_xip(pg_snapshot)", (_context, one) =>
    running(one as Scalar).map((xid) => [asXid8.put(xid)]),
  ),
  defineSet("pg_last_committed_xact()", commitTimestamp),
  defineSet("pg_xact_commit_timestamp_origin(xid)", commitTimestamp),
  defineSet("pg_get_multixact_members(xid)", (_context, multixact) => {
    if (multixact === 0n) throw new SqlError("22023", "invalid MultiXactId: 0");
    const problem = "has not been created yet -- apparent wraparound";
    throw new SqlError("XX000", `MultiXactId ${multixact} ${problem}`);
  }),
];
