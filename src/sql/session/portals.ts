/**
 * PORTALS: bound statements and cursors; DECLARE's and the protocol's share one namespace. A portal
 * that has been suspended, and every cursor, keeps its rows in memory: it holds no snapshot and no
 * reader.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Statement } from "../parse/statement.ts";
import type { FormatCode, ResultColumn } from "./api.ts";
import type { Command } from "./command.ts";
import type { ResultRow } from "./engine.ts";
import { PORTALS_MAX, tooMany } from "./limits.ts";

/** What kind of answer a portal still has to give. */
export type PortalState =
  | { readonly state: "ready"; readonly command: Command }
  /** `position` rows are behind it; length + 1 = after the last. */
  | { readonly state: "rows"; readonly rows: readonly ResultRow[]; position: number }
  | { readonly state: "finished" };

export interface Portal {
  readonly name: string;
  /** undefined = an empty text. */
  readonly statement: Statement | undefined;
  readonly text: string;
  readonly columns: readonly ResultColumn[] | undefined;
  readonly formats: readonly FormatCode[];
  /** Of a cursor: DECLARE's options. */
  readonly cursor: { readonly scroll: boolean | undefined; readonly binary: boolean } | undefined;
  readonly createdAt: bigint;
  readonly tag: string;
  /** Savepoints around its creation; undefined once it outlives its transaction (WITH HOLD). */
  level: number | undefined;
  hold: boolean;
  answer: PortalState;
}

export class Portals {
  readonly #byName = new Map<string, Portal>();

  /** Throws 42P03 for a name in use, 53400. The unnamed portal is replaced. */
  add(portal: Portal): void {
    if (portal.name !== "" && this.#byName.has(portal.name)) {
      throw new SqlError("42P03", `cursor "${portal.name}" already exists`);
    }
    if (this.#byName.size > PORTALS_MAX) throw tooMany("cursors", PORTALS_MAX);
    this.#byName.set(portal.name, portal);
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

  delete(name: string): boolean {
    return this.#byName.delete(name);
  }
  clear(): void {
    this.#byName.clear();
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
      if (committed && portal.hold) portal.level = undefined;
      else this.#byName.delete(portal.name);
    }
  }

  /** Back to a savepoint of this depth: what was made inside it dies. */
  rollbackTo(depth: number): void {
    for (const portal of this.#byName.values()) {
      if (portal.level !== undefined && portal.level >= depth) this.#byName.delete(portal.name);
    }
  }

  /** Savepoints above this depth are released: what was made inside belongs to those around. */
  release(depth: number): void {
    for (const portal of this.#byName.values()) {
      if (portal.level !== undefined && portal.level > depth) portal.level = depth;
    }
  }
}
