/** A sound catalog with some rows changed, for a checker that must notice. */
import { expect } from "chai";
import type { Oid } from "../../src/base/ids.ts";
import { loggedRelations } from "../../src/catalog/all-relations.ts";
import {
  type CatalogSource,
  type StoredRow,
  sourceOfStore,
} from "../../src/catalog/check/source.ts";
import type { Relation } from "../../src/catalog/relation.ts";
import type { PageStore } from "../../src/pages/page-store.ts";

type Values = Readonly<Record<string, unknown>>;

function relationOf(name: string): Relation {
  const relation = loggedRelations.find((each) => each.name === name);
  if (!relation) throw new Error(`no relation is called ${name}`);
  return relation;
}
const columnsOf = (name: string): readonly string[] => relationOf(name).columnNames;

interface WithStore {
  readonly storage: { readonly store: PageStore };
}

export class Breaker {
  readonly #cluster: () => WithStore;
  /** Read once for all breakages. */
  readonly #sound = new Map<string, readonly StoredRow[]>();

  constructor(cluster: () => WithStore) {
    this.#cluster = cluster;
  }

  catalog(): Broken {
    const source = sourceOfStore(this.#cluster().storage.store);
    return new Broken(source.nextOid, (relation) => {
      let rows = this.#sound.get(relation.name);
      if (!rows) {
        rows = [...source.rows(relation)];
        this.#sound.set(relation.name, rows);
      }
      return rows;
    });
  }
}

/** The rows of all databases; what is changed is changed in this source alone. */
export class Broken implements CatalogSource {
  readonly nextOid: Oid;
  readonly #sound: (relation: Relation) => readonly StoredRow[];
  readonly #rows = new Map<string, StoredRow[]>();

  constructor(nextOid: Oid, sound: (relation: Relation) => readonly StoredRow[]) {
    this.nextOid = nextOid;
    this.#sound = sound;
  }

  rows(relation: Relation): StoredRow[] {
    let rows = this.#rows.get(relation.name);
    if (!rows) {
      rows = [...this.#sound(relation)];
      this.#rows.set(relation.name, rows);
    }
    return rows;
  }

  #find(name: string, where: Values): [StoredRow[], number[]] {
    const rows = this.rows(relationOf(name));
    const columns = columnsOf(name);
    const found = [...rows.keys()].filter((at) =>
      Object.entries(where).every(
        ([column, value]) => rows[at]?.row[columns.indexOf(column)] === value,
      ),
    );
    expect(found, `${name} ${JSON.stringify(where)}`).not.to.have.lengthOf(0);
    return [rows, found];
  }

  set(name: string, where: Values, values: Values): this {
    const columns = columnsOf(name);
    const [rows, found] = this.#find(name, where);
    for (const at of found) {
      const { db, row } = rows[at] as StoredRow;
      const next = [...row];
      for (const [column, value] of Object.entries(values)) {
        next[columns.indexOf(column)] = value as never;
      }
      rows[at] = { db, row: next };
    }
    return this;
  }

  remove(name: string, where: Values): this {
    const [rows, found] = this.#find(name, where);
    for (const at of found.reverse()) rows.splice(at, 1);
    return this;
  }

  copy(name: string, where: Values, values: Values, db?: Oid): this {
    const columns = columnsOf(name);
    const [rows, [at]] = this.#find(name, where);
    const found = rows[at as number] as StoredRow;
    const row = columns.map((column, i) => (column in values ? values[column] : found.row[i]));
    rows.push({ db: db ?? found.db, row: row as never });
    return this;
  }
}
