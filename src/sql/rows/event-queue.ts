/**
 * WHAT FOLLOWS A STATEMENT when its rows are written, in order; and, for triggers that ask for
 * them, all rows of a table that it has added, changed or ended.
 * https://www.postgresql.org/docs/15/sql-createtrigger.html
 */
import type { Oid } from "../../base/ids.ts";
import { EVENT_BITS, ROW, type TriggerEvent } from "../../catalog/trigger-bits.ts";
import type { RowEvent } from "./foreign-keys.ts";
import type { TransitionRows } from "./transition-rows.ts";
import type { Happening, Trigger } from "./triggers.ts";

/** What is known of one kind of change to one table. */
interface Changes {
  readonly rows: TransitionRows;
  hasBegun: boolean;
}

export class EventQueue {
  readonly #events: (RowEvent | undefined)[] = [];
  readonly #changes = new Map<string, Changes>();
  /** Where AFTER triggers of statements stand, which fire behind the last change. */
  readonly #last = new Map<string, number>();
  #taken = -1;

  get length(): number {
    return this.#events.length;
  }

  /** Undefined: it is done with. */
  take(index: number): RowEvent | undefined {
    this.#taken = index;
    return this.#events[index];
  }

  readonly add = (event: RowEvent): void => {
    switch (event.kind) {
      case "captured":
        return this.#capture(event.writer.shape.oid, event.happened);
      case "begins": {
        const changes = this.#changesOf(event.writer.shape.oid, event.event);
        if (!changes.hasBegun) event.call();
        changes.hasBegun = true;
        return;
      }
      case "fired":
        return this.#addFired(event);
      default:
        this.#events.push(event);
    }
  };

  #capture(relation: Oid, { event, old, now }: Happening): void {
    const { rows } = this.#changesOf(relation, event);
    if (old) rows.old.push(old);
    if (now) rows.now.push(now);
  }

  #addFired(event: RowEvent & { readonly kind: "fired" }): void {
    const { trigger, happened, writer } = event;
    const relation = writer.shape.oid;
    if ((trigger.type & (ROW as number)) === 0) {
      const key = `${relation}/${happened.event}/${trigger.name}`;
      const before = this.#last.get(key);
      if (before !== undefined && before > this.#taken) this.#events[before] = undefined;
      this.#last.set(key, this.#events.length);
    }
    if (!asksForRows(trigger)) this.#events.push(event);
    else {
      const { rows } = this.#changesOf(relation, happened.event);
      this.#events.push({ ...event, happened: { ...happened, rows } });
    }
  }

  /** A trigger that was called has seen all the rows that it will. */
  #changesOf(relation: Oid, event: TriggerEvent): Changes {
    const key = `${relation}/${event}`;
    const known = this.#changes.get(key);
    if (known && !known.rows.isClosed) return known;
    const made = { rows: { old: [], now: [], isClosed: false }, hasBegun: false };
    this.#changes.set(key, made);
    return made;
  }
}

const asksForRows = ({ oldTable, newTable }: Trigger): boolean =>
  oldTable !== null || newTable !== null;

/** Whether rows of a table to which this happens must be kept. */
export const isCaptured = (
  triggers: readonly Trigger[] | undefined,
  event: TriggerEvent,
): boolean =>
  triggers?.some((each) => asksForRows(each) && (each.type & EVENT_BITS[event]) !== 0) ?? false;
