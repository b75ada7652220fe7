/**
 * PORTALS: bound statements and cursors; DECLARE's and the protocol's share one namespace.
 *
 *   ready ──first Execute or FETCH──▶ rows ──▶ …          its query ran once, to the end
 *     │ Execute without a limit         │ an error
 *     ▼                                 ▼
 *   finished                          failed
 *
 * Until its query has run, a portal holds the snapshot that it was made with; afterwards it holds
 * rows and nothing else. What it holds is released when it goes, whichever way.
 */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Statement } from "../parse/statement.ts";
import type { SessionSettings } from "../settings/session-settings.ts";
import type { FormatCode, ResultColumn } from "./api.ts";
import type { Command } from "./command.ts";
import type { CursorTables, QuerySnapshot } from "./engine.ts";
import type { KeptRows } from "./kept-rows.ts";
import { checkRoom } from "./limits.ts";

/** What kind of answer a portal still has to give. */
export type PortalState =
  | { readonly state: "ready"; readonly command: Command }
  /** `position` rows are behind it; length + 1 = after the last. */
  | { readonly state: "rows"; readonly rows: KeptRows; position: number }
  | { readonly state: "finished" }
  | { readonly state: "failed" };

export interface Portal {
  readonly name: string;
  /** undefined = an empty text. */
  readonly statement: Statement | undefined;
  readonly text: string;
  readonly columns: readonly ResultColumn[] | undefined;
  readonly formats: readonly FormatCode[];
  /** Of a cursor; the protocol's portals go forward only. */
  readonly cursor: { readonly scroll: boolean; readonly binary: boolean } | undefined;
  readonly createdAt: bigint;
  readonly tag: string;
  /** Savepoints around its creation; undefined once it outlives its transaction (WITH HOLD). */
  level: number | undefined;
  hold: boolean;
  /** That its query reads. */
  readonly relations: readonly Oid[];
  /** Of a SELECT. */
  readonly tables: PortalTables | undefined;
  answer: PortalState;
}

/**
 * What WHERE CURRENT OF may refer to. The snapshot keeps row versions that others replace, so that
 * what became of them can be found; it goes with the transaction.
 */
export interface PortalTables extends CursorTables {
  readonly snapshot: QuerySnapshot | undefined;
}

export class Portals {
  readonly #byName = new Map<string, Portal>();
  readonly #settings: SessionSettings;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** Whether one is open over the relation; what it holds over transactions is its own. */
  anyReads(relation: Oid): boolean {
    return [...this.#byName.values()].some(
      ({ level, relations }) => level !== undefined && relations.includes(relation),
    );
  }

  /** Throws 42P03 for a name in use, 53400. The unnamed portal is replaced. */
  add(portal: Portal): void {
    if (portal.name !== "" && this.#byName.has(portal.name)) {
      throw new SqlError("42P03", `cursor "${portal.name}" already exists`);
    }
    if (portal.name !== "") checkRoom(this.#settings, "max_portals", "cursors", this.#namedCount);
    this.#byName.set(portal.name, portal);
  }

  /** The unnamed one apart, which is replaced. */
  get #namedCount(): number {
    return this.#byName.size - (this.#byName.has("") ? 1 : 0);
  }

  find(name: string): Portal | undefined {
    return this.#byName.get(name);
  }
  /** As SQL names it. Throws 34000. */
  getCursor(name: string): Portal {
    return this.#get(name, "cursor");
  }
  /** As the protocol names it. Throws 34000. */
  getPortal(name: string): Portal {
    return this.#get(name, "portal");
  }
  #get(name: string, what: string): Portal {
    const found = this.#byName.get(name);
    if (found === undefined) throw new SqlError("34000", `${what} "${name}" does not exist`);
    return found;
  }

  delete(name: string): void {
    const portal = this.#byName.get(name);
    if (portal === undefined) return;
    this.#byName.delete(name);
    release(portal);
  }
  /** Away from its name, which may be taken back: it is not released. */
  take(name: string): Portal {
    const portal = this.getCursor(name);
    this.#byName.delete(name);
    return portal;
  }
  putBack(portal: Portal): void {
    this.#byName.set(portal.name, portal);
  }
  clear(): void {
    for (const name of this.#byName.keys()) this.delete(name);
  }

  /** Cursors WITH HOLD of the running transaction. */
  *toBeHeld(): Iterable<Portal> {
    for (const portal of this.#byName.values()) {
      if (portal.hold && portal.level !== undefined) yield portal;
    }
  }

  /** Cursors with rows, for pg_cursors. */
  *visible(): Iterable<Portal> {
    for (const portal of this.#byName.values()) if (portal.columns !== undefined) yield portal;
  }

  /** The transaction is over: what is not held across it dies. */
  endTransaction(committed: boolean): void {
    if (this.#byName.size === 0) return;
    for (const portal of this.#byName.values()) {
      if (portal.level === undefined) continue;
      if (committed && portal.hold) {
        portal.level = undefined;
        portal.tables?.snapshot?.release();
      } else this.delete(portal.name);
    }
  }

  /** Back to a savepoint of this depth: what was made inside it dies. */
  rollbackTo(depth: number): void {
    for (const portal of this.#byName.values()) {
      if (portal.level !== undefined && portal.level >= depth) this.delete(portal.name);
    }
  }

  /** Savepoints above this depth are released: what was made inside belongs to those around. */
  release(depth: number): void {
    for (const portal of this.#byName.values()) {
      if (portal.level !== undefined && portal.level > depth) portal.level = depth;
    }
  }
}

/** What a portal holds that memory's end would not release. */
export function release({ answer, tables }: Portal): void {
  tables?.snapshot?.release();
  if (answer.state === "ready") answer.command.release?.();
  else if (answer.state === "rows") answer.rows.close();
}
