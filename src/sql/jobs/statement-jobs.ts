/**
 * STATEMENTS OF CLIENTS AS JOBS: each takes a slot while it runs. One that takes long is in rw_job,
 * written there by the server, for its own transaction is seen by nobody before it ends.
 */
import { performance } from "node:perf_hooks";
import type { Oid } from "../../base/ids.ts";
import type { SqlError } from "../../base/sql-error.ts";
import type { StepStatement } from "../../catalog/job-statement.ts";
import { ScanMeter } from "../../pages/scan-meter.ts";
import type { StatementInfo, StatementJob } from "../session/jobs.ts";
import type { Slots } from "./slots.ts";

interface Announced {
  readonly info: StatementInfo;
  readonly since: number;
  readonly meter: ScanMeter;
  /** In rw_job, once it is there. */
  id: Oid | undefined;
  hasSlot: boolean;
}

/** What the statements need of the runner. */
export interface StatementHost {
  /** Runs a statement of the server's own. */
  run(database: Oid, body: StepStatement): Promise<void>;
  /** Ends what the session runs, by its process id. */
  cancel(session: number, by: string): void;
  readonly allocateId: () => Oid;
  readonly slots: () => number;
}

/** A statement that takes less is in no list. */
const RECORD_MS = 500;

export class StatementJobs {
  readonly #slots: Slots;
  readonly #host: StatementHost;
  readonly #announced = new Set<Announced>();

  constructor(slots: Slots, host: StatementHost) {
    this.#slots = slots;
    this.#host = host;
  }

  announce(info: StatementInfo): StatementJob {
    const announced: Announced = {
      info,
      since: performance.now(),
      meter: new ScanMeter(),
      id: undefined,
      hasSlot: false,
    };
    this.#announced.add(announced);
    return {
      meter: announced.meter,
      tryStart: () => {
        announced.hasSlot = this.#slots.tryTake();
        return announced.hasSlot;
      },
      slotFree: () => this.#slots.wait(),
      end: (error, by) => this.#end(announced, error, by),
    };
  }

  #end(announced: Announced, error: SqlError | undefined, by: string | undefined): void {
    if (!this.#announced.delete(announced)) return;
    if (announced.hasSlot) this.#slots.release();
    const { id, info } = announced;
    if (id === undefined) return;
    const state = error === undefined ? "created" : by === undefined ? "failed" : "cancelled";
    const said = { ...(error && { error: error.message }), ...(by !== undefined && { by }) };
    void this.#host.run(info.database, { kind: "endJob", job: id, state, ...said });
  }

  has(id: Oid): boolean {
    return this.#find(id) !== undefined;
  }

  #find(id: Oid): Announced | undefined {
    return [...this.#announced].find((each) => each.id === id);
  }

  /** Ends a statement as its own Ctrl-C would; false when none has this id. */
  cancel(id: Oid, by: string): boolean {
    const found = this.#find(id);
    if (!found) return false;
    this.#host.cancel(found.info.session, by);
    return true;
  }

  /** How far they are. */
  async writeDown(): Promise<void> {
    for (const announced of this.#announced) {
      if (performance.now() - announced.since >= RECORD_MS) await this.#record(announced);
    }
  }

  async #record(announced: Announced): Promise<void> {
    const { info, meter } = announced;
    const { database, ...rest } = info;
    if (announced.id === undefined) {
      const id = this.#host.allocateId();
      await this.#host.run(database, { kind: "recordJob", job: id, ...rest });
      if (!this.#announced.has(announced)) {
        return this.#host.run(database, { kind: "endJob", job: id, state: "created" });
      }
      announced.id = id;
    }
    const waits = announced.hasSlot ? undefined : `one of ${this.#host.slots()} slots`;
    return this.#host.run(database, noteOf(announced.id, meter, waits));
  }
}

/** What rw_job is to say of how far a job is. */
export const noteOf = (
  job: Oid,
  meter: ScanMeter,
  waitingFor: string | undefined,
): StepStatement => ({
  kind: "noteJob",
  job,
  rowsDone: meter.rows,
  rowsTotal: meter.total,
  ...(waitingFor === undefined ? {} : { waitingFor }),
});
