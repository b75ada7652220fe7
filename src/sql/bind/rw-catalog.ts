/**
 * THE SCHEMA rw_catalog: the catalog under the names that RisingWave has for it, and what each
 * commit did. Its views are queries over pg_catalog. They have no rows in PostgreSQL's catalogs, so
 * that tools see those as PostgreSQL has them: rw_catalog.rw_system_tables lists them.
 */
import { type Oid, oid } from "../../base/ids.ts";
import { beneathViews } from "../../catalog/all-relations.ts";
import { T } from "../types/type-oids.ts";
import type { ColumnFacts, RelationFacts } from "./facts.ts";
import { rwViews } from "./rw-views.ts";

export const RW_CATALOG = oid(15000);
const FIRST_VIEW = 15001;

export interface RwRelation {
  readonly facts: RelationFacts;
  readonly columns: readonly ColumnFacts[];
  /** Undefined for what is stored. */
  readonly query?: string;
}

const COLLATABLE = new Set<Oid>([T.text, T.textArray, T.varchar, T.varcharArray]);
const DEFAULT = oid(100);

const columnOf = (name: string, type: Oid, at: number): ColumnFacts => ({
  number: at + 1,
  name,
  type,
  typmod: -1,
  collation: COLLATABLE.has(type) ? DEFAULT : oid(0),
  dropped: false,
});

const factsOf = (id: number, name: string, relkind: string): RelationFacts => ({
  oid: oid(id),
  name,
  namespace: RW_CATALOG,
  relkind,
  rowType: T.record,
});

/** What the views alone may read. */
export const RW_STORED: ReadonlySet<string> = new Set(beneathViews.map(({ name }) => name));

const stored = beneathViews.map(
  (relation): RwRelation => ({
    facts: factsOf(relation.oid, relation.name, "r"),
    columns: relation.columnNames.map((name, at) =>
      columnOf(name, oid(relation.columns[name]?.type ?? 0), at),
    ),
  }),
);

const systemTables = (): string =>
  rwViews.map(({ name }, at) => `(${FIRST_VIEW + at}, '${name}')`).join(", ");

export const rwRelations: readonly RwRelation[] = [
  ...stored,
  ...rwViews.map(({ name, columns, query }, at) => ({
    facts: factsOf(FIRST_VIEW + at, name, "v"),
    columns: Object.entries(columns).map(([column, type], i) => columnOf(column, type, i)),
    query: query.replace("$own", systemTables()),
  })),
];
