/**
 * LANGUAGES OF ROUTINES by what runs them: there is one handler that languages can have, that of
 * PL/pgSQL. https://www.postgresql.org/docs/15/catalog-pg-language.html
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { kinds } from "./acl.ts";
import { isSuperuser } from "./memberships.ts";
import { may, type Securable } from "./privileges.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { pgLanguage } from "./relations/pg-language.ts";

export type LanguageTuple = Tuple<(typeof pgLanguage)["columns"]>;

export const securableLanguage = ({ lanowner, lanacl }: LanguageTuple): Securable => ({
  kind: kinds.language,
  owner: lanowner,
  acl: lanacl,
});

/** Code of it may be written: by superusers, in a trusted one by whoever has USAGE. */
export function checkMayWriteIn(catalog: CatalogReader, role: Oid, language: LanguageTuple): void {
  const mayWrite = language.lanpltrusted
    ? may(catalog, role, securableLanguage(language), "U")
    : isSuperuser(catalog, role);
  if (!mayWrite) throw new SqlError("42501", `permission denied for language ${language.lanname}`);
}

/** `sql`, `plpgsql`, `internal` or `c`; undefined = there is no such language. */
export function languageOf(catalog: CatalogReader, language: Oid): string | undefined {
  const row = catalog.find(pgLanguage, "key", [language]);
  return row?.lanispl ? "plpgsql" : row?.lanname;
}
