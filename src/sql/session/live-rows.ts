/**
 * LIVE ROWS: what the sessions themselves know, as rows of PostgreSQL's set-returning functions
 * behind pg_settings, pg_prepared_statements, pg_cursors and pg_stat_activity.
 */
import { unreachable } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { DATABASE_CLASS } from "../../catalog/class-oids.ts";
import type { LockRow } from "../../txn/lock-manager.ts";
import type { LockTag } from "../../txn/lock-tag.ts";
import type { Scalar } from "../types/scalar.ts";

type Rows = Iterable<readonly Scalar[]>;

export interface LiveRows {
  settings(): Rows;
  preparedStatements(): Rows;
  cursors(): Rows;
  /** Of one process, or of all. */
  activity(processId: number | undefined): Rows;
  /** Of all sessions. */
  locks(): Rows;
}

const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** What a lock is on, in the words and columns of pg_locks. */
interface LockedThing {
  readonly type: string;
  readonly db: Oid | undefined;
  readonly relation?: Oid;
  readonly page?: number;
  readonly tuple?: number;
  readonly transaction?: number;
  readonly class?: Oid;
  readonly object?: Oid;
}

/**
 * A name that is locked apart from what bears it has the lock type "name" and its schema as objid,
 * a value of a unique index has "key" and the index; PostgreSQL has nothing like them.
 */
function thingOf(tag: LockTag): LockedThing {
  switch (tag.kind) {
    case "database":
      return { type: "object", db: 0 as Oid, class: DATABASE_CLASS, object: tag.db };
    case "relation":
      return { type: "relation", db: tag.db, relation: tag.oid };
    case "object":
      return { type: "object", db: tag.db, class: tag.classOid, object: tag.oid };
    case "name":
      return { type: "name", db: tag.db, class: tag.classOid, object: tag.scope };
    case "row":
      return { type: "tuple", db: tag.db, relation: tag.table, page: 0, tuple: tag.version };
    case "key":
      return { type: "key", db: tag.db, relation: tag.table, object: tag.index };
    case "transaction":
      return { type: "transactionid", db: undefined, transaction: tag.xid };
    default:
      return unreachable(tag);
  }
}

const integer = (value: number | undefined): bigint | null =>
  value === undefined ? null : BigInt(value);

/** Columns of pg_lock_status, in its order. */
export function lockRow({ tag, processId, mode, granted, waitStart }: LockRow): readonly Scalar[] {
  const thing = thingOf(tag);
  return [
    thing.type,
    integer(thing.db),
    integer(thing.relation),
    integer(thing.page),
    integer(thing.tuple),
    null, // virtualxid
    integer(thing.transaction),
    integer(thing.class),
    integer(thing.object),
    thing.object === undefined ? null : 0n,
    `${processId}/0`,
    BigInt(processId),
    `${mode}Lock`,
    granted ? 1n : 0n,
    0n, // fastpath
    waitStart === undefined ? null : BigInt(waitStart - POSTGRES_EPOCH_MS) * 1000n,
  ];
}

/** One session in pg_stat_activity. */
export interface Activity {
  readonly processId: number;
  readonly database: Oid;
  readonly user: Oid;
  readonly applicationName: string;
  readonly address: string | null;
  readonly port: number;
  readonly backendStart: bigint;
  readonly transactionStart: bigint | undefined;
  readonly queryStart: bigint | undefined;
  readonly stateChange: bigint;
  readonly state: "active" | "idle" | "idle in transaction" | "idle in transaction (aborted)";
  readonly query: string;
  /** What is waited for: ["Lock", "relation"], ["Timeout", "PgSleep"], ["Client", "ClientRead"]. */
  readonly wait: readonly [type: string, event: string] | undefined;
  readonly xid: number | undefined;
}

/** Columns of pg_stat_get_activity, in its order. */
export function activityRow(activity: Activity): readonly Scalar[] {
  const [waitType = null, waitEvent = null] = activity.wait ?? [];
  return [
    BigInt(activity.database),
    BigInt(activity.processId),
    BigInt(activity.user),
    activity.applicationName,
    activity.state,
    activity.query,
    waitType,
    waitEvent,
    activity.transactionStart ?? null,
    activity.queryStart ?? null,
    activity.backendStart,
    activity.stateChange,
    null, // client_addr: there are no values of type inet
    null, // client_hostname: names are not looked up
    BigInt(activity.port),
    activity.xid === undefined ? null : BigInt(activity.xid),
    null, // backend_xmin
    "client backend",
    ...encryption,
    null, // leader_pid
    null, // query_id
  ];
}

/** ssl … gss_enc: connections are not encrypted. */
const encryption: readonly Scalar[] = [0n, null, null, null, null, null, null, 0n, null, 0n];
