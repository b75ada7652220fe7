/**
 * CURSORS FOR BODIES OF ROUTINES: the session's portals, so that who is given a cursor's name may
 * fetch from it. A body runs in one go and may have to begin again: what it does to portals is
 * taken back then.
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { Wait, type Waiting } from "../../txn/wait.ts";
import type { CursorMove } from "../plpgsql/port.ts";
import type { BodyCursors, OpenedCursor } from "./body-effects.ts";
import { allText } from "./columns.ts";
import { cursorRow } from "./current-of.ts";
import { moveTo } from "./cursor-commands.ts";
import type { CurrentOf, CursorRow } from "./engine.ts";
import { RowsInMemory } from "./kept-rows.ts";
import { rowsOf } from "./portal-rows.ts";
import { type Portal, release } from "./portals.ts";
import { isAtHand } from "./rows.ts";
import type { SessionState } from "./state.ts";

/** Something that a pass has done to portals. */
interface Done {
  readonly undo: () => void;
  /** It will not be undone. */
  readonly keep?: () => void;
  readonly opened?: string;
}

export class SessionCursors implements BodyCursors {
  readonly #state: SessionState;
  #done: Done[] = [];
  /** Of names that were made. */
  #count = 0;

  constructor(state: SessionState) {
    this.#state = state;
  }

  get mark(): number {
    return this.#done.length;
  }

  /** The pass begins again. */
  undoTo(mark: number): void {
    for (const { undo } of this.#done.splice(mark).reverse()) undo();
  }

  /** Another statement begins. */
  keep(): void {
    if (this.#done.length === 0) return;
    for (const { keep } of this.#done) keep?.();
    this.#done = [];
  }

  closeSince(mark: number): void {
    for (const { opened } of this.#done.slice(mark)) {
      if (opened !== undefined) this.#state.portals.delete(opened);
    }
  }

  nextName(): string {
    const before = this.#count;
    this.#count += 1;
    this.#done.push({
      undo: () => {
        this.#count = before;
      },
    });
    return `<unnamed portal ${this.#count}>`;
  }

  has(name: string): boolean {
    return this.#state.portals.find(name) !== undefined;
  }

  read(relation: Oid): boolean {
    return this.#state.portals.anyReads(relation);
  }

  open({ name = this.nextName(), ...opened }: OpenedCursor): string {
    const { text, columns, rows, scroll, tables, relations } = opened;
    const { portals, block, messageTime } = this.#state;
    const isOpen = tables !== undefined && !tables.isLocking && tables.tables.length > 0;
    const snapshot = isOpen ? block.transaction.takeSnapshot() : undefined;
    const portal: Portal = {
      ...{ name, statement: undefined, text, columns, tag: "SELECT", createdAt: messageTime },
      formats: allText(columns.length),
      cursor: { scroll, binary: false },
      level: block.depth,
      ...{ hold: false, relations },
      tables: tables && { ...tables, snapshot },
      answer: { state: "rows", rows: new RowsInMemory(rows, undefined), position: 0 },
    };
    portals.add(portal);
    this.#done.push({ undo: () => portals.delete(name), opened: name });
    return name;
  }

  move(name: string, move: CursorMove) {
    const portal = this.#state.portals.getCursor(name);
    const { answer } = portal;
    if (answer.state === "ready") throw new PortalWait(this.#state, portal);
    const rows = rowsOf(this.#state, portal);
    if (rows instanceof Promise) throw new PortalWait(this.#state, portal);
    const { position } = rows;
    const moved = moveTo(portal, rows, move);
    this.#done.push({
      undo: () => {
        rows.position = position;
      },
    });
    if (!isAtHand(moved.rows)) {
      throw notSupported("fetching in PL/pgSQL from a cursor whose rows are in a file");
    }
    const columns = (portal.columns ?? []).map(({ name: of, type, typmod }) => ({
      ...{ name: of, type, typmod: typmod ?? -1, collation: 0 as never },
    }));
    return { columns, rows: moved.rows, count: moved.count };
  }

  close(name: string): void {
    const { portals } = this.#state;
    const portal = portals.take(name);
    this.#done.push({ undo: () => portals.putBack(portal), keep: () => release(portal) });
  }

  current(asked: CurrentOf): CursorRow {
    const row = cursorRow(this.#state, asked);
    if (!(row instanceof Promise)) return row;
    throw notSupported("WHERE CURRENT OF in PL/pgSQL a cursor whose rows are in a file");
  }
}

/** A client's cursor runs before a body fetches from it. */
class PortalWait extends Wait {
  override readonly what = "a cursor";
  override readonly event = ["Activity", "CursorRows"] as const;
  readonly #state: SessionState;
  readonly #portal: Portal;

  constructor(state: SessionState, portal: Portal) {
    super();
    this.#state = state;
    this.#portal = portal;
  }

  override start(): Waiting {
    return { done: this.#run(), cancel: () => {} };
  }

  /** What it fails by leaves it failed, which the body will find. */
  async #run(): Promise<void> {
    try {
      await rowsOf(this.#state, this.#portal);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
    }
  }
}
