/** A catalog of the built-in rows in memory, and a context for functions and types over it. */
import type { Oid } from "../../src/base/ids.ts";
import { oid } from "../../src/base/ids.ts";
import type { Row, Value } from "../../src/base/value.ts";
import { loadBootstrap } from "../../src/catalog/bootstrap.ts";
import type { CatalogReader } from "../../src/catalog/reader.ts";
import type { Columns, Relation, Tuple } from "../../src/catalog/relation.ts";
import { pgProc } from "../../src/catalog/relations/pg-proc.ts";
import { pgType } from "../../src/catalog/relations/pg-type.ts";
import type { Printers } from "../../src/sql/functions/printers.ts";
import { buildRegistry, implementations } from "../../src/sql/functions/registrations.ts";
import type { FunctionContext, Registry } from "../../src/sql/functions/registry.ts";

/** Rows of every relation, with hash indexes built on first use. */
export class MemoryCatalog implements CatalogReader {
  readonly database = oid(5);
  readonly #rows = new Map<string, Row[]>();
  readonly #indexes = new Map<string, Map<string, Row[]>>();

  constructor() {
    const { pinned, template } = loadBootstrap();
    for (const { relation, rows } of [...pinned, ...template]) {
      this.#rows.set(relation.name, [...(this.#rows.get(relation.name) ?? []), ...rows]);
    }
  }

  insert<C extends Columns>(relation: Relation<C>, row: Row): void {
    this.#rows.set(relation.name, [...(this.#rows.get(relation.name) ?? []), row]);
    this.#indexes.clear();
  }

  find<C extends Columns>(
    relation: Relation<C>,
    index: string,
    values: readonly Value[],
  ): Tuple<C> | undefined {
    return this.list(relation, index, values)[0];
  }

  list<C extends Columns>(
    relation: Relation<C>,
    index: string,
    prefix: readonly Value[],
  ): readonly Tuple<C>[] {
    const number = relation.indexNumbers.get(index);
    if (number === undefined) throw new Error(`${relation.name} has no index ${index}`);
    const columns = (relation.layout.indexes[number] ?? []).slice(0, prefix.length);
    const name = `${relation.name} ${columns.join()}`;
    let map = this.#indexes.get(name);
    if (!map) {
      map = new Map();
      for (const row of this.#rows.get(relation.name) ?? []) {
        const key = JSON.stringify(columns.map((at) => row[at]));
        const rows = map.get(key);
        if (rows) rows.push(row);
        else map.set(key, [row]);
      }
      this.#indexes.set(name, map);
    }
    return (map.get(JSON.stringify(prefix)) ?? []).map(relation.view);
  }

  all<C extends Columns>(relation: Relation<C>): Iterable<Tuple<C>> {
    return (this.#rows.get(relation.name) ?? []).map(relation.view);
  }
}

export const memoryCatalog = new MemoryCatalog();

export const noPrinters: Printers = {
  expression: (tree) => tree,
  indexExpressions: () => [],
  statisticsExpressions: () => [],
  expressions: () => [],
  triggerCondition: () => "",
  operator: () => "",
  view: () => undefined,
  rule: () => undefined,
  partitionBy: () => undefined,
  partitionConstraint: () => undefined,
  updatable: () => 0,
  argumentDefaults: (tree) => (JSON.parse(tree) as { sql: string[] }).sql,
  sqlBody: () => "",
  describeObject: () => undefined,
};

export const registry: Registry = buildRegistry(
  memoryCatalog.all(pgProc),
  memoryCatalog.all(pgType),
  implementations(noPrinters),
);

const settings: Readonly<Record<string, string>> = {
  datestyle: "ISO, MDY",
  intervalstyle: "postgres",
  timezone: "Etc/UTC",
  extra_float_digits: "1",
  bytea_output: "hex",
  client_encoding: "UTF8",
};

const root = { oid: oid(10), name: "root" };

/** 2026-01-02 03:04:05.678901 UTC is now. */
export const contextWith = (
  changed: Readonly<Record<string, string>> = {},
  catalog: CatalogReader = memoryCatalog,
): FunctionContext => ({
  catalog,
  searchPath: [oid(11), oid(2200)] as Oid[],
  explicitSearchPath: [oid(2200)] as Oid[],
  user: root,
  sessionUser: root,
  databaseName: "dev",
  processId: 4242,
  transactionTime: 820_638_245_678_901n,
  statementTime: 820_638_245_678_901n,
  serverStartTime: 820_000_000_000_000n,
  setting: (name) => changed[name] ?? settings[name],
});

export const context: FunctionContext = contextWith();
