/**
 * `catalogd verify`: everything that can be known to be right of a data directory that no server is
 * using.
 *
 *   backup    every file as its manifest says, when the directory is a backup
 *   log       every group valid, every frame decodes, epochs without gaps
 *   pages     sound as SQLite files, and row by row what the log gives when it is replayed from the
 *   start
 *   rows      every version in the indexes of its table, once where they are unique
 *   catalog   no rule of the catalog is broken; see catalog/check
 *
 * The directory is not changed: pages are copied before they are opened, the log is opened for
 * reading only.
 */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataCorrupted } from "../base/assert.ts";
import { type Disk, NodeDisk } from "../base/disk.ts";
import { loggedRelations, storedLayouts } from "../catalog/all-relations.ts";
import { type Bootstrap, loadBootstrap } from "../catalog/bootstrap.ts";
import { checkCatalog } from "../catalog/check/check.ts";
import { checkIndexEntries, deadStorages } from "../catalog/check/rows.ts";
import { sourceOfStore } from "../catalog/check/source.ts";
import { lockDirectory } from "../pages/directory-lock.ts";
import { type OpenedStore, PageStore } from "../pages/page-store.ts";
import { checkOptions } from "../sql/bind/check-options.ts";
import { DirectoryInUse } from "../sql/engine/engine.ts";
import { bytesOf, findFaults, findManifest, type Manifest } from "../txn/backup-manifest.ts";
import { recover } from "../txn/recovery.ts";
import { type ReadableLog, verifyLog } from "./verify-log.ts";
import { comparePages } from "./verify-pages.ts";

/**
 * Prints each fault on standard output as a line, and what was looked at; answers the number of
 * faults. Throws DirectoryInUse, and DataCorrupted when there is no log to compare anything with.
 */
export async function verify(directory: string): Promise<number> {
  statSync(directory);
  const wal = join(directory, "wal");
  if (!existsSync(wal)) throw new DataCorrupted(`${directory} is no data directory: it has no wal`);
  const disk = new NodeDisk();
  const manifest = await findManifest(disk, directory);
  // Nobody writes to a backup.
  const lock = manifest ? undefined : lockDirectory(directory);
  if (!manifest && !lock)
    throw new DirectoryInUse(`a server is using the data directory ${directory}`);
  const scratch = mkdtempSync(join(tmpdir(), "catalogd-verify-"));
  try {
    const faults = manifest ? await verifyFiles(disk, directory, manifest) : [];
    return await verifyIn(directory, wal, scratch, faults);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    lock?.release();
  }
}

async function verifyFiles(disk: Disk, directory: string, manifest: Manifest): Promise<string[]> {
  const { files, takenAt, epoch } = manifest;
  say(
    `backup: ${files.length} files, ${bytesOf(manifest)} bytes, at epoch ${epoch}, of ${takenAt}`,
  );
  return (await findFaults(disk, directory, manifest)).map((fault) => `backup: ${fault}`);
}

async function verifyIn(
  directory: string,
  wal: string,
  scratch: string,
  faultsOfFiles: readonly string[],
): Promise<number> {
  const log = await verifyLog(new NodeDisk(), wal);
  const faults = [...faultsOfFiles, ...log.faults];
  say(`log: ${log.entries} entries, ${describeEpochs(log.epochs)}`);
  if (!log.readable) say("pages and catalog: not looked at, because the log cannot be read");
  else if (log.readable.info.first.lsn > 0n) {
    say("pages and catalog: not looked at, because the log no longer holds its first entries");
  } else {
    const bootstrap = loadBootstrap();
    faults.push(...checkCluster(directory, log.readable, bootstrap));
    faults.push(...(await verifyStores(directory, scratch, log.readable, bootstrap)));
  }
  for (const fault of faults) say(fault);
  say(faults.length === 0 ? "no faults" : `${faults.length} faults`);
  return faults.length;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const describeEpochs = (epochs: { first: number; last: number } | undefined): string =>
  epochs ? `epochs ${epochs.first} to ${epochs.last}` : "no commits";

/** The record that says which log and which built-in rows belong together. */
function checkCluster(directory: string, log: ReadableLog, bootstrap: Bootstrap): string[] {
  const file = join(directory, "cluster.json");
  if (!existsSync(file)) return [];
  let record: { readonly incarnation?: unknown; readonly bootstrap?: unknown };
  try {
    record = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return [`${file}: ${error instanceof Error ? error.message : error}`];
  }
  const faults: string[] = [];
  const due = { incarnation: log.info.incarnation.toString(16), bootstrap: bootstrap.hash };
  for (const name of ["incarnation", "bootstrap"] as const) {
    if (record[name] === due[name]) continue;
    faults.push(`${file}: its ${name} is ${record[name]}, not ${due[name]}`);
  }
  return faults;
}

async function verifyStores(
  directory: string,
  scratch: string,
  log: ReadableLog,
  bootstrap: Bootstrap,
): Promise<string[]> {
  const faults: string[] = [];
  const opener = storeOpener(log, bootstrap);
  const { store: rebuilt } = await recover(log, log.info, () =>
    opener(join(scratch, "rebuilt.db")),
  );
  try {
    const copy = copyPages(directory, scratch);
    if (copy === undefined) say("pages: none; a server would build them from the log");
    else faults.push(...(await verifyCopy(copy, log, opener, rebuilt)));
    const catalog = checkCatalog(sourceOfStore(rebuilt), checkOptions);
    faults.push(...catalog.map((fault) => `catalog: ${fault}`));
    const rows = loggedRelations.reduce(
      (sum, { layout }) => sum + rebuilt.versions(layout).length,
      0,
    );
    say(`catalog: ${loggedRelations.length} relations, ${rows} row versions`);
    return faults;
  } finally {
    rebuilt.close();
  }
}

type StoreOpener = (path: string, discard?: string) => OpenedStore;

const storeOpener =
  (log: ReadableLog, bootstrap: Bootstrap): StoreOpener =>
  (path, discard) =>
    PageStore.open({
      path,
      layouts: storedLayouts,
      formatVersion: bootstrap.formatVersion,
      bootstrapHash: bootstrap.hash,
      clusterId: log.info.incarnation.toString(16),
      bootstrap: bootstrap.pinned.map(({ relation, rows }) => ({ table: relation.layout, rows })),
      ...(discard === undefined ? {} : { discard }),
    });

/** With SQLite's own log, whose commits the file does not hold yet. */
function copyPages(directory: string, scratch: string): string | undefined {
  if (!existsSync(join(directory, "pages.db"))) return undefined;
  const inner = mkdtempSync(join(scratch, "copy-"));
  for (const name of ["pages.db", "pages.db-wal", "rows.db", "rows.db-wal"]) {
    const from = join(directory, name);
    if (existsSync(from)) copyFileSync(from, join(inner, name));
  }
  return join(inner, "pages.db");
}

/** Brings the copy up to the log's head, as the next start of a server would, and compares. */
async function verifyCopy(
  copy: string,
  log: ReadableLog,
  opener: StoreOpener,
  rebuilt: PageStore,
): Promise<string[]> {
  const opened: OpenedStore[] = [];
  try {
    const recovered = await recover(log, log.info, (discard) => {
      const next = opener(copy, discard);
      opened.push(next);
      return next;
    });
    say(`pages: ${recovered.pages}; ${recovered.entries} entries of the log were not in them`);
    const misfit = recovered.pages === "kept" ? [] : [`pages: ${recovered.pages}`];
    const { store } = recovered;
    say(
      `rows: ${store.rows.tables().length} tables; ${deadStorages(store).length} storages are left to vacuum`,
    );
    const entries = checkIndexEntries(store).map((fault) => `rows: ${fault}`);
    return [...misfit, ...comparePages(store, rebuilt), ...entries];
  } catch (error) {
    if (!(error instanceof DataCorrupted)) throw error;
    return [`pages: ${error.message}`];
  } finally {
    opened.at(-1)?.store.close();
  }
}
