/**
 * rw_connector: what sources and sinks are connected to, and how far they are. A row is changed by
 * who takes rows in or hands them over, in the transaction that says which; rw_catalog.rw_sources
 * and rw_sinks show it.
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  boolColumn,
  defineRelation,
  int8Column,
  oidColumn,
  optionalTextColumn,
  textColumn,
} from "../relation.ts";

export const rwConnector = defineRelation({
  name: "rw_connector",
  schema: "rw_catalog",
  oid: 15105,
  columns: {
    /** A source or a sink. */
    relid: oidColumn(),
    connector: textColumn(),
    /** An object in JSON: what WITH says, but for the connector. It may hold passwords. */
    options: textColumn(),
    /** Of a sink, as a tree; it is no rule, for PostgreSQL's tools know no relation for that. */
    query: optionalTextColumn(),
    /** In JSON: where the connector goes on. Its form is the connector's. */
    position: textColumn({ initial: "{}" }),
    /** Rows that were taken in, or handed over. */
    rows: int8Column({ initial: 0n }),
    /** Rows a second that it may take in or hand over; -1 = as many as it can, 0 = it rests. */
    rate_limit: int8Column({ initial: -1n }),
    /** The job that made it is done. */
    ready: boolColumn({ initial: false }),
    /** Why it does not get on. */
    error: optionalTextColumn(),
    /** Of a sink: the epoch of its last delivery; rw_materialized says up to which it holds. */
    handed: int8Column({ initial: 0n }),
    /** Of a sink: where the log ended when the target had all that it is to have. */
    level: int8Column({ initial: 0n }),
    /** Of a sink: what is at its other end, if it names that; 0 = `options` say all. */
    connection: oidColumn({ initial: INVALID_OID }),
  },
  key: ["relid"],
});
