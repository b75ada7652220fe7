/**
 * TEMPORARY SCHEMAS: pg_temp_N holds what session N has made for itself, N being its process id,
 * and pg_toast_temp_N the TOAST tables of that. They are made when they are first needed and go
 * when the session ends. pg_temp means the session's own.
 * https://www.postgresql.org/docs/15/runtime-config-client.html#GUC-SEARCH-PATH
 */
import type { Oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";

export const TEMPORARY_ALIAS = "pg_temp";

export const temporaryName = (session: number): string => `pg_temp_${session}`;
export const temporaryToastName = (session: number): string => `pg_toast_temp_${session}`;

type NamespaceTuple = Tuple<(typeof pgNamespace)["columns"]>;

const findNamed = (catalog: CatalogReader, nameOf: (session: number) => string) =>
  catalog.session === undefined
    ? undefined
    : catalog.find(pgNamespace, "nspname", [nameOf(catalog.session)]);

/** Of the session that looks; undefined: it has none yet. */
export const findOwnTemporary = (catalog: CatalogReader): NamespaceTuple | undefined =>
  findNamed(catalog, temporaryName);
export const findOwnTemporaryToast = (catalog: CatalogReader): NamespaceTuple | undefined =>
  findNamed(catalog, temporaryToastName);

/** As statements name it: the session's own goes by its alias. undefined = there is none. */
export function namespaceAlias(catalog: CatalogReader, namespace: Oid): string | undefined {
  const name = catalog.find(pgNamespace, "key", [namespace])?.nspname;
  const { session } = catalog;
  return session !== undefined && name === temporaryName(session) ? TEMPORARY_ALIAS : name;
}

/** The path on which functions are looked for: never what is temporary. */
export function pathOfFunctions(catalog: CatalogReader, path: readonly Oid[]): readonly Oid[] {
  const temporary = findOwnTemporary(catalog)?.oid;
  return temporary === undefined ? path : path.filter((namespace) => namespace !== temporary);
}

export const isTemporaryName = (name: string): boolean => /^pg_(toast_)?temp_/.test(name);

/** Whether the schema holds what is temporary, and whose that is. */
export function temporaryOwner(catalog: CatalogReader, namespace: Oid): "nobody" | "own" | "other" {
  const name = catalog.find(pgNamespace, "key", [namespace])?.nspname;
  if (name === undefined || !isTemporaryName(name)) return "nobody";
  const { session } = catalog;
  const isOwn =
    session !== undefined && [temporaryName(session), temporaryToastName(session)].includes(name);
  return isOwn ? "own" : "other";
}
