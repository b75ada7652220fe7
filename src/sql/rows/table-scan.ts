/**
 * EVERY ROW OF A TABLE for work that goes with DDL: read in pages of versions on this thread, as
 * this transaction sees them at the head. The statement holds a lock that keeps writers off, or
 * does not mind what they add meanwhile.
 */
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import type { Oid } from "../../base/ids.ts";
import type { ScanMeter } from "../../pages/scan-meter.ts";
import type { ScannedVersion } from "../../txn/transaction-rows.ts";
import { Wait } from "../../txn/wait.ts";
import type { Steps } from "./steps.ts";
import { Turn, type TurnEngine } from "./turn.ts";

const PAGE_VERSIONS = 256;
/** How long a part of a scan takes: what a crash takes back of a job. */
const PART_MS = 500;

export class Part {
  readonly #end = performance.now() + PART_MS;

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }
}

export interface ScanEngine extends TurnEngine {
  /** Counts the rows that are read, and says at what rate they may be. */
  readonly meter: ScanMeter | undefined;
  /** As the session does: under its timeouts, until it is cancelled. At once: throws the Wait. */
  wait(wait: Wait): Promise<void>;
  /** What the work has staged is taken back when it throws a Wait. */
  attempt<T>(work: () => T): T;
}

/** Counts rows that were read; what is to be awaited before more are. */
export function pace(engine: ScanEngine, rows: number): Promise<void> | undefined {
  const { meter } = engine;
  meter?.add(rows);
  return meter && meter.delayMs() > 0 ? rest(meter, engine) : undefined;
}

async function rest(meter: ScanMeter, engine: ScanEngine): Promise<void> {
  for (let delay = meter.delayMs(); delay > 0; delay = meter.delayMs()) {
    await setTimeout(delay);
    engine.checkInterrupts();
  }
}

const batchRows = ({ meter }: ScanEngine): number => meter?.batchOf(PAGE_VERSIONS) ?? PAGE_VERSIONS;

/** `visit` may throw a Wait as long as it has staged nothing: it is called again with the same. */
export class TableScan {
  readonly #engine: ScanEngine;
  #turn = new Turn();
  #count = 0;

  constructor(engine: ScanEngine) {
    this.#engine = engine;
  }

  /** In the order of versions, those that have ended among them. */
  *each(storage: Oid, visit: (found: ScannedVersion) => void): Steps<void> {
    const { rows } = this.#engine;
    // What is staged may be handed over to the pages while they are read.
    const staged = rows.overlay.addedTo(storage);
    const own = new Set(staged.map(([version]) => version));
    for (let after = 0; ; ) {
      const { found, last } = rows.page(storage, after, batchRows(this.#engine));
      for (const each of found) if (!own.has(each.version)) yield* this.#visit(each, visit);
      const pause = pace(this.#engine, found.length);
      if (pause !== undefined) yield pause;
      if (last === undefined) break;
      after = last;
    }
    for (const [version, row] of staged) yield* this.#visit({ version, row, isLive: true }, visit);
  }

  /**
   * Versions in the pages behind `after`, up to `last`, for about PART_MS. Answers the last one
   * that was visited; `last` when there is none behind.
   */
  *part(
    storage: Oid,
    { after, last }: { readonly after: number; readonly last: number },
    visit: (found: ScannedVersion) => void,
  ): Steps<number> {
    const part = new Part();
    let at = after;
    do {
      const page = this.#engine.rows.page(storage, at, batchRows(this.#engine));
      const found = page.found.filter(({ version }) => version <= last);
      for (const each of found) yield* this.#visit(each, visit);
      const pause = pace(this.#engine, found.length);
      if (pause !== undefined) yield pause;
      if (page.last === undefined || page.last >= last) return last;
      at = page.last;
    } while (!part.isOver);
    return at;
  }

  /** Versions in an order of one's own. */
  *inOrder(
    versions: readonly ScannedVersion[],
    visit: (found: ScannedVersion) => void,
  ): Steps<void> {
    for (const each of versions) yield* this.#visit(each, visit);
  }

  *#visit(found: ScannedVersion, visit: (found: ScannedVersion) => void): Steps<void> {
    for (;;) {
      try {
        visit(found);
        break;
      } catch (error) {
        if (!(error instanceof Wait)) throw error;
        yield this.#engine.wait(error);
      }
    }
    const pause = this.#turn.pause(this.#count++, this.#engine);
    if (pause === undefined) return;
    yield pause;
    this.#turn = new Turn();
  }
}
