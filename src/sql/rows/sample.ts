/**
 * A SAMPLE OF A TABLE'S ROWS, in two steps as PostgreSQL takes it: blocks by chance, then rows of
 * them by chance. A block is a stretch of version numbers. There are at most as many blocks as rows
 * are wanted, so what is read of a large table does not grow with it.
 * https://www.postgresql.org/docs/15/sql-analyze.html
 */
import type { Oid } from "../../base/ids.ts";
import type { ScannedVersion } from "../../txn/transaction-rows.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Steps } from "./steps.ts";
import { sortInTurns, type TurnEngine, Turns } from "./turn.ts";

/** Version numbers of a block. */
const BLOCK_VERSIONS = 16;
/** Blocks that are read at a time where all are. */
const BLOCKS_AT_ONCE = 16;

export interface Sample {
  /** In the order of versions. */
  readonly rows: readonly (readonly Scalar[])[];
  /** Estimated where not every block was read. */
  readonly totalRows: number;
  /** Of the blocks that were read. */
  readonly live: number;
  readonly dead: number;
  readonly blocksRead: number;
  readonly blocks: number;
}

export interface SampledTable {
  readonly storage: Oid;
  /** The highest version that it has had. */
  readonly lastVersion: number;
  /** A stored row with all its values. */
  readonly padded: (row: readonly Scalar[]) => readonly Scalar[];
}

/** How many blocks a table is made of. */
export const blocksOf = (lastVersion: number): number => Math.ceil(lastVersion / BLOCK_VERSIONS);

/** `chance`: from 0 to below 1. */
export function* sampleRows(
  { storage, lastVersion, padded }: SampledTable,
  wanted: number,
  engine: TurnEngine,
  chance: () => number,
): Steps<Sample> {
  const { rows } = engine;
  const turns = new Turns(engine);
  const reservoir = new Reservoir(wanted, chance);
  const blocks = blocksOf(lastVersion);
  let dead = 0;
  const visit = ({ version, row, isLive }: ScannedVersion): void => {
    // Others may be added meanwhile.
    if (version > lastVersion) return;
    if (isLive) reservoir.add(row as readonly Scalar[]);
    else dead++;
  };
  const chosen = chooseBlocks(blocks, wanted, chance);
  for (const { first, count } of chosen) {
    const after = first * BLOCK_VERSIONS;
    const end = after + count * BLOCK_VERSIONS;
    const { found } = rows.page(storage, after, count * BLOCK_VERSIONS);
    for (const each of found) if (each.version <= end) visit(each);
    const pause = turns.pause(BLOCK_VERSIONS);
    if (pause !== undefined) yield pause;
  }
  const { seen: stored } = reservoir;
  const staged = rows.overlay.addedTo(storage);
  for (const [, row] of staged) reservoir.add(row as readonly Scalar[]);
  const blocksRead = chosen.reduce((sum, { count }) => sum + count, 0);
  const all = blocksRead < blocks ? Math.floor((stored / blocksRead) * blocks + 0.5) : stored;
  return {
    rows: yield* reservoir.rows(padded, turns),
    totalRows: all + staged.length,
    live: reservoir.seen,
    dead,
    blocksRead,
    blocks,
  };
}

interface Stretch {
  readonly first: number;
  readonly count: number;
}

/** Every block, some at a time, or so many by chance, in their order. */
function chooseBlocks(blocks: number, wanted: number, chance: () => number): Stretch[] {
  if (blocks <= wanted) {
    const parts = Array.from({ length: Math.ceil(blocks / BLOCKS_AT_ONCE) }, (_, at) => at);
    return parts.map((part) => {
      const first = part * BLOCKS_AT_ONCE;
      return { first, count: Math.min(BLOCKS_AT_ONCE, blocks - first) };
    });
  }
  const chosen = new Set<number>();
  while (chosen.size < wanted) chosen.add(Math.floor(chance() * blocks));
  // Numbers in an array of their own sort without a call for each two.
  return Array.from(Float64Array.from(chosen).sort(), (first) => ({ first, count: 1 }));
}

/** At most so many of the rows that come by, each with the same chance. */
class Reservoir {
  readonly #wanted: number;
  readonly #chance: () => number;
  readonly #kept: { readonly at: number; readonly row: readonly Scalar[] }[] = [];
  seen = 0;

  constructor(wanted: number, chance: () => number) {
    this.#wanted = wanted;
    this.#chance = chance;
  }

  add(row: readonly Scalar[]): void {
    const at = this.seen++;
    const place = at < this.#wanted ? at : Math.floor(this.#chance() * this.seen);
    if (place < this.#wanted) this.#kept[place] = { at, row };
  }

  /** In the order in which they came. */
  *rows(padded: SampledTable["padded"], turns: Turns): Steps<(readonly Scalar[])[]> {
    const isSorted = this.seen <= this.#wanted;
    const kept = isSorted
      ? this.#kept
      : yield* sortInTurns(this.#kept, (a, b) => a.at - b.at, turns);
    const rows: (readonly Scalar[])[] = [];
    for (const { row } of kept) {
      rows.push(padded(row));
      const pause = turns.pause();
      if (pause !== undefined) yield pause;
    }
    return rows;
  }
}
