/** Relations in definitions: by their bare name where the reader's path finds it, or qualified. */

import type { Oid } from "../../base/ids.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgTablespace } from "../../catalog/relations/pg-tablespace.ts";
import { namespaceAlias } from "../../catalog/temporary-names.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import { displayObject, findClass } from "../types/visibility.ts";
import type { FunctionContext } from "./registry.ts";

export function relationName(relation: Oid, context: FunctionContext): string {
  const found = findClass(context, relation);
  return found ? displayObject(found, context, namespaceAlias) : String(relation);
}

export function qualifiedName(relation: Oid, { catalog }: FunctionContext): string {
  const row = catalog.find(pgClass, "key", [relation]);
  return row ? quoteQualified(namespaceAlias(catalog, row.relnamespace), row.relname) : "";
}

/** The tablespace of a relation, quoted; undefined = the database's own. */
export function tablespaceName(id: Oid, { catalog }: FunctionContext): string | undefined {
  const name = id === 0 ? undefined : catalog.find(pgTablespace, "key", [id])?.spcname;
  return name === undefined ? undefined : quoteIdentifier(name);
}
