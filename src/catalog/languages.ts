/**
 * LANGUAGES OF ROUTINES by what runs them: there is one handler that languages can have, that of
 * PL/pgSQL. https://www.postgresql.org/docs/15/catalog-pg-language.html
 */
import type { Oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import { pgLanguage } from "./relations/pg-language.ts";

/** `sql`, `plpgsql`, `internal` or `c`; undefined = there is no such language. */
export function languageOf(catalog: CatalogReader, language: Oid): string | undefined {
  const row = catalog.find(pgLanguage, "key", [language]);
  return row?.lanispl ? "plpgsql" : row?.lanname;
}
