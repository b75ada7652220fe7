/**
 * EVERY ROW OF A TABLE for work that goes with DDL: read in pages of versions on this thread, as
 * this transaction sees them at the head. The statement holds a lock that keeps writers off, or
 * does not mind what they add meanwhile.
 */
import type { Oid } from "../../base/ids.ts";
import type { ScannedVersion } from "../../txn/transaction-rows.ts";
import { Wait } from "../../txn/wait.ts";
import { Turn, type TurnEngine } from "./turn.ts";

const PAGE_VERSIONS = 256;

export interface ScanEngine extends TurnEngine {
  /** Waits as the session does: under its timeouts, until it is cancelled. */
  wait(wait: Wait): Promise<void>;
}

/** `visit` may throw a Wait as long as it has staged nothing: it is called again with the same. */
export class TableScan {
  readonly #engine: ScanEngine;
  #turn = new Turn();
  #count = 0;

  constructor(engine: ScanEngine) {
    this.#engine = engine;
  }

  /** In the order of versions, those that have ended among them. */
  async each(storage: Oid, visit: (found: ScannedVersion) => void): Promise<void> {
    const { rows } = this.#engine;
    // What is staged may be handed over to the pages while they are read.
    const staged = rows.overlay.addedTo(storage);
    const own = new Set(staged.map(([version]) => version));
    for (let after = 0; ; ) {
      const { found, last } = rows.page(storage, after, PAGE_VERSIONS);
      for (const each of found) if (!own.has(each.version)) await this.#visit(each, visit);
      if (last === undefined) break;
      after = last;
    }
    for (const [version, row] of staged) await this.#visit({ version, row, isLive: true }, visit);
  }

  /** Versions in an order of one's own. */
  async inOrder(versions: readonly ScannedVersion[], visit: (found: ScannedVersion) => void) {
    for (const each of versions) await this.#visit(each, visit);
  }

  async #visit(found: ScannedVersion, visit: (found: ScannedVersion) => void): Promise<void> {
    for (;;) {
      try {
        visit(found);
        break;
      } catch (error) {
        if (!(error instanceof Wait)) throw error;
        await this.#engine.wait(error);
      }
    }
    const pause = this.#turn.pause(this.#count++, this.#engine);
    if (pause === undefined) return;
    await pause;
    this.#turn = new Turn();
  }
}
