/** What SHOW CREATE asks about: a relation of the kind that it names. */
import { withoutPosition } from "../../base/sql-error.ts";
import { checkNoSystemCatalog, wrongKind } from "../../catalog/ddl/lookup.ts";
import { findRelation, undefinedRelation } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { RelationSubject } from "../parse/statement.ts";
import type { TypeContext } from "../types/codec.ts";

/** Throws 42P01, 3F000, 42809, and 42501 for the system's own, which nothing has created. */
export function checkSubject(
  { name, noun, relkinds }: RelationSubject,
  catalog: CatalogReader,
  { searchPath, user }: TypeContext,
): void {
  const relation = withoutPosition(() => findRelation(catalog, name, searchPath, user.oid));
  if (!relation) throw undefinedRelation(name);
  if (!relkinds.includes(relation.relkind)) throw wrongKind(relation, noun);
  checkNoSystemCatalog(relation);
}
