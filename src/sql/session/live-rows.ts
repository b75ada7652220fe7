/**
 * LIVE ROWS: what the sessions themselves know, as rows of PostgreSQL's set-returning functions
 * behind pg_settings, pg_prepared_statements, pg_cursors and pg_stat_activity.
 */
import { unreachable } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { postgresMicros } from "../../base/postgres-time.ts";
import { DATABASE_CLASS } from "../../catalog/class-oids.ts";
import type { LockRow } from "../../txn/lock-manager.ts";
import type { LockTag } from "../../txn/lock-tag.ts";
import { inetOf } from "../types/inet.ts";
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
  /** Channels that the session listens to. */
  channels(): Rows;
  /** How full the notify queue is, 0 … 1. */
  readonly notifyUsage: number;
}

/** What a lock is on, in the words and columns of pg_locks. */
interface Place {
  readonly type: string;
  readonly db: number | undefined;
  readonly relation?: number;
  readonly page?: number;
  readonly tuple?: number;
  readonly transaction?: number;
  readonly classId?: number;
  readonly objectId?: number;
  readonly subId?: number;
}

/**
 * A name that is locked apart from what bears it has the lock type "name" and its schema as objid,
 * a value of a unique index has "key" and the index; PostgreSQL has nothing like them.
 */
function placeOf(tag: LockTag): Place {
  switch (tag.kind) {
    case "database":
      return { type: "object", db: 0, classId: DATABASE_CLASS, objectId: tag.db, subId: 0 };
    case "relation":
      return { type: "relation", db: tag.db, relation: tag.oid };
    case "object":
      return { type: "object", db: tag.db, classId: tag.classOid, objectId: tag.oid, subId: 0 };
    case "name":
      return { type: "name", db: tag.db, classId: tag.classOid, objectId: tag.scope, subId: 0 };
    case "row":
      return { type: "tuple", db: tag.db, relation: tag.table, page: 0, tuple: tag.version };
    case "key":
      return { type: "key", db: tag.db, relation: tag.table, objectId: tag.index, subId: 0 };
    case "transaction":
      return { type: "transactionid", db: undefined, transaction: tag.xid };
    case "advisory": {
      const { db, classId, objectId, keys } = tag;
      return { type: "advisory", db, classId, objectId, subId: keys };
    }
    default:
      return unreachable(tag);
  }
}

const integerOrNull = (value: number | undefined): Scalar =>
  value === undefined ? null : BigInt(value);

/** Columns of pg_lock_status, in its order. */
export function lockRow({ tag, processId, mode, granted, waitStart }: LockRow): readonly Scalar[] {
  const place = placeOf(tag);
  return [
    place.type,
    integerOrNull(place.db),
    integerOrNull(place.relation),
    integerOrNull(place.page),
    integerOrNull(place.tuple),
    null, // virtualxid
    integerOrNull(place.transaction),
    integerOrNull(place.classId),
    integerOrNull(place.objectId),
    integerOrNull(place.subId),
    `${processId}/0`,
    BigInt(processId),
    `${mode}Lock`,
    granted ? 1n : 0n,
    0n, // fastpath
    waitStart === undefined ? null : BigInt(postgresMicros(waitStart)),
  ];
}

/** One session in pg_stat_activity. */
export interface Activity {
  readonly processId: number;
  readonly database: Oid;
  readonly user: Oid;
  readonly applicationName: string;
  /** It works for the server, not for a client. */
  readonly isInternal: boolean;
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

/** Where columns of pg_stat_get_activity are. */
export const activityColumns = {
  datid: 0,
  pid: 1,
  usesysid: 2,
  query: 5,
  wait_event_type: 6,
  wait_event: 7,
  xact_start: 8,
  query_start: 9,
  backend_start: 10,
  client_addr: 12,
  client_port: 14,
} as const;

/**
 * Columns of pg_stat_get_activity, in its order. What another role's session does is not shown to
 * everybody: a statement may hold a password.
 */
export function activityRow(activity: Activity, isShown: boolean): readonly Scalar[] {
  const [waitType = null, waitEvent = null] = activity.wait ?? [];
  const xid = activity.xid === undefined ? null : BigInt(activity.xid);
  const known = [
    BigInt(activity.database),
    BigInt(activity.processId),
    BigInt(activity.user),
    activity.applicationName,
  ];
  if (!isShown) return [...known, null, "<insufficient privilege>", ...nulls(9), xid, ...nulls(14)];
  return [
    ...known,
    activity.state,
    activity.query,
    waitType,
    waitEvent,
    activity.transactionStart ?? null,
    activity.queryStart ?? null,
    activity.backendStart,
    activity.stateChange,
    inetOf(activity.address),
    null, // client_hostname: names are not looked up
    BigInt(activity.port),
    xid,
    null, // backend_xmin
    activity.isInternal ? "background worker" : "client backend",
    ...encryption,
    null, // leader_pid
    null, // query_id
  ];
}

const nulls = (count: number): readonly null[] => new Array<null>(count).fill(null);

/** ssl … gss_enc: connections are not encrypted. */
const encryption: readonly Scalar[] = [0n, null, null, null, null, null, null, 0n, null, 0n];
