/**
 * A ROW MOVES to another partition: it is taken out of one and added to the other. To foreign keys
 * of the table that the statement names it is an update of a row there.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import { afterRowEvents, beforeRowOf, captureRow } from "./firing.ts";
import type { RowEvent } from "./foreign-keys.ts";
import type { Place } from "./places.ts";
import type { RoutingEngine } from "./router.ts";
import type { RowEngine } from "./table-writer.ts";
import type { Happening, TriggerEngine } from "./triggers.ts";

export interface Move {
  readonly from: Place;
  /** Locked already. */
  readonly version: number;
  /** As it was in `from`. */
  readonly old: readonly Scalar[];
  readonly to: Place;
  /** That of the table that the statement names. */
  readonly named: Place;
}

/** In the partition that a row comes to. */
interface Arrival {
  /** Whether the row still belongs there when a trigger has changed it. */
  belongs(row: readonly Scalar[]): boolean;
  /** Computes and checks what the row is there. */
  complete(row: Scalar[]): void;
}

/**
 * `changed`: the row as `from` would have it. Answers it, or undefined when a trigger of either
 * partition has left it out: one of `to` when it is gone from the other already. Throws 0A000 where
 * a foreign key follows only a part of the way.
 */
export function moveRow(
  engine: RoutingEngine & TriggerEngine & RowEngine,
  { from, version, old, to, named }: Move,
  changed: readonly Scalar[],
  { belongs, complete }: Arrival,
  found: (event: RowEvent) => void,
): { readonly row: Scalar[]; readonly version: number } | undefined {
  const gone: Happening = { event: "delete", old };
  if (!beforeRowOf(engine, from.writer, gone, { version })) return undefined;
  from.writer.end(version, 0);
  found({ kind: "ended", writer: from.writer, old, now: undefined, isMoved: true });
  afterRowEvents(engine, from.writer, gone, found);
  const { writer } = to;
  const moved = to.rowHere([...from.rowNamed(changed)]);
  const row = beforeRowOf(engine, writer, { event: "insert", now: moved }, { belongs });
  if (!row) return undefined;
  complete(row);
  const keys = writer.keysOf(row);
  writer.checkUnique(keys, undefined);
  const next = writer.stage(row, keys);
  found({ kind: "added", writer, version: next, row });
  afterRowEvents(engine, writer, { event: "insert", now: row }, found);
  const both = () => ({ old: from.rowNamed(old), now: to.rowNamed(row) });
  captureRow(named.writer, "update", both, found);
  checkAncestors(engine, from, named);
  if (named.writer.shape.referencedBy.length > 0) {
    found({ kind: "ended", writer: named.writer, ...both() });
  }
  return { row, version: next };
}

/** Between the partition and the named table none is referenced by a key of its own. */
function checkAncestors(engine: RoutingEngine, from: Place, { writer: named }: Place): void {
  let above = from.writer.shape.partitionOf;
  while (above !== undefined && above !== named.shape.oid) {
    const { shape } = engine.writerOf(above);
    if (shape.referencedBy.some(({ isPart }) => !isPart)) {
      const message =
        "cannot move tuple across partitions when a non-root ancestor of the source partition is directly referenced in a foreign key";
      throw new SqlError("0A000", message, {
        detail: `A foreign key points to ancestor "${shape.name}" but not the root ancestor "${named.shape.name}".`,
        hint: `Consider defining the foreign key on table "${named.shape.name}".`,
      });
    }
    above = shape.partitionOf;
  }
}
