/**
 * RECOVERY. The pages hold some state that the log once produced, and say which: LSN, chain, epoch.
 * From there the log is applied by the same function as in running operation.
 *
 *   the pages are ahead of the log's valid end
 *       → the log was durable before the pages knew it, so it has lost commits: DataCorrupted
 *   their chain is not the log's at their LSN, or the log no longer holds that position
 *       → they tell of another history: they are built anew from the bootstrap
 *   part frames without their commit frame at the log's end
 *       → the transaction never happened; the next batch passes over them
 *   an entry that cannot be decoded → DataCorrupted: nothing is skipped
 */
import { DataCorrupted } from "../base/assert.ts";
import type { Lsn } from "../base/ids.ts";
import type { OpenedStore, PageStore } from "../pages/page-store.ts";
import type { AppliedCommit, Bulk } from "../pages/store.ts";
import type { Mark, Mutation } from "../wal/fragment.ts";
import { decodeEntry } from "../wal/frame.ts";
import {
  DivergedError,
  type Entry,
  type Log,
  type LogInfo,
  type Position,
  TrimmedError,
} from "../wal/log.ts";

export interface Recovered {
  readonly store: PageStore;
  /** What happened to the pages, in words, for the log of the server. */
  readonly pages: string;
  readonly entries: number;
  readonly mutations: number;
}

/** Entries read at a time, and mutations applied between two commits of the pages. */
const ENTRIES_PER_READ = 256;
const MUTATIONS_PER_COMMIT = 20_000;

export async function recover(
  log: Pick<Log, "read">,
  info: LogInfo,
  openStore: (discard?: string) => OpenedStore,
): Promise<Recovered> {
  let opened = openStore();
  const misfit = await findMisfit(log, info, opened.store);
  if (misfit !== undefined) {
    opened.store.close();
    opened = openStore(misfit);
  }
  const { store } = opened;
  const replay = new Replay(store);
  let position = firstPosition(store);
  while (position.lsn < info.head.lsn) {
    const entries = await log.read(position, ENTRIES_PER_READ);
    const last = entries.at(-1);
    if (!last) throw new DataCorrupted(`the log ends at LSN ${position.lsn}, before its head`);
    for (const entry of entries) replay.apply(entry);
    position = last.next;
  }
  // A transaction whose commit is not in the log has never happened.
  store.rows.bulks.abandonRunning();
  store.commit();
  const reason = opened.reason === undefined ? "" : `: ${opened.reason}`;
  const { entries, mutations } = replay;
  return { store, pages: `${opened.outcome}${reason}`, entries, mutations };
}

export const positionOf = (store: PageStore): Position => ({
  lsn: store.applied.lsn,
  chain: store.applied.chain,
});

/** Catalog and rows may be at different places; replay begins at the earlier one. */
const firstPosition = (store: PageStore): Position => {
  const [catalog, rows] = [positionOf(store), store.rows.position];
  return rows.lsn < catalog.lsn ? rows : catalog;
};

async function findMisfit(
  log: Pick<Log, "read">,
  info: LogInfo,
  store: PageStore,
): Promise<string | undefined> {
  for (const position of [positionOf(store), store.rows.position]) {
    const misfit = await findMisfitAt(log, info, position);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

async function findMisfitAt(
  log: Pick<Log, "read">,
  info: LogInfo,
  position: Position,
): Promise<string | undefined> {
  if (position.lsn > info.head.lsn) {
    throw new DataCorrupted(
      `the pages hold commits up to LSN ${position.lsn}, the log ends at LSN ${info.head.lsn}: ` +
        "the log has lost commits; restore it, or remove the pages to go on with what it has",
    );
  }
  try {
    await log.read(position, 1);
    return undefined;
  } catch (error) {
    if (error instanceof DivergedError || error instanceof TrimmedError) return error.message;
    throw error;
  }
}

/** Applies entries in order; entries of part frames wait for the one that commits them. */
class Replay {
  entries = 0;
  mutations = 0;
  readonly #store: PageStore;
  #previous: Lsn;
  #parts = new Map<number, Mutation[]>();

  constructor(store: PageStore) {
    this.#store = store;
    this.#previous = firstPosition(store).lsn;
  }

  apply(entry: Entry): void {
    this.entries++;
    const { commits, bulks, marks, onlyParts } = this.#decode(entry);
    if (onlyParts) return;
    this.#parts.clear();
    const { lsn, chain } = entry.next;
    this.#store.apply({ previous: this.#previous, next: lsn, chain, commits, bulks, marks });
    this.#previous = lsn;
    if (this.#store.unpublished > MUTATIONS_PER_COMMIT) this.#store.commit();
  }

  #decode(entry: Entry) {
    const commits: AppliedCommit[] = [];
    const bulks: Bulk[] = [];
    const marks: Mark[] = [];
    let onlyParts = true;
    for (const frame of decodeEntry(entry)) {
      if (frame.kind === "part") {
        const earlier = this.#parts.get(frame.xid) ?? [];
        for (const mutation of frame.mutations) earlier.push(mutation);
        this.#parts.set(frame.xid, earlier);
        continue;
      }
      onlyParts = false;
      if (frame.kind === "marks") marks.push(...frame.marks);
      else if (frame.kind === "bulk") bulks.push(frame);
      else {
        const { epoch, xid, info, rows, bulks: own } = frame;
        const mutations = [...(this.#parts.get(frame.xid) ?? []), ...frame.mutations];
        commits.push({ epoch, xid, info, mutations, rows, bulks: own });
        this.mutations += mutations.length;
      }
      if (frame.kind !== "marks") this.mutations += frame.rows.length;
    }
    return { commits, bulks, marks, onlyParts };
  }
}
