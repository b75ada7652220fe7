/**
 * THE ENGINE: a data directory opened, and the sessions that run on it.
 *
 *   DIR/lock           one process to a directory
 *   DIR/cluster.json   format, incarnation of the log, hash of the built-in rows
 *   DIR/wal/           the log: the truth
 *   DIR/pages.db       the pages: derived, built anew when missing or unfit
 *   DIR/tmp/           rows that memory is too small for; emptied at start-up
 *
 * A backup has the first four, too, and a manifest, by which it is known: nobody serves it.
 */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { z } from "zod";
import { DataCorrupted } from "../../base/assert.ts";
import { type Disk, NodeDisk } from "../../base/disk.ts";
import type { Oid } from "../../base/ids.ts";
import { postgresNow } from "../../base/postgres-time.ts";
import { wallTime } from "../../base/wall-clock.ts";
import { storedLayouts } from "../../catalog/all-relations.ts";
import { type Bootstrap, loadBootstrap } from "../../catalog/bootstrap.ts";
import { Catalog } from "../../catalog/catalog.ts";
import { ddlHistory } from "../../catalog/commit-history.ts";
import { pgAuthMembers } from "../../catalog/relations/pg-auth-members.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgDbRoleSetting } from "../../catalog/relations/pg-db-role-setting.ts";
import { pgDefaultAcl } from "../../catalog/relations/pg-default-acl.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { type DirectoryLock, lockDirectory } from "../../pages/directory-lock.ts";
import { NestedConnections } from "../../pages/nested-connections.ts";
import { PageStore } from "../../pages/page-store.ts";
import { ReaderPool } from "../../pages/reader-pool.ts";
import { copyStore } from "../../pages/store-copy.ts";
import { type BackupRequest, type BackupSource, takeBackup } from "../../txn/backup.ts";
import { LOG_DIRECTORY, MANIFEST, type Manifest } from "../../txn/backup-manifest.ts";
import { LockOwner } from "../../txn/lock-manager.ts";
import { Storage } from "../../txn/storage.ts";
import { FileLog } from "../../wal/file-log.ts";
import { BuiltinCatalog } from "../bind/builtin.ts";
import { QueryRunner } from "../execute/query-runner.ts";
import { buildRegistry } from "../functions/registrations.ts";
import { loadGrammar } from "../parse/grammar.ts";
import type { Connection, ConnectRequest, Engine, SpillFile } from "../session/engine.ts";
import { Parameters } from "../settings/parameters.ts";
import { TranslationCache } from "../translate/translation-cache.ts";
import { connect } from "./connection.ts";
import { KnownEventTriggers } from "./event-triggers.ts";
import { allImplementations } from "./implementations.ts";
import {
  followParameters,
  loadParameters,
  retentionMsOf,
  vacuumLimitsOf,
} from "./parameter-access.ts";
import { type EngineParts, SessionCounts } from "./parts.ts";
import { Statistics } from "./server-facts.ts";
import { FixedLiterals } from "./shaped-plan.ts";
import { SpillFiles } from "./spill-files.ts";
import { WritingPlans } from "./writing-plans.ts";

export interface EngineOptions {
  readonly directory: string;
  readonly disk: Disk;
  /** Called once when log or pages failed: the process must stop. */
  readonly onFatal: (error: Error) => void;
  /** Name of the database that a new cluster starts with. */
  readonly database: string;
  readonly segmentBytes?: number;
  /** As the server was started with; what ALTER SYSTEM has stored is added to them. */
  readonly parameters?: Parameters;
}

/** Another process holds the data directory. */
export class DirectoryInUse extends Error {
  override readonly name = "DirectoryInUse";
}

/** Partitioned tables whose bounds are kept. */
const ROUTINGS_MAX = 256;

/** Threads for queries of jobs, which may rest as long as their rate says. */
const JOB_READERS_MAX = 8;

export class CatalogEngine implements Engine {
  readonly serverStartTime = postgresNow();
  readonly storage: Storage;
  readonly parameters: Parameters;
  readonly #parts: EngineParts;
  readonly #readers: ReaderPool;
  readonly #jobReaders: ReaderPool;
  readonly #nested: NestedConnections;
  readonly #spills: SpillFiles;
  readonly #lock: DirectoryLock;
  readonly #backedUp: BackupSource;

  static async open(options: EngineOptions): Promise<CatalogEngine> {
    const { directory } = options;
    await new NodeDisk().makeDirectory(directory);
    const lock = lockDirectory(directory);
    if (!lock) throw new DirectoryInUse(`another server is using the data directory ${directory}`);
    if (existsSync(join(directory, MANIFEST))) {
      throw new DataCorrupted(`${directory} is a backup: catalogd restore makes a copy to serve`);
    }
    await loadGrammar();
    const bootstrap = loadBootstrap();
    const cluster = readCluster(directory, bootstrap);
    const { parameters = new Parameters() } = options;
    let isLoaded = false;
    const log = logOf(options);
    const storage = await openStorage(options, log, bootstrap, parameters, () => isLoaded);
    checkOrWriteCluster(directory, cluster, storage, bootstrap);
    if (storage.sequencer.epoch === 0) await initialise(storage, bootstrap, options.database);
    loadParameters(parameters, storage);
    isLoaded = true;
    followParameters(parameters, storage);
    return new CatalogEngine(options, storage, log, parameters, bootstrap, lock);
  }

  private constructor(
    options: EngineOptions,
    storage: Storage,
    log: FileLog,
    parameters: Parameters,
    bootstrap: Bootstrap,
    lock: DirectoryLock,
  ) {
    const { directory, disk } = options;
    this.#backedUp = {
      disk,
      cluster: storage.incarnation.toString(16),
      record: readFileSync(clusterPath(directory)),
      copyPages: (target, signal) => {
        storage.store.commit();
        return copyStore(pagesPath(directory), target, signal);
      },
      reached: () => storage.reached(),
      copyLog: (target, upTo, signal) => log.copyTo(target, upTo, signal),
    };
    this.storage = storage;
    this.parameters = parameters;
    this.#lock = lock;
    this.#spills = new SpillFiles(join(options.directory, "tmp"));
    const builtin = new BuiltinCatalog(bootstrap.pinned);
    const registry = registryOf(bootstrap, builtin);
    const reading = {
      path: pagesPath(options.directory),
      layouts: storedLayouts,
      module: readerFunctions,
    };
    this.#readers = new ReaderPool(reading);
    this.#jobReaders = new ReaderPool({ ...reading, threadsMax: JOB_READERS_MAX });
    this.#nested = new NestedConnections(reading);
    this.#parts = {
      storage,
      builtin,
      registry,
      plans: new TranslationCache(),
      fixedLiterals: new FixedLiterals(),
      routings: new TranslationCache(ROUTINGS_MAX),
      chosen: new TranslationCache(),
      writing: new WritingPlans(),
      runner: new QueryRunner(
        ...([storage.store, this.#readers, this.#jobReaders, registry, this.#nested] as const),
      ),
      system: { types: new Map(), opclasses: new Map() },
      eventTriggers: new KnownEventTriggers(storage),
      sessions: new SessionCounts(),
      statistics: new Statistics(storage, postgresNow),
    };
  }

  now(): bigint {
    return postgresNow();
  }

  connect(request: ConnectRequest): Promise<Connection> {
    return connect(this.#parts, request);
  }

  checkpoint(): void {
    this.storage.checkpoint();
  }

  /** See takeBackup. */
  backup(request: BackupRequest, signal: AbortSignal): Promise<Manifest> {
    return takeBackup(this.#backedUp, request, signal);
  }

  createSpillFile(): Promise<SpillFile> {
    return this.#spills.create();
  }

  async close(): Promise<void> {
    await this.#spills.close();
    await this.#readers.close();
    await this.#jobReaders.close();
    this.#nested.close();
    await this.storage.close();
    this.#lock.release();
  }
}

/** Runs from sources and from what is compiled of them. */
const readerFunctions = new URL(`./reader-functions${extname(import.meta.url)}`, import.meta.url);
const clusterPath = (directory: string): string => join(directory, "cluster.json");
const pagesPath = (directory: string): string => join(directory, "pages.db");

/** Asked for by every statement, changed by few. */
const REMEMBERED = [
  pgNamespace,
  pgAuthid,
  pgAuthMembers,
  pgDatabase,
  pgDbRoleSetting,
  pgDefaultAcl,
  pgOperator,
];

const logOf = ({ directory, disk, segmentBytes }: EngineOptions): FileLog =>
  new FileLog({
    disk,
    directory: join(directory, LOG_DIRECTORY),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });

/** How long commits are remembered is known when parameters are loaded; until then, all are. */
function openStorage(
  options: EngineOptions,
  log: FileLog,
  bootstrap: Bootstrap,
  parameters: Parameters,
  isLoaded: () => boolean,
): Promise<Storage> {
  const { directory } = options;
  return Storage.open({
    log,
    tables: storedLayouts,
    storageNames: {
      table: pgClass.layout,
      column: pgClass.layout.columns.findIndex(({ name }) => name === "relfilenode"),
    },
    vacuumLimits: vacuumLimitsOf(parameters),
    remembered: {
      lookups: REMEMBERED.map((relation) => relation.oid),
      // Whoever asks for a table's partitions asks for all their rows.
      rows: [pgClass.layout],
    },
    now: wallTime,
    onFatal: options.onFatal,
    openStore: (info, discard) =>
      PageStore.open({
        path: pagesPath(directory),
        layouts: storedLayouts,
        formatVersion: bootstrap.formatVersion,
        bootstrapHash: bootstrap.hash,
        clusterId: info.incarnation.toString(16),
        bootstrap: bootstrap.pinned.map(({ relation, rows }) => ({ table: relation.layout, rows })),
        momentsKept: () => (isLoaded() ? retentionMsOf(parameters) * 1000 : Infinity),
        history: ddlHistory(() => (isLoaded() ? parameters.get("ddl_history_days") : undefined)),
        ...(discard === undefined ? {} : { discard }),
      }),
  });
}

const clusterSchema = z.object({
  format: z.literal(2),
  incarnation: z.string(),
  bootstrap: z.string(),
});
type Cluster = z.infer<typeof clusterSchema>;

function readCluster(directory: string, bootstrap: Bootstrap): Cluster | undefined {
  const file = clusterPath(directory);
  if (!existsSync(file)) return undefined;
  const parsed = clusterSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new DataCorrupted(`${file}: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.bootstrap !== bootstrap.hash) {
    const [made, own] = [parsed.data.bootstrap, bootstrap.hash].map((hash) => hash.slice(0, 12));
    throw new DataCorrupted(
      `${file}: the cluster belongs to a version with other built-in rows (${made}, here ${own}); ` +
        "dump it with that version, and restore it into a new data directory",
    );
  }
  return parsed.data;
}

/** Written when the log exists: a crash before it finds no record and writes it then. */
function checkOrWriteCluster(
  directory: string,
  cluster: Cluster | undefined,
  storage: Storage,
  bootstrap: Bootstrap,
): void {
  const incarnation = storage.incarnation.toString(16);
  if (cluster) {
    if (cluster.incarnation === incarnation) return;
    throw new DataCorrupted(
      `the log in ${directory} is ${incarnation}, the cluster's is ${cluster.incarnation}`,
    );
  }
  const file = clusterPath(directory);
  const record: Cluster = { format: 2, incarnation, bootstrap: bootstrap.hash };
  writeFileSync(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`, { flush: true });
  renameSync(`${file}.new`, file);
}

function registryOf(bootstrap: Bootstrap, builtin: BuiltinCatalog) {
  const rowsOf = (name: string) =>
    bootstrap.pinned.find(({ relation }) => relation.name === name)?.rows ?? [];
  const procedures = rowsOf(pgProc.name).map((row) => pgProc.view(row));
  const types = rowsOf(pgType.name).map((row) => pgType.view(row));
  return buildRegistry(procedures, types, allImplementations(builtin));
}

/**
 * The first commit of a cluster: what the template databases hold of their own, and a database to
 * begin with.
 */
async function initialise(storage: Storage, bootstrap: Bootstrap, name: string): Promise<void> {
  const transaction = storage.begin(0 as Oid, new LockOwner(0), "read committed");
  const catalog = new Catalog(transaction);
  const oid = storage.allocator.oid();
  const databases = [...catalog.all(pgDatabase)].map((database) => database.oid);
  for (const database of [...databases, oid]) {
    for (const { relation, rows } of bootstrap.template) {
      for (const row of rows) transaction.insert(relation.layout, database, row);
    }
  }
  catalog.insert(pgDatabase, { oid, datname: name, datdba: 10 as Oid });
  const statement = `CREATE DATABASE ${name}`;
  await storage.commit(transaction, { user: "root", session: 0, time: postgresNow(), statement });
}
