/**
 * USERS' TRIGGERS: which fire for what happens to a row or by a statement, in the order of their
 * names. Calling their functions is the engine's.
 * https://www.postgresql.org/docs/15/trigger-definition.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgTrigger } from "../../catalog/relations/pg-trigger.ts";
import { BEFORE, EVENT_BITS, INSTEAD, ROW, type TriggerEvent } from "../../catalog/trigger-bits.ts";
import type { Deferrable } from "../../txn/deferred-checks.ts";
import { decodeTree } from "../bind/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { type RowStep, stepOf, type Translate } from "./row-step.ts";
import { rowValue } from "./row-value.ts";
import type { TableShape } from "./table-shape.ts";
import type { TransitionRows } from "./transition-rows.ts";

export interface Trigger extends Deferrable {
  readonly name: string;
  readonly function: Oid;
  readonly type: number;
  /** UPDATE OF; none = any. */
  readonly columns: readonly number[];
  /** Over OLD (1) and NEW (2). */
  readonly when: RowStep | undefined;
  readonly args: readonly string[];
  /** REFERENCING OLD TABLE and NEW TABLE AS. */
  readonly oldTable: string | null;
  readonly newTable: string | null;
  /** O, A or R: in which session_replication_role it fires. */
  readonly enabled: string;
  /** Of one of a partitioned table. */
  readonly isPart: boolean;
}

export type Row = readonly Scalar[];

/** What happened; rows hold a value for each attribute number. */
export interface Happening {
  readonly event: TriggerEvent;
  readonly old?: Row;
  readonly now?: Row;
  /** Columns that an UPDATE sets. */
  readonly columns?: readonly number[];
  /** All rows of the statement, for a trigger that asks for them. */
  readonly rows?: TransitionRows;
}

/** Undefined: nothing ever fires. */
export function triggersOf(
  catalog: CatalogReader,
  relation: Oid,
  translate: Translate,
): readonly Trigger[] | undefined {
  if (!catalog.find(pgClass, "key", [relation])?.relhastriggers) return undefined;
  const found = catalog
    .list(pgTrigger, "tgrelid_tgname", [relation])
    .filter(({ tgisinternal, tgenabled }) => !tgisinternal && tgenabled !== "D")
    .sort((a, b) => Buffer.compare(Buffer.from(a.tgname), Buffer.from(b.tgname)))
    .map(
      (row): Trigger => ({
        name: row.tgname,
        function: row.tgfoid,
        type: row.tgtype,
        columns: row.tgattr,
        when: row.tgqual === null ? undefined : stepOf(translate, [decodeTree(row.tgqual)], []),
        args: argumentsOf(row.tgargs),
        oldTable: row.tgoldtable,
        newTable: row.tgnewtable,
        enabled: row.tgenabled,
        isPart: row.tgparentid !== 0,
        constraint: row.tgconstraint,
        deferrable: row.tgdeferrable,
        deferred: row.tginitdeferred,
      }),
    );
  return found.length > 0 ? found : undefined;
}

/** Each ends in a zero byte. */
const argumentsOf = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes).toString("utf8").split("\0").slice(0, -1);

export interface TriggerEngine {
  /** session_replication_role = replica */
  readonly isReplica: boolean;
  evaluate(step: RowStep, values: Row): Row;
  /** What the function answers; undefined = NULL. */
  callTrigger(shape: TableShape, trigger: Trigger, happened: Happening): Row | undefined;
}

const LEVEL = (ROW as number) | (BEFORE as number) | (INSTEAD as number);
const BEFORE_ROW = (ROW as number) | (BEFORE as number);
const INSTEAD_ROW = (ROW as number) | (INSTEAD as number);

/** Those that fire, in their order; what WHEN says is asked when it is their turn. */
function* firing(
  engine: TriggerEngine,
  triggers: readonly Trigger[],
  level: number,
  { event, columns }: Happening,
): Generator<Trigger> {
  const { isReplica } = engine;
  for (const trigger of triggers) {
    const { type, enabled } = trigger;
    if ((type & LEVEL) !== level) continue;
    if ((type & EVENT_BITS[event]) === 0) continue;
    if (enabled !== "A" && (enabled === "R") !== isReplica) continue;
    const isAsked =
      event !== "update" ||
      trigger.columns.length === 0 ||
      columns?.some((each) => trigger.columns.includes(each));
    if (isAsked) yield trigger;
  }
}

function holds(
  engine: TriggerEngine,
  shape: TableShape,
  { when }: Trigger,
  { old = [], now = [] }: Happening,
): boolean {
  if (!when) return true;
  const values = when.rows.map(({ table, attribute }) =>
    rowValue(shape, table === 1 ? old : now, attribute),
  );
  return engine.evaluate(when, values)[0] === 1n;
}

type FireRow = (
  engine: TriggerEngine,
  shape: TableShape,
  triggers: readonly Trigger[],
  happened: Happening,
  /** Whether what a part of a trigger has made of a new row still belongs to the partition. */
  belongs?: (row: Row) => boolean,
) => Row | undefined;

/** The row as BEFORE triggers leave it; undefined = nothing is to be done. */
export const fireBeforeRow: FireRow = (...given) => fireRow(BEFORE_ROW, ...given);

/** The row as INSTEAD OF triggers leave it; undefined = nothing was done. */
export const fireInsteadOfRow: FireRow = (...given) => fireRow(INSTEAD_ROW, ...given);

function fireRow(
  level: number,
  ...[engine, shape, triggers, happened, belongs]: Parameters<FireRow>
): Row | undefined {
  let row = (happened.event === "delete" ? happened.old : happened.now) as Row;
  let at = happened;
  for (const trigger of firing(engine, triggers, level, happened)) {
    if (!holds(engine, shape, trigger, at)) continue;
    const made = engine.callTrigger(shape, trigger, at);
    if (!made) return undefined;
    if (happened.event === "delete") continue;
    if (trigger.isPart && belongs?.(made) === false) throw movedByTrigger(trigger, shape);
    row = made;
    at = { ...at, now: row };
  }
  return row;
}

/** AFTER triggers that are to fire for a row. */
export const afterRow = (
  engine: TriggerEngine,
  shape: TableShape,
  triggers: readonly Trigger[],
  happened: Happening,
): Trigger[] =>
  [...firing(engine, triggers, 1, happened)].filter((each) => holds(engine, shape, each, happened));

export const beforeStatement = (
  engine: TriggerEngine,
  shape: TableShape,
  triggers: readonly Trigger[],
  happened: Happening,
): Trigger[] =>
  [...firing(engine, triggers, 2, happened)].filter((each) => holds(engine, shape, each, happened));

export const afterStatement = (
  engine: TriggerEngine,
  shape: TableShape,
  triggers: readonly Trigger[],
  happened: Happening,
): Trigger[] =>
  [...firing(engine, triggers, 0, happened)].filter((each) => holds(engine, shape, each, happened));

/** A BEFORE trigger has changed the very row. */
export const changedByTrigger = (verb: "updated" | "deleted"): SqlError =>
  new SqlError(
    "27000",
    `tuple to be ${verb} was already modified by an operation triggered by the current command`,
    {
      hint: "Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.",
    },
  );

const movedByTrigger = ({ name }: Trigger, { schema, name: table }: TableShape): SqlError =>
  new SqlError(
    "0A000",
    "moving row to another partition during a BEFORE FOR EACH ROW trigger is not supported",
    {
      detail: `Before executing trigger "${name}", the row was to be in partition "${schema}.${table}".`,
    },
  );
