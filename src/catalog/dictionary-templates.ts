/** What the functions of text search templates are. */
import { INVALID_OID, type Oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgTsTemplate } from "./relations/pg-ts-template.ts";

export type SearchTemplate = "simple" | "snowball" | "synonym" | "thesaurus";

/** By init and lexize. */
const IMPLEMENTED: Readonly<Record<string, SearchTemplate>> = {
  "dsimple_init dsimple_lexize": "simple",
  "dsnowball_init dsnowball_lexize": "snowball",
  "dsynonym_init dsynonym_lexize": "synonym",
  "thesaurus_init thesaurus_lexize": "thesaurus",
};

/** `implements` is undefined where no dictionary here is made of its functions. */
export function templateOf(catalog: CatalogReader, template: Oid) {
  const row = catalog.find(pgTsTemplate, "key", [template]);
  const [init, lexize] = [row?.tmplinit, row?.tmpllexize].map(
    (each) => each && catalog.find(pgProc, "key", [each])?.proname,
  );
  return {
    name: row?.tmplname ?? "",
    takesOptions: row?.tmplinit !== INVALID_OID,
    implements: IMPLEMENTED[`${init} ${lexize}`],
  };
}
