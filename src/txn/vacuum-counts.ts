/**
 * How often relations and storages were vacuumed and analyzed since the start, and when they last
 * were.
 */
import type { Oid } from "../base/ids.ts";

export interface VacuumCounts {
  readonly asked: number;
  readonly background: number;
  /** Milliseconds since 1970; undefined = never. */
  readonly lastAsked: number | undefined;
  readonly lastBackground: number | undefined;
  readonly analyzed: number;
  readonly lastAnalyzed: number | undefined;
}

const NONE: VacuumCounts = {
  asked: 0,
  background: 0,
  lastAsked: undefined,
  lastBackground: undefined,
  analyzed: 0,
  lastAnalyzed: undefined,
};

export class VacuumLog {
  readonly #now: () => number;
  readonly #counts = new Map<Oid, VacuumCounts>();

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  of(id: Oid): VacuumCounts {
    return this.#counts.get(id) ?? NONE;
  }

  note(id: Oid, wasAsked: boolean): void {
    const counts = this.of(id);
    const { asked, background } = counts;
    const at = this.#now();
    this.#counts.set(
      id,
      wasAsked
        ? { ...counts, asked: asked + 1, lastAsked: at }
        : { ...counts, background: background + 1, lastBackground: at },
    );
  }

  noteAnalyzed(id: Oid): void {
    const counts = this.of(id);
    this.#counts.set(id, { ...counts, analyzed: counts.analyzed + 1, lastAnalyzed: this.#now() });
  }

  forget(id: Oid): void {
    this.#counts.delete(id);
  }
}
