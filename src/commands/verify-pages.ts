/**
 * THE PAGES UNDER THE EYES OF `verify`: SQLite's own check of every page, and the same visible
 * rows, marks and position as a store that is built anew from the bootstrap and the whole log.
 */
import type { Oid } from "../base/ids.ts";
import { loggedRelations } from "../catalog/all-relations.ts";
import { pgClass } from "../catalog/relations/pg-class.ts";
import { describeVersion } from "../pages/describe-version.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { PageStore } from "../pages/page-store.ts";
import { isVisible, type TupleVersion } from "../pages/visibility.ts";

/** `pages`: the directory's, brought up to the log's head; `rebuilt`: from the log alone. */
export function comparePages(pages: PageStore, rebuilt: PageStore): string[] {
  const faults = pages.verifyIntegrity().map((fault) => `pages: ${fault}`);
  for (const { layout } of loggedRelations) compareRelation(layout, pages, rebuilt, faults);
  compareApplied(pages, rebuilt, faults);
  compareSequences(pages, rebuilt, faults);
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
