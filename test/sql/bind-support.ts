/** A catalog in memory for binding: the bootstrap's rows, and whatever a test adds. */
import { type Oid, oid } from "../../src/base/ids.ts";
import type { Row, Value } from "../../src/base/value.ts";
import { loadBootstrap } from "../../src/catalog/bootstrap.ts";
import type { CatalogReader } from "../../src/catalog/reader.ts";
import type { Columns, NewRow, Relation, Tuple } from "../../src/catalog/relation.ts";
import { BuiltinCatalog } from "../../src/sql/bind/builtin.ts";
import type { BindContext } from "../../src/sql/bind/context.ts";
import { loadGrammar, parseTrees } from "../../src/sql/parse/grammar.ts";

await loadGrammar();

export class MemoryCatalog implements CatalogReader {
  readonly database = oid(16384);
  readonly #rows = new Map<string, Row[]>();
  readonly #indexes = new Map<string, Map<string, Row[]>>();

  constructor(bootstrap = loadBootstrap()) {
    for (const { relation, rows } of [...bootstrap.pinned, ...bootstrap.template]) {
      this.#rows.set(relation.name, [...(this.#rows.get(relation.name) ?? []), ...rows]);
    }
  }

  add<C extends Columns>(relation: Relation<C>, values: NewRow<C>): void {
    const rows = this.#rows.get(relation.name) ?? [];
    rows.push(relation.row(values));
    this.#rows.set(relation.name, rows);
    this.#indexes.clear();
  }

  find<C extends Columns>(relation: Relation<C>, index: string, values: readonly Value[]) {
    return this.list(relation, index, values)[0];
  }

  list<C extends Columns>(
    relation: Relation<C>,
    index: string,
    prefix: readonly Value[],
  ): readonly Tuple<C>[] {
    const name = `${relation.name} ${index} ${prefix.length}`;
    let found = this.#indexes.get(name);
    if (!found) {
      found = new Map();
      const positions = relation.layout.indexes[relation.indexNumbers.get(index) ?? 0] ?? [];
      const columns = positions.slice(0, prefix.length);
      for (const row of this.#rows.get(relation.name) ?? []) {
        const key = JSON.stringify(columns.map((at) => row[at]));
        const rows = found.get(key);
        if (rows) rows.push(row);
        else found.set(key, [row]);
      }
      this.#indexes.set(name, found);
    }
    return (found.get(JSON.stringify(prefix)) ?? []).map(relation.view);
  }

  all<C extends Columns>(relation: Relation<C>): Tuple<C>[] {
    return (this.#rows.get(relation.name) ?? []).map(relation.view);
  }
}

const bootstrap = loadBootstrap();
export const builtin = new BuiltinCatalog(bootstrap.pinned);
export const memoryCatalog = (): MemoryCatalog => new MemoryCatalog(bootstrap);

/** The SelectStmt of a text of one statement. */
export function parseSelect(text: string): unknown {
  const stmt = parseTrees(text)[0]?.stmt;
  if (!stmt || !("SelectStmt" in stmt)) throw new Error(`no SELECT: ${text}`);
  return stmt.SelectStmt;
}

/** The parser's tree of one expression. */
export function parseExpression(text: string): unknown {
  const stmt = parseSelect(`SELECT ${text}`) as {
    targetList: [{ ResTarget: { val: unknown } }];
  };
  return stmt.targetList[0].ResTarget.val;
}

export function bindContext(
  catalog: CatalogReader,
  changes: Partial<BindContext> = {},
): BindContext {
  const searchPath: readonly Oid[] = [oid(11), oid(2200)];
  return {
    catalog,
    builtin,
    searchPath,
    databaseName: "dev",
    types: {
      catalog,
      user: { oid: oid(10) },
      searchPath,
      setting: () => undefined,
      transactionTime: 0n,
    },
    positionOf: (offset) => offset + 1,
    parameterTypes: [],
    parseQuery: parseSelect,
    parseBody: () => [],
    ...changes,
  };
}
