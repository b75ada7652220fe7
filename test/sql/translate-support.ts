/**
 * Queries over the built-in catalog, from text to rows, without a session: what the translator's
 * tests run on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { epoch, lsn, oid } from "../../src/base/ids.ts";
import { allRelations, relationByOid } from "../../src/catalog/all-relations.ts";
import { loadBootstrap } from "../../src/catalog/bootstrap.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import { ReaderPool } from "../../src/pages/reader-pool.ts";
import { BuiltinCatalog } from "../../src/sql/bind/builtin.ts";
import { bindQuery } from "../../src/sql/bind/query.ts";
import type { BoundQuery } from "../../src/sql/bind/tree.ts";
import type { FunctionEnvironment } from "../../src/sql/execute/function-environment.ts";
import { rowEncoder } from "../../src/sql/execute/output.ts";
import { QueryRunner, type RunOptions } from "../../src/sql/execute/query-runner.ts";
import { type Snapshot, SnapshotReader } from "../../src/sql/execute/snapshot-reader.ts";
import type { Registry } from "../../src/sql/functions/registry.ts";
import { parseBody, parseQuery } from "../../src/sql/parse/parse.ts";
import { translate } from "../../src/sql/translate/translate.ts";
import type { Translation } from "../../src/sql/translate/translation.ts";
import { typeFacts } from "../../src/sql/translate/type-facts.ts";
import type { Scalar } from "../../src/sql/types/scalar.ts";
import type { Mutation } from "../../src/wal/fragment.ts";
import { appliedCommit } from "../support/commits.ts";
import { shown } from "./translate-golden.ts";
import { testRegistry } from "./translate-reader.ts";

const SETTINGS = new Map([
  ["datestyle", "ISO, MDY"],
  ["intervalstyle", "postgres"],
  ["timezone", "UTC"],
  ["extra_float_digits", "1"],
  ["bytea_output", "hex"],
  ["search_path", '"$user", public'],
]);
const PG_CATALOG = oid(11);
const PUBLIC = oid(2200);
const SUPERUSER = { oid: oid(10), name: "root" };

export class QueryBench {
  readonly store: PageStore;
  readonly registry: Registry;
  readonly readers: ReaderPool;
  readonly runner: QueryRunner;
  snapshot: Snapshot = {
    epoch: epoch(0),
    database: oid(5),
    xid: 0,
    mutations: [],
    rows: [],
    bulks: [],
  };
  catalog: SnapshotReader;
  readonly environment: FunctionEnvironment = {
    searchPath: [PG_CATALOG, PUBLIC],
    explicitSearchPath: [PUBLIC],
    user: SUPERUSER,
    sessionUser: SUPERUSER,
    databaseName: "postgres",
    processId: 1,
    transactionTime: 0n,
    statementTime: 0n,
    serverStartTime: 0n,
    setting: (name) => SETTINGS.get(name),
    settings: () => SETTINGS,
  };
  readonly #directory = mkdtempSync(join(tmpdir(), "translate-"));
  readonly #builtin = new BuiltinCatalog();

  constructor() {
    const bootstrap = loadBootstrap();
    const layouts = allRelations.map((relation) => relation.layout);
    const path = join(this.#directory, "pages.db");
    const rows = [...bootstrap.pinned, ...bootstrap.template];
    this.store = PageStore.open({
      path,
      layouts,
      formatVersion: bootstrap.formatVersion,
      bootstrapHash: bootstrap.hash,
      clusterId: "translate",
      bootstrap: rows.map(({ relation, rows }) => ({ table: relation.layout, rows })),
    }).store;
    this.catalog = new SnapshotReader(this.store, this.snapshot);
    this.registry = testRegistry(this.catalog);
    const module = new URL("./translate-reader.ts", import.meta.url);
    this.readers = new ReaderPool({ path, layouts, module, threadsMax: 1 });
    this.runner = new QueryRunner(this.store, this.readers, this.readers, this.registry);
  }

  bind(text: string): BoundQuery {
    const { catalog, environment } = this;
    return bindQuery(parseQuery(text), {
      catalog,
      builtin: this.#builtin,
      searchPath: environment.searchPath,
      databaseName: environment.databaseName,
      types: { ...environment, catalog },
      positionOf: (offset) => offset + 1,
      parameterTypes: [],
      parseQuery,
      parseBody,
    });
  }

  translate(text: string): Translation {
    const { catalog, registry } = this;
    const types = typeFacts(catalog);
    const { searchPath } = this.environment;
    const relation = relationByOid;
    const userTable = () => undefined;
    const partitionsRead = () => [];
    const context = { catalog, registry, types, relation, userTable, partitionsRead, searchPath };
    return translate(this.bind(text), context);
  }

  run(text: string, parameters: readonly Scalar[] = [], options: RunOptions = {}) {
    const translation = this.translate(text);
    const { snapshot, environment } = this;
    const result = this.runner.run(translation, parameters, snapshot, environment, options);
    return { translation, result };
  }

  /** Commits mutations at the next epoch and reads there from now on. */
  commit(mutations: readonly Mutation[]): void {
    const { lsn: previous, epoch: newest } = this.store.applied;
    const next = lsn(previous + 8n);
    const commits = [appliedCommit(epoch(newest + 1), mutations)];
    this.store.apply({ previous, next, chain: 0n, commits, bulks: [], marks: [] });
    this.snapshot = { ...this.snapshot, epoch: epoch(newest + 1) };
    this.catalog = new SnapshotReader(this.store, this.snapshot);
  }

  /** Column descriptions, then rows in text format; NULL is ∅. */
  show(text: string): string[] {
    // However slow the machine is: a query leaves after 20 ms otherwise.
    const { translation, result } = this.run(text, [], { atOnce: true });
    if (result.kind === "stream") throw new Error("the query left the main thread");
    const { columns } = translation;
    const catalog = new SnapshotReader(this.store, this.snapshot);
    const context = { ...this.environment, catalog };
    const encode = rowEncoder(
      columns,
      columns.map(() => 0 as const),
      context,
    );
    const head = columns.map(({ name, type, typmod }) =>
      typmod < 0 ? `${name}:${type}` : `${name}:${type}(${typmod})`,
    );
    const rows = result.rows.map((row) => encode(row).map(shown).join(" | "));
    return [head.join(" | "), ...rows];
  }

  async close(): Promise<void> {
    await this.readers.close();
    this.store.close();
    rmSync(this.#directory, { recursive: true });
  }
}
