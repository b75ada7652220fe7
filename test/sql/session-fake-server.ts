/** What a scripted engine tells of its server: that nothing happens. */
import type { ServerFacts, TransactionIds } from "../../src/sql/functions/server.ts";

export const idle: ServerFacts = {
  blockersOf: () => [],
  sessionsIn: () => 1,
  counters: () => ({
    commits: 0,
    rollbacks: 0,
    deadlocks: 0,
    sessions: 1,
    resetAt: undefined,
  }),
  log: () => ({ inserted: 0n, flushed: 0n }),
  work: () => ({ checkpoints: 0, commits: 0, flushes: 0, logBytes: 0n, resetAt: () => 0n }),
  vacuums: () => ({
    vacuums: 0,
    autovacuums: 0,
    lastVacuum: undefined,
    lastAutovacuum: undefined,
    analyses: 0,
    lastAnalyze: undefined,
    dead: 0,
  }),
  resetVacuums: () => {},
  resetDatabase: () => {},
  resetShared: () => {},
  systemId: 1n,
};

export const noXids: TransactionIds = {
  current: () => 3,
  assigned: () => undefined,
  snapshot: () => ({ end: 3, running: [] }),
  statusOf: () => undefined,
  next: () => 3,
};
