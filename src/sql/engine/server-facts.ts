/** What the server tells of itself: locks, sessions, the log, and what it has counted. */
import type { Oid } from "../../base/ids.ts";
import { postgresMicros } from "../../base/postgres-time.ts";
import type { Storage } from "../../txn/storage.ts";
import type {
  DatabaseCounters,
  ServerFacts,
  SharedStatistics,
  WorkCounters,
} from "../functions/server.ts";
import type { EngineParts } from "./parts.ts";

export const serverFacts = ({ storage, sessions, statistics }: EngineParts): ServerFacts => ({
  blockersOf: (processId) => storage.locks.blockingProcesses(processId),
  sessionsIn: (database) => sessions.sessionsIn(database),
  counters: (database) => statistics.of(database),
  log() {
    const { lsn } = storage.sequencer.position;
    return { inserted: lsn, flushed: lsn };
  },
  work: () => statistics.work(),
  vacuums(id) {
    const counts = storage.vacuum.counts.of(id);
    return {
      vacuums: counts.asked,
      autovacuums: counts.background,
      lastVacuum: timeOf(counts.lastAsked),
      lastAutovacuum: timeOf(counts.lastBackground),
      analyses: counts.analyzed,
      lastAnalyze: timeOf(counts.lastAnalyzed),
      dead: storage.vacuum.deadOf(id),
    };
  },
  resetVacuums: (id) => storage.vacuum.counts.forget(id),
  resetDatabase: (database) => statistics.reset(database),
  resetShared: (shared) => statistics.resetShared(shared),
  systemId: storage.incarnation,
});

/** From ms since 1970. */
const timeOf = (ms: number | undefined): bigint | undefined =>
  ms === undefined ? undefined : BigInt(postgresMicros(ms));

interface Counts {
  commits: number;
  rollbacks: number;
  sessions: number;
  deadlocksBefore: number;
  resetAt: bigint | undefined;
}

interface Work {
  readonly at: bigint;
  readonly checkpoints: number;
  readonly commits: number;
  readonly flushes: number;
  readonly lsn: bigint;
}

/** Transactions and sessions by database, and the work that all of them share. */
export class Statistics {
  readonly #storage: Storage;
  readonly #now: () => bigint;
  readonly #byDatabase = new Map<Oid, Counts>();
  readonly #since: Record<SharedStatistics, Work>;

  constructor(storage: Storage, now: () => bigint) {
    this.#storage = storage;
    this.#now = now;
    const start = this.#workNow();
    this.#since = { archiver: start, bgwriter: start, recovery_prefetch: start, wal: start };
  }

  of(database: Oid): DatabaseCounters {
    const { commits, rollbacks, sessions, deadlocksBefore, resetAt } = this.#of(database);
    const deadlocks = this.#deadlocks(database) - deadlocksBefore;
    return { commits, rollbacks, sessions, deadlocks, resetAt };
  }
  ended(database: Oid, committed: boolean): void {
    const counts = this.#of(database);
    if (committed) counts.commits++;
    else counts.rollbacks++;
  }
  opened(database: Oid): void {
    this.#of(database).sessions++;
  }
  reset(database: Oid): void {
    this.#byDatabase.set(database, {
      commits: 0,
      rollbacks: 0,
      sessions: 0,
      deadlocksBefore: this.#deadlocks(database),
      resetAt: this.#now(),
    });
  }

  work(): WorkCounters {
    const now = this.#workNow();
    const { bgwriter, wal } = this.#since;
    return {
      checkpoints: now.checkpoints - bgwriter.checkpoints,
      commits: now.commits - wal.commits,
      flushes: now.flushes - wal.flushes,
      logBytes: now.lsn - wal.lsn,
      resetAt: (of) => this.#since[of].at,
    };
  }
  resetShared(shared: SharedStatistics): void {
    this.#since[shared] = this.#workNow();
  }

  #workNow(): Work {
    const { checkpoints, sequencer } = this.#storage;
    const { commits, flushes, position } = sequencer;
    return { at: this.#now(), checkpoints, commits, flushes, lsn: position.lsn };
  }

  #deadlocks(database: Oid): number {
    return this.#storage.locks.deadlocks.get(database) ?? 0;
  }

  #of(database: Oid): Counts {
    let counts = this.#byDatabase.get(database);
    if (!counts) {
      counts = {
        commits: 0,
        rollbacks: 0,
        sessions: 0,
        deadlocksBefore: 0,
        resetAt: undefined,
      };
      this.#byDatabase.set(database, counts);
    }
    return counts;
  }
}
