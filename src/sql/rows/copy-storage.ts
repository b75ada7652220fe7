/**
 * ROWS OF A TEMPLATE for CREATE DATABASE: what a storage holds goes into one of the copy's own, and
 * so do the entries of its indexes. Values are stored forms that mean the same in both databases,
 * so nothing is computed. Versions keep their numbers: entries lead to them.
 */
import type { Oid } from "../../base/ids.ts";
import type { Entry } from "../../pages/row-store.ts";
import type { Steps } from "./steps.ts";
import { type ScanEngine, TableScan } from "./table-scan.ts";
import { Turn } from "./turn.ts";
import type { CopyJob } from "./work-queue.ts";

export function* copyStorage({ from, to, indexes }: CopyJob, engine: ScanEngine): Steps<void> {
  const { rows } = engine;
  const logged: { readonly index: Oid; readonly copy: Oid }[] = [];
  for (const { index, columns, keys } of rows.indexesOf(from)) {
    const copy = indexes.get(index);
    if (copy === undefined) continue;
    rows.define({ kind: "index", storage: to, index: copy, columns, keys });
    // The others' follow from the rows.
    if (columns.length === 0) logged.push({ index, copy });
  }
  yield* new TableScan(engine).each(from, ({ version, row, isLive }) => {
    if (isLive) rows.addCopy(to, version, row);
  });
  for (const { index, copy } of logged) yield* copyEntries(from, index, copy, engine);
}

const PAGE_ENTRIES = 256;

function* copyEntries(storage: Oid, index: Oid, copy: Oid, engine: ScanEngine): Steps<void> {
  const { rows } = engine;
  let turn = new Turn();
  for (let last: Entry | undefined; ; ) {
    const page = rows.entries(index, last, PAGE_ENTRIES);
    for (const [at, { key, version }] of page.entries()) {
      if (rows.stateOf(storage, version).state === "live") rows.addEntry(copy, version, key, true);
      const pause = turn.pause(at, engine);
      if (pause === undefined) continue;
      yield pause;
      turn = new Turn();
    }
    last = page.at(-1);
    if (last === undefined) return;
  }
}
