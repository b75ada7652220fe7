/** Two small relations and a store in a directory of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Epoch, epoch, type Lsn, lsn, type Oid, oid } from "../../src/base/ids.ts";
import type { Row, Value } from "../../src/base/value.ts";
import type { TableLayout } from "../../src/pages/layout.ts";
import { PageStore, type StoreOptions } from "../../src/pages/page-store.ts";
import type { Mark, Mutation } from "../../src/wal/fragment.ts";
import { appliedCommit } from "../support/commits.ts";

export const things: TableLayout = {
  rel: oid(9001),
  name: "things",
  shared: false,
  columns: [
    { name: "oid", storedAs: "int" },
    { name: "name", storedAs: "text" },
    { name: "space", storedAs: "int" },
    { name: "hidden", storedAs: "bool" },
    { name: "labels", storedAs: "array" },
    { name: "weight", storedAs: "real" },
    { name: "bytes", storedAs: "blob" },
  ],
  key: [0],
  indexes: [[0], [1, 2], [2]],
};
export const counters: TableLayout = {
  rel: oid(9002),
  name: "counters",
  shared: true,
  columns: [
    { name: "owner", storedAs: "int" },
    { name: "number", storedAs: "int" },
    { name: "total", storedAs: "bigint" },
  ],
  key: [0, 1],
  indexes: [[0, 1], [0]],
};

export const DB = oid(5);
export const OTHER_DB = oid(6);

export const thing = (id: number, name: string, more: Partial<Record<number, Value>> = {}): Row => {
  const row: Value[] = [id, name, 1, false, null, 0.5, null];
  for (const [at, value] of Object.entries(more)) row[Number(at)] = value as Value;
  return row;
};
export const builtIn = thing(1, "built-in");

export const insert = (row: Row, db: Oid = DB): Mutation => ({
  kind: "insert",
  rel: things.rel,
  db,
  row,
});
export const update = (row: Row, db: Oid = DB): Mutation => ({
  kind: "update",
  rel: things.rel,
  db,
  key: [row[0] as Value],
  row,
});
export const remove = (id: number, db: Oid = DB): Mutation => ({
  kind: "delete",
  rel: things.rel,
  db,
  key: [id],
});

export const at = (n: number): Epoch => epoch(n);

export function temporaryDirectory(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "catalogd-pages-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export const optionsFor = (directory: string): StoreOptions => ({
  path: join(directory, "pages.db"),
  layouts: [things, counters],
  formatVersion: 1,
  bootstrapHash: "abc",
  clusterId: "c1",
  bootstrap: [{ table: things, rows: [builtIn] }],
});

/** A store that numbers its own batches. */
export class Fixture implements Disposable {
  readonly directory = temporaryDirectory();
  store: PageStore;

  constructor(options: Partial<StoreOptions> = {}) {
    this.store = PageStore.open({ ...optionsFor(this.directory.path), ...options }).store;
  }

  commit(...mutations: Mutation[]): Epoch {
    return this.batch([mutations], []);
  }

  batch(commits: readonly (readonly Mutation[])[], marks: readonly Mark[]): Epoch {
    const { lsn: previous, epoch: newest } = this.store.applied;
    const next: Lsn = lsn(previous + 100n);
    const numbered = commits.map((mutations, i) => appliedCommit(at(newest + 1 + i), mutations));
    this.store.apply({ previous, next, chain: next * 7n, commits: numbered, bulks: [], marks });
    return this.store.applied.epoch;
  }

  reopen(options: Partial<StoreOptions> = {}) {
    this.store.close();
    const opened = PageStore.open({ ...optionsFor(this.directory.path), ...options });
    this.store = opened.store;
    return opened;
  }

  [Symbol.dispose](): void {
    this.store.close();
    this.directory[Symbol.dispose]();
  }
}
