/**
 * LIVE ROWS: what the sessions themselves know, as rows of PostgreSQL's set-returning functions
 * behind pg_settings, pg_prepared_statements, pg_cursors and pg_stat_activity.
 */
import type { Oid } from "../../base/ids.ts";
import { DATABASE_CLASS } from "../../catalog/class-oids.ts";
import type { LockRow } from "../../txn/lock-manager.ts";
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

const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/**
 * Columns of pg_lock_status, in its order. A name that is locked apart from what bears it has the
 * lock type "name" and its schema as objid; PostgreSQL has nothing like it.
 */
export function lockRow({ tag, processId, mode, granted, waitStart }: LockRow): readonly Scalar[] {
  const isRelation = tag.kind === "relation";
  const classId = tag.kind === "database" ? DATABASE_CLASS : isRelation ? null : tag.classOid;
  const objectId =
    tag.kind === "database"
      ? tag.db
      : tag.kind === "name"
        ? tag.scope
        : isRelation
          ? null
          : tag.oid;
  return [
    tag.kind === "database" ? "object" : tag.kind,
    BigInt(tag.kind === "database" ? 0 : tag.db),
    isRelation ? BigInt(tag.oid) : null,
    null, // page
    null, // tuple
    null, // virtualxid
    null, // transactionid
    classId === null ? null : BigInt(classId),
    objectId === null ? null : BigInt(objectId),
    isRelation ? null : 0n,
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
    null, // client_addr: there are no values of type inet
    null, // client_hostname: names are not looked up
    BigInt(activity.port),
    xid,
    null, // backend_xmin
    "client backend",
    ...encryption,
    null, // leader_pid
    null, // query_id
  ];
}

const nulls = (count: number): readonly null[] => new Array<null>(count).fill(null);

/** ssl … gss_enc: connections are not encrypted. */
const encryption: readonly Scalar[] = [0n, null, null, null, null, null, null, 0n, null, 0n];
