/** Relations in definitions: by their bare name where the reader's path finds it, or qualified. */
import type { Oid } from "../../base/ids.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { quoteQualified } from "../types/keywords.ts";
import { displayObject, findClass, namespaceName } from "../types/visibility.ts";
import type { FunctionContext } from "./registry.ts";

export function relationName(relation: Oid, context: FunctionContext): string {
  const found = findClass(context, relation);
  return found ? displayObject(found, context) : String(relation);
}

export function qualifiedName(relation: Oid, { catalog }: FunctionContext): string {
  const row = catalog.find(pgClass, "key", [relation]);
  return row ? quoteQualified(namespaceName(catalog, row.relnamespace), row.relname) : "";
}
