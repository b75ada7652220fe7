/**
 * JOBS AS A SESSION SEES THEM. A statement that takes long is a job while it runs: it works in one
 * of the server's slots, its rows are counted and its progress is shown. What SET background_ddl =
 * on has asked for goes on without the session.
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { ScanMeter } from "../../pages/scan-meter.ts";
import { Wait, type Waiting } from "../../txn/wait.ts";
import type { SessionState } from "./state.ts";

export interface StatementInfo {
  readonly create: string;
  readonly statement: string;
  readonly owner: Oid;
  /** Process id. */
  readonly session: number;
  readonly database: Oid;
  readonly created: bigint;
}

/** A statement while it runs. */
export interface StatementJob {
  readonly meter: ScanMeter;
  /** False while all slots are taken. */
  tryStart(): boolean;
  /** Resolves when it is worth trying again. */
  slotFree(): Waiting;
  /** Idempotent. `error`: what it failed by; `by`: the role that cancelled it. */
  end(error?: SqlError, by?: string): void;
}

/** What the server does while a statement waits for it. */
export interface FollowedWork {
  readonly ended: Waiting;
  /** Why it was not done. */
  failure(): SqlError | undefined;
}

/** A job whose statement waits for it. */
export interface FollowedJob extends FollowedWork {
  readonly meter: ScanMeter;
  /** It ends as its statement has: by a role that cancelled that, or by a failure. */
  end(error: unknown, by: string | undefined): Promise<void>;
}

/** What is waited for. */
export interface JobWaits {
  /** Until no background job of the database is unfinished, or the one that makes the relation. */
  finished(database: Oid, relation: Oid | undefined): Waiting | undefined;
  /** Until a barrier has passed that begins now. Throws 55000 while there are none. */
  barrier(): Waiting;
}

export interface Jobs extends JobWaits {
  announce(info: StatementInfo): StatementJob;
  follow(database: Oid, job: Oid): FollowedJob;
  /** Cancels the statement that has this id in rw_job, for a role; false when there is none. */
  cancelStatement(id: Oid, by: string): boolean;
  /**
   * The newest epoch at the last barrier that was a checkpoint; undefined while it cannot be read:
   * the next one can, which `barrier` is.
   */
  checkpoint(): Epoch | undefined;
  /** Takes a backup. Throws 55000 without a place for it, 55006 while one is taken or deleted. */
  backup(database: Oid): FollowedWork & { readonly id: Oid };
  /** Throws 42704 for one that is not there, and 55006. */
  deleteBackups(database: Oid, ids: readonly Oid[]): FollowedWork;
  /** Starts anew what crashed or went wrong. */
  recover(): void;
  /** Ends the pause that the server began with; false: there is none. */
  resume(): boolean;
}

/** Without a server around it. */
export class NoJobs implements Jobs {
  announce(): StatementJob {
    return {
      meter: new ScanMeter(),
      tryStart: () => true,
      slotFree: () => ({ done: Promise.resolve(), cancel: () => {} }),
      end: () => {},
    };
  }
  finished(): undefined {
    return undefined;
  }
  barrier(): Waiting {
    return { done: Promise.resolve(), cancel: () => {} };
  }
  checkpoint(): never {
    throw new SqlError("0A000", "checkpoints are not supported without a server");
  }
  cancelStatement(): boolean {
    return false;
  }
  follow(): FollowedJob {
    const ended = { done: Promise.resolve(), cancel: () => {} };
    const failure = () => new SqlError("0A000", "jobs are not supported without a server");
    return { meter: new ScanMeter(), ended, failure, end: async () => {} };
  }
  backup(): never {
    throw new SqlError("0A000", "backups are not supported without a server");
  }
  deleteBackups(): never {
    return this.backup();
  }
  recover(): void {}
  resume(): boolean {
    return false;
  }
}

export class JobWait extends Wait {
  readonly what: string;
  override readonly event: readonly [type: string, name: string];
  readonly #start: () => Waiting;

  constructor(what: string, name: string, start: () => Waiting) {
    super();
    this.what = what;
    this.event = ["IPC", name];
    this.#start = start;
  }

  start(): Waiting {
    return this.#start();
  }
}

/** Runs a statement as a job. Its errors are the statement's. */
export function asJob<T>(
  state: SessionState,
  create: string,
  work: () => T | Promise<T>,
): T | Promise<T> {
  const { jobs, context, user, processId, connection } = state;
  const job = jobs.announce({
    create,
    statement: context.statementText,
    owner: user.oid,
    session: processId,
    database: connection.database.oid,
    created: context.statementTime,
  });
  state.meter = job.meter;
  job.meter.rate = context.rateLimit;
  const stopWatching = watch(state, job);
  const end = (error?: unknown): void => {
    stopWatching();
    state.meter = undefined;
    const isOdd = error !== undefined && !(error instanceof SqlError);
    const { raised, cancelledBy } = state.interrupts;
    const by = error === raised ? cancelledBy : undefined;
    job.end(isOdd ? new SqlError("XX000", String(error)) : (error as SqlError | undefined), by);
  };
  try {
    // In a block others may wait for the transaction: it does not wait for them.
    const ran = state.isInBlock || job.tryStart() ? work() : startLater(state, job, work);
    if (!(ran instanceof Promise)) {
      end();
      return ran;
    }
    return ran.then(
      (value) => {
        end();
        return value;
      },
      (error: unknown) => {
        end(error);
        throw error;
      },
    );
  } catch (error) {
    end(error);
    throw error;
  }
}

async function startLater<T>(
  state: SessionState,
  job: StatementJob,
  work: () => T | Promise<T>,
): Promise<T> {
  do await state.wait(new JobWait("a slot for a job", "JobSlot", () => job.slotFree()));
  while (!job.tryStart());
  return work();
}

/** ddl_timeout, and notices of how far it is. */
function watch(state: SessionState, { meter }: StatementJob): () => void {
  const timeout = state.settings.number("ddl_timeout");
  const late = () => new SqlError("57014", "canceling statement due to ddl timeout");
  const timer = timeout > 0 ? setTimeout(() => state.interrupts.raise(late()), timeout) : undefined;
  const stopTelling = tellProgress(state, meter);
  return () => {
    clearTimeout(timer);
    stopTelling();
  };
}

/** Notices of how far a job is, until what is returned is called. */
export function tellProgress(state: SessionState, meter: ScanMeter): () => void {
  const seconds = state.settings.number("slow_ddl_notification_secs");
  const tell = () => {
    state.tell(notice(`${progressText(meter.rows, meter.total)} so far`));
    state.sink?.flush();
  };
  const teller = seconds > 0 ? setInterval(tell, seconds * 1000).unref() : undefined;
  return () => clearInterval(teller);
}

function progressText(done: number, total: number): string {
  const all = Math.max(total, done, 1);
  const percent = Math.min((100 * done) / all, 99.99).toFixed(2);
  return `${percent}% (${done}/${Math.max(total, done)})`;
}
