/**
 * rw_job: what builds objects beside the statements that asked for them, and what became of it. A
 * row is written by the job itself, with each part of its work, so that it is as true after a crash
 * as before; rw_catalog.rw_ddl_progress and rw_jobs show it.
 */
import {
  boolColumn,
  defineRelation,
  int4Column,
  int8Column,
  oidColumn,
  optionalTextColumn,
  otherColumn,
  textColumn,
} from "../relation.ts";

const TIMESTAMPTZ = 1184;
const time = () => otherColumn<bigint | null>(TIMESTAMPTZ, "bigint", true);

export const rwJob = defineRelation({
  name: "rw_job",
  schema: "rw_catalog",
  oid: 15102,
  columns: {
    id: oidColumn(),
    /** The relation that it makes or fills. */
    relid: oidColumn(),
    /** As CREATE calls what it makes: MATERIALIZED VIEW, INDEX, TABLE; or REFRESH …. */
    kind: textColumn(),
    statement: textColumn(),
    owner: oidColumn(),
    /** Process id of the session that asked for it. */
    session: int4Column(),
    /** It lives on when that session ends. */
    background: boolColumn(),
    /** initial, creating, created, failed, cancelled */
    state: textColumn(),
    phase: textColumn({ initial: "" }),
    /** A foreground job waits for one of the slots, a background one for its turn. */
    waiting_for: optionalTextColumn(),
    created: time(),
    started: time(),
    updated: time(),
    finished: time(),
    rows_done: int8Column({ initial: 0n }),
    /** Of these, the ones that a crash does not take back. */
    rows_kept: int8Column({ initial: 0n }),
    rows_total: int8Column({ initial: 0n }),
    /** Rows a second that it may read; -1 = as many as it can, 0 = it rests. */
    rate_limit: int8Column({ initial: -1n }),
    /** After which it has failed; 0 = never. */
    timeout_ms: int8Column({ initial: 0n }),
    /** What it reads is of this epoch; 0 = it has not begun. */
    epoch: int8Column({ initial: 0n }),
    /** The last version of the first input that it has dealt with. */
    position: int8Column({ initial: 0n }),
    /** The last one that it has to deal with. */
    last: int8Column({ initial: 0n }),
    /** Storages of what it reads and writes, when it began. */
    inputs: textColumn({ initial: "" }),
    error: optionalTextColumn(),
    /** The role that cancelled it. */
    ended_by: optionalTextColumn(),
    /** What a table is made by; of other relations the catalog knows. */
    query: textColumn({ initial: "" }),
  },
  key: ["id"],
  indexes: { relid: ["relid"], state: ["state"] },
});
