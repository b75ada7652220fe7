/** What running a statement that writes needs of the engine, and does with a row by it. */
import type { Oid } from "../../base/ids.ts";
import type { Wait } from "../../txn/wait.ts";
import type { BoundModify } from "../bind/modify.ts";
import type { BoundQuery } from "../bind/tree.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import type { DefaultSteps } from "./modify-plan.ts";
import type { Place } from "./places.ts";
import { noArbiter } from "./refusals.ts";
import type { EventEngine } from "./row-events.ts";
import { addFromSequences } from "./sequence-values.ts";
import type { IndexShape } from "./table-shape.ts";
import { isExclusive, type KeyValues } from "./table-writer.ts";
import { changedByTrigger } from "./triggers.ts";

/** What running needs beside what writing and foreign keys need. */
export interface ModifyEngine extends EventEngine {
  readonly isRepeatable: boolean;
  /** Of the transaction; it gets one if it has none. */
  readonly xid: number;
  /** Of the transaction that made the version. */
  xidOf(storage: Oid, version: number): number;
  /** Points to which the transaction may go back. */
  readonly marks: () => readonly number[];
  /** A row that changed since the snapshot: 40001. */
  serializationFailure(deleted: boolean): Error;
  /** The statement must run again on a new snapshot: the row that it found is not the newest. */
  readonly startAgain: () => never;
  translate(bound: BoundQuery): Translation;
  /** May throw a Wait. */
  nextval(sequence: Oid): bigint;
  /** Nobody else runs in between. */
  readonly atOnce: boolean;
  /** As the session does: under its timeouts, until it is cancelled. At once: throws the Wait. */
  wait(wait: Wait): Promise<void>;
  /** Ends the statement when it was cancelled or took too long. */
  checkInterrupts(): void;
}

/**
 * Fills columns that an INSERT gives no value, and before those what the row itself has of
 * sequences. What fails whenever it is computed has taken nothing from them. May throw a Wait.
 */
export function addDefaults(
  engine: ModifyEngine,
  row: Scalar[],
  { constants, sequences, others, otherColumns, areVolatile }: DefaultSteps,
  own: DefaultSteps["sequences"] = [],
): void {
  const addOthers = () => {
    if (!others) return;
    const values = engine.evaluate(others, []);
    otherColumns.forEach((column, at) => {
      row[column - 1] = values[at] ?? null;
    });
  };
  for (const { column, value } of constants) row[column - 1] = value;
  if (!areVolatile) addOthers();
  addFromSequences((sequence) => engine.nextval(sequence), row, own);
  addFromSequences((sequence) => engine.nextval(sequence), row, sequences);
  if (areVolatile) addOthers();
}

/** A row as it is stored now; undefined: it has ended. */
export function liveRow(
  engine: ModifyEngine,
  { writer }: Place,
  version: number,
): Scalar[] | undefined {
  const state = engine.rows.stateOf(writer.shape.storage, version);
  return state.state === "live" ? writer.padded(state.row as readonly Scalar[]) : undefined;
}

/**
 * Locks a row that the query found. Where somebody changed it meanwhile, READ COMMITTED runs the
 * statement again on what is there now, and the other levels fail.
 */
export function takeRow(
  engine: ModifyEngine,
  { writer, done }: Place,
  version: number,
  lock: "update" | "no key update",
  /** Of a row that the statement's functions have changed: 27000. Undefined: another part has. */
  what: "updated" | "deleted" | undefined,
): boolean {
  const isLive = writer.take(version, lock);
  done.add(version);
  if (isLive) return true;
  const state = engine.rows.stateOf(writer.shape.storage, version);
  if (state.state === "ended" && state.by === "own") {
    if (what !== undefined) throw changedByTrigger(what);
    return false;
  }
  if (engine.isRepeatable) {
    throw engine.serializationFailure(state.state === "ended" && state.next === 0);
  }
  return engine.startAgain();
}

/** The live row that the proposed one conflicts with, as ON CONFLICT means it. */
export function findConflict(
  engine: ModifyEngine,
  bound: BoundModify,
  { writer }: Place,
  keys: readonly KeyValues[],
): number | undefined {
  const onConflict = bound.kind === "insert" ? bound.onConflict : undefined;
  const { unidentified } = writer.rules;
  if (onConflict?.action.kind === "update" && unidentified?.update) throw unidentified.update();
  const arbiter = onConflict?.arbiter;
  for (const each of keys) {
    if (!isExclusive(each.index)) continue;
    if (arbiter && !isArbiter(each.index, arbiter.indexes)) continue;
    if (!each.index.immediate) throw noArbiter(writer.shape, each.index);
    const found = writer.findDuplicate(each, undefined);
    if (!found) continue;
    engine.checkSeen(writer.shape.storage, found.version);
    return found.version;
  }
  return undefined;
}

/** The index itself, or the part of one in a partition. */
const isArbiter = ({ oid, partOf }: IndexShape, arbiters: readonly Oid[]): boolean =>
  arbiters.includes(oid) || partOf.some((each) => arbiters.includes(each));
