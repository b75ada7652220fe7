/** TABLES THAT GET SOMETHING: their rows may have been staged by the same statement. */
import type { Oid } from "../../base/ids.ts";
import type { ClassTuple } from "../names.ts";

/** What an index or a constraint takes from its table. */
export interface TableFacts {
  readonly oid: Oid;
  readonly name: string;
  readonly namespace: Oid;
  readonly owner: Oid;
  /** relpersistence */
  readonly persistence: string;
}

export const factsOf = (relation: ClassTuple): TableFacts => ({
  oid: relation.oid,
  name: relation.relname,
  namespace: relation.relnamespace,
  owner: relation.relowner,
  persistence: relation.relpersistence,
});
