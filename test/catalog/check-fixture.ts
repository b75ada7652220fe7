/** A catalog without sessions: statements of DDL go from text to storage, one transaction each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Oid } from "../../src/base/ids.ts";
import { oid } from "../../src/base/ids.ts";
import { storedLayouts } from "../../src/catalog/all-relations.ts";
import { loadBootstrap } from "../../src/catalog/bootstrap.ts";
import { Catalog } from "../../src/catalog/catalog.ts";
import { type CheckOptions, checkCatalog } from "../../src/catalog/check/check.ts";
import { sourceOfStore } from "../../src/catalog/check/source.ts";
import type { DdlContext, StoredExpression } from "../../src/catalog/ddl/context.ts";
import { executeDdl } from "../../src/catalog/ddl/execute.ts";
import { pgAuthid } from "../../src/catalog/relations/pg-authid.ts";
import { pgDatabase } from "../../src/catalog/relations/pg-database.ts";
import type { DdlStatement } from "../../src/catalog/statement.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import { RelationExpressions } from "../../src/sql/engine/relation-expressions.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";
import { LockOwner } from "../../src/txn/lock-manager.ts";
import { Storage } from "../../src/txn/storage.ts";
import type { CommitInfo } from "../../src/wal/fragment.ts";
import type { Log, LogInfo } from "../../src/wal/log.ts";
import { MemoryLog } from "../../src/wal/memory-log.ts";
import { bindContext } from "../sql/bind-support.ts";
import { contextWith } from "../sql/functions-support.ts";

const bootstrap = loadBootstrap();
const SUPERUSER = { oid: oid(10), name: "root" };
const RELATION_CLASS = oid(1259);
const FIRST_DATABASE = "dev";

export const openPages = (path: string) => (info: LogInfo, discard?: string) =>
  PageStore.open({
    path,
    layouts: storedLayouts,
    formatVersion: bootstrap.formatVersion,
    bootstrapHash: bootstrap.hash,
    clusterId: info.incarnation.toString(16),
    bootstrap: bootstrap.pinned.map(({ relation, rows }) => ({ table: relation.layout, rows })),
    ...(discard === undefined ? {} : { discard }),
  });

export const commitInfo = (statement: string): CommitInfo => ({
  user: "root",
  session: 1,
  time: 0n,
  statement,
});

export class DdlCluster {
  readonly storage: Storage;
  readonly #directory: string | undefined;
  readonly #owner = new LockOwner(1);
  readonly #system = { types: new Map(), opclasses: new Map() };
  database: Oid;

  static async open(log: Log = new MemoryLog(), pages?: string): Promise<DdlCluster> {
    await loadGrammar();
    const directory =
      pages === undefined ? mkdtempSync(join(tmpdir(), "catalogd-ddl-")) : undefined;
    const storage = await Storage.open({
      log,
      openStore: openPages(pages ?? join(directory ?? "", "pages.db")),
      tables: [],
      remembered: { lookups: [], rows: [] },
      now: Date.now,
      onFatal: () => {},
    });
    const cluster = new DdlCluster(storage, directory);
    if (storage.sequencer.epoch === 0) await cluster.#initialise();
    return cluster;
  }

  private constructor(storage: Storage, directory: string | undefined) {
    this.storage = storage;
    this.#directory = directory;
    const found = this.catalog().find(pgDatabase, "datname", [FIRST_DATABASE]);
    this.database = found?.oid ?? oid(0);
  }

  async #initialise(): Promise<void> {
    const { storage } = this;
    const transaction = storage.begin(oid(0), this.#owner, "read committed");
    const catalog = new Catalog(transaction);
    this.database = storage.allocator.oid();
    const databases = [...catalog.all(pgDatabase)].map((database) => database.oid);
    for (const database of [...databases, this.database]) {
      for (const { relation, rows } of bootstrap.template) {
        for (const row of rows) transaction.insert(relation.layout, database, row);
      }
    }
    catalog.insert(pgDatabase, {
      oid: this.database,
      datname: FIRST_DATABASE,
      datdba: SUPERUSER.oid,
    });
    await storage.commit(transaction, commitInfo(`CREATE DATABASE ${FIRST_DATABASE}`));
  }

  catalog(database = this.database): Catalog {
    return new Catalog(this.storage.begin(database, this.#owner, "read committed"));
  }

  /** Runs the statements of the text in a transaction each, as `role`. */
  async run(text: string, role = SUPERUSER.name): Promise<void> {
    for (const { body } of parse(text)) await this.commit([body as DdlStatement], role);
  }

  async commit(statements: readonly DdlStatement[], role = SUPERUSER.name): Promise<void> {
    const transaction = this.storage.begin(this.database, this.#owner, "read committed");
    try {
      const catalog = new Catalog(transaction);
      const context = this.#context(catalog, role);
      for (const statement of statements) executeDdl(context, statement);
      await this.storage.commit(transaction, commitInfo(statements[0]?.kind ?? ""));
    } catch (error) {
      transaction.abort();
      throw error;
    }
  }

  /** Rows that no statement makes, in a transaction of their own. */
  async stage(change: (catalog: Catalog) => void): Promise<void> {
    const catalog = this.catalog();
    change(catalog);
    await this.storage.commit(catalog.transaction, commitInfo("stage"));
  }

  #context(catalog: Catalog, role: string): DdlContext {
    const found = catalog.find(pgAuthid, "rolname", [role]);
    const user = found ? { oid: found.oid, name: role } : SUPERUSER;
    return {
      transaction: catalog.transaction,
      catalog,
      user,
      sessionUser: user,
      databaseName: FIRST_DATABASE,
      searchPath: ["public"],
      allocateOid: this.storage.allocator.oid,
      notice: () => {},
      onCommit: { note: () => {} },
      within: () => this.#context(catalog, role),
      expressions: {
        bindRule: () => ({ ...stored([]), condition: undefined, returning: [] }),
        defaultByType: () => undefined,
        partitionCheck: () => undefined,
        triggerWhenIn: (tree) => tree,
        bindTriggerWhen: () => stored([]),
        checkProcedural: () => {},
        whyNotRun: () => undefined,
        bindDefault: () => stored([]),
        checkStillStands: () => undefined,
        whyNotFollowed: () => undefined,
        prepareRun: () => ({ relations: new Set(), clock: false }),
        bindView: () => ({ ...stored([]), columns: [], notUpdatable: () => undefined }),
        whyNotUpdatable: () => undefined,
        bindGenerated: (_expression, relation) =>
          stored([{ classOid: RELATION_CLASS, oid: relation, subId: 1 }]),
        bindDomainCheck: () => stored([]),
        bindCheck: (_expression, relation) => ({
          ...stored([{ classOid: RELATION_CLASS, oid: relation, subId: 1 }]),
          columns: [1],
        }),
        storedOver: () => stored([]),
        copyFor: (relation) => ({
          ...stored([{ classOid: RELATION_CLASS, oid: relation, subId: 1 }]),
          columns: [1],
        }),
        bindParameterDefaults: () => ({ ...stored([]), count: 0 }),
        checkBody: () => {},
        canCoerce: () => false,
        typeText: (type) => String(type),
        supportFunction: () => {
          throw new Error("there are no aggregates");
        },
        isSameStored: (from, to) => from === to,
        checkInput: () => {},
        bindSqlBody: () => ({ tree: "", references: [] }),
        checkSqlBody: () => {},
        nextvalOf: (sequence) => stored([{ classOid: RELATION_CLASS, oid: sequence, subId: 0 }]),
      },
      relations: relationsOf(catalog),
      rows: {
        hasRows: () => false,
        queue: () => {},
        missingValue: () => undefined,
        estimate: () => 0,
        lastVersion: () => 0,
      },
      system: this.#system,
      sequences: this.storage.sequences,
      settings: {
        kept: (name) => (name === "default_table_access_method" ? "heap" : "md5"),
        listed: () => [],
        checkStored: (name, [value]) => ({ name, value: String(value) }),
        current: (name) => ({ name, value: "" }),
        checkSystem: (name, values) => ({ name, value: String(values?.[0]) }),
        checkStoredName: (name) => name,
        grantedKey: (name) => name,
        mayStore: () => true,
      },
      values: { timestamp: () => 0n, checkDictionary: () => {} },
      pathKind: () => "directory",
      sessions: { count: () => 0, terminate: () => {} },
      request: undefined,
      meter: undefined,
      now: () => 0n,
    };
  }

  /** Faults of the catalog at the newest epoch. */
  check(options: CheckOptions = {}): string[] {
    const { store, sequencer } = this.storage;
    // To ask for it has everything applied.
    const { epoch } = sequencer;
    if (store.applied.epoch !== epoch) throw new Error(`epoch ${epoch} is not applied`);
    return checkCatalog(sourceOfStore(store), options);
  }

  async close(): Promise<void> {
    await this.storage.close();
    this.remove();
  }

  remove(): void {
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Expressions of indexes are bound as a session binds them. */
const relationsOf = (catalog: Catalog): RelationExpressions =>
  new RelationExpressions(
    () => bindContext(catalog),
    contextWith({}, catalog),
    () => true,
  );

const stored = (references: StoredExpression["references"]): StoredExpression => ({
  tree: JSON.stringify({ v: 1, tree: {} }),
  references,
});
