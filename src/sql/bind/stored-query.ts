/** What a stored query says, for those who check the catalog. */
import type { StoredQueryFacts } from "../../catalog/check/views.ts";
import type { ObjectLookup } from "../../catalog/dependencies.ts";
import { decodeQuery } from "./codec.ts";
import { collectObjects, collectReferences } from "./references.ts";

/** Throws DataCorrupted when the text is not what encodeTree wrote. */
export function readStoredQuery(text: string, lookup: ObjectLookup): StoredQueryFacts {
  const query = decodeQuery(text);
  return {
    columns: query.targets.flatMap(({ junk, expression: { type, typmod, collation } }) =>
      junk ? [] : { type, typmod, collation },
    ),
    objects: collectObjects(query, lookup),
    references: collectReferences(query, lookup),
  };
}
