/** The columns that a relation has now, in their order. */
import type { Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import type { OutputColumn } from "./registry.ts";

export const relationColumns = (relation: Oid, catalog: CatalogReader): readonly OutputColumn[] =>
  catalog
    .list(pgAttribute, "key", [relation])
    .filter(({ attnum, attisdropped }) => attnum > 0 && !attisdropped)
    .toSorted((a, b) => a.attnum - b.attnum)
    .map(({ attname: name, atttypid: type, atttypmod: typmod }) => ({ name, type, typmod }));
