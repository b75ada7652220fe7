/**
 * THE PAGES UNDER THE EYES OF `verify`: SQLite's own check of every page, and the same visible
 * rows, marks and position as a store that is built anew from the bootstrap and the whole log.
 */
import { isDeepStrictEqual } from "node:util";
import type { Oid } from "../base/ids.ts";
import type { Row } from "../base/value.ts";
import { loggedRelations } from "../catalog/all-relations.ts";
import { deadStorages, isLive } from "../catalog/check/rows.ts";
import { pgClass } from "../catalog/relations/pg-class.ts";
import { describeVersion } from "../pages/describe-version.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { PageStore } from "../pages/page-store.ts";
import type { RowStore } from "../pages/row-store.ts";
import { isVisible, type TupleVersion } from "../pages/visibility.ts";

/** `pages`: the directory's, brought up to the log's head; `rebuilt`: from the log alone. */
export function comparePages(pages: PageStore, rebuilt: PageStore): string[] {
  const faults = pages.verifyIntegrity().map((fault) => `pages: ${fault}`);
  for (const { layout } of loggedRelations) compareRelation(layout, pages, rebuilt, faults);
  compareApplied(pages, rebuilt, faults);
  compareSequences(pages, rebuilt, faults);
  compareRows(pages.rows, rebuilt, faults);
  return faults;
}

/** The versions that the newest epoch sees, of all databases. */
function liveVersions(store: PageStore, table: TableLayout): TupleVersion[] {
  const { epoch } = store.applied;
  return store.versions(table).filter((version) => isVisible(version, version.db, epoch));
}

function compareRelation(
  table: TableLayout,
  pages: PageStore,
  rebuilt: PageStore,
  faults: string[],
): void {
  const due = new Set(liveVersions(rebuilt, table).map((v) => describeVersion(table, v)));
  for (const version of liveVersions(pages, table)) {
    const text = describeVersion(table, version);
    if (!due.delete(text)) faults.push(`pages: a row that the log does not give: ${text}`);
  }
  for (const text of due) faults.push(`pages: a row of the log is missing: ${text}`);
}

function compareApplied(pages: PageStore, rebuilt: PageStore, faults: string[]): void {
  for (const name of ["lsn", "chain", "epoch", "nextOid", "nextXid"] as const) {
    const [found, due] = [pages.applied[name], rebuilt.applied[name]];
    if (found !== due) faults.push(`pages: their ${name} is ${found}, the log gives ${due}`);
  }
}

/** The newest rows of every table that the catalog names. */
function compareRows(pages: RowStore, rebuilt: PageStore, faults: string[]): void {
  const dead = new Set(deadStorages(rebuilt));
  for (const storage of rebuilt.rows.tables()) {
    if (dead.has(storage)) continue;
    const fault = differenceOf(liveRows(pages, storage), liveRows(rebuilt.rows, storage));
    if (fault !== undefined) faults.push(`rows: storage ${storage} ${fault}`);
  }
}

interface LiveRow {
  readonly version: number;
  readonly row: Row;
}

/** Both in the order of versions. */
function differenceOf(found: Iterator<LiveRow>, due: Iterable<LiveRow>): string | undefined {
  for (const row of due) {
    const next = found.next();
    if (next.done) return `ends before version ${row.version}`;
    if (isDeepStrictEqual(next.value, row)) continue;
    return `has not what the log gives at version ${row.version}`;
  }
  return found.next().done ? undefined : "has more than the log gives";
}

function* liveRows(rows: RowStore, storage: Oid): Generator<LiveRow> {
  for (const version of rows.versions(storage)) {
    if (isLive(rows, version)) yield { version: version.version, row: version.row };
  }
}

/** Marks of the sequences that are there; those of ended storages say nothing to anybody. */
function compareSequences(pages: PageStore, rebuilt: PageStore, faults: string[]): void {
  for (const { db, row } of liveVersions(rebuilt, pgClass.layout)) {
    const relation = pgClass.view(row);
    if (relation.relkind !== "S") continue;
    const [found, due] = [pages, rebuilt].map((store) => pointOf(store, db, relation.relfilenode));
    if (found === due) continue;
    const what = `sequence ${relation.relname} of database ${db}`;
    faults.push(`pages: ${what} stands at ${found}, the log gives ${due}`);
  }
}

function pointOf(store: PageStore, db: Oid, storage: Oid): string {
  const state = store.findSequence(db, storage);
  if (!state) return "its start";
  return state.called ? String(state.last) : `${state.last}, not yet called`;
}
