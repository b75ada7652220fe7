/**
 * Reading the catalog by key, as one snapshot or one transaction sees it. DDL, name resolution,
 * binding, printing and registered functions all read through this and nothing else.
 */
import type { Oid } from "../base/ids.ts";
import type { Value } from "../base/value.ts";
import type { Columns, Relation, Tuple } from "./relation.ts";

export interface CatalogReader {
  /** The database whose rows are seen, beside the built-in and the shared ones. */
  readonly database: Oid;
  /** Process id of the session that looks: it finds its own temporary relations. */
  readonly session?: number | undefined;
  /** Whether the transaction itself has added this label to an enum: it is not to be used yet. */
  isNewLabel?(label: Oid): boolean;
  /** What is committed in another database. */
  of?(database: Oid): CatalogReader;
  /** The visible row with these values in the named index ("key" or one of `unique`). */
  find<C extends Columns>(
    relation: Relation<C>,
    index: string,
    values: readonly Value[],
  ): Tuple<C> | undefined;
  /** All visible rows whose first index columns have these values, in no particular order. */
  list<C extends Columns>(
    relation: Relation<C>,
    index: string,
    prefix: readonly Value[],
  ): readonly Tuple<C>[];
  /** All visible rows of the relation. */
  all<C extends Columns>(relation: Relation<C>): Iterable<Tuple<C>>;
}
