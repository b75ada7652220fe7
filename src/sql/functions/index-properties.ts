/**
 * What index access methods, indexes and their columns can do.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-INDEX-COLUMN-PROPS
 */
import type { Oid } from "../../base/ids.ts";
import { pgAm } from "../../catalog/relations/pg-am.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import type { Scalar } from "../types/scalar.ts";
import { asNumber, asOid, asText, define, truth } from "./define.ts";
import { lowerAscii } from "./patterns.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

const DESCENDING = 1;
const NULLS_FIRST = 2;

/** Per method: can_order, can_unique, can_multi_col, can_exclude, can_include. */
const methods: Readonly<Record<string, string>> = {
  brin: "00100",
  btree: "11111",
  gin: "00100",
  gist: "00111",
  hash: "00010",
  spgist: "00011",
};
const methodProperties = ["can_order", "can_unique", "can_multi_col", "can_exclude", "can_include"];

const methodOf = (relation: Oid, { catalog }: FunctionContext): string | undefined => {
  const method = catalog.find(pgClass, "key", [relation])?.relam;
  return method && catalog.find(pgAm, "key", [method])?.amname;
};

function methodProperty(method: string | undefined, property: string): Scalar {
  const at = methodProperties.indexOf(property);
  const known = method === undefined ? undefined : methods[method];
  return at < 0 || known === undefined ? null : truth(known[at] === "1");
}

function indexProperty(method: string | undefined, property: string): Scalar {
  if (method === undefined || methods[method] === undefined) return null;
  switch (property) {
    case "clusterable":
      return truth(method === "btree" || method === "gist");
    case "index_scan":
      return truth(method !== "gin" && method !== "brin");
    case "bitmap_scan":
      return 1n;
    case "backward_scan":
      return truth(method === "btree" || method === "hash");
    default:
      return null;
  }
}

/** Only of btree, the one method that indexes are made with here, more than the order is known. */
function columnProperty(
  relation: Oid,
  column: number,
  property: string,
  context: FunctionContext,
): Scalar {
  const index = context.catalog.find(pgIndex, "key", [relation]);
  if (!index || column < 1 || column > index.indnatts) return null;
  const isKey = column <= index.indnkeyatts;
  const ordered = isKey && methodOf(relation, context) === "btree";
  const option = index.indoption[column - 1] ?? 0;
  const flag = (mask: number, wanted: boolean): Scalar =>
    isKey ? truth(ordered && Boolean(option & mask) === wanted) : null;
  switch (property) {
    case "asc":
      return flag(DESCENDING, false);
    case "desc":
      return flag(DESCENDING, true);
    case "nulls_first":
      return flag(NULLS_FIRST, true);
    case "nulls_last":
      return flag(NULLS_FIRST, false);
    case "orderable":
      return truth(ordered);
    case "distance_orderable":
      return isKey ? 0n : null;
    case "returnable":
      return truth(methodOf(relation, context) === "btree");
    case "search_array":
    case "search_nulls":
      return isKey ? truth(ordered) : null;
    default:
      return null;
  }
}

export const indexPropertyFunctions: readonly FunctionDefinition[] = [
  define("pg_indexam_has_property(oid, text)", ({ catalog }, method, property) =>
    methodProperty(
      catalog.find(pgAm, "key", [asOid(method)])?.amname,
      lowerAscii(asText(property)),
    ),
  ),
  define("pg_index_has_property(regclass, text)", (context, relation, property) =>
    context.catalog.find(pgIndex, "key", [asOid(relation)])
      ? indexProperty(methodOf(asOid(relation), context), lowerAscii(asText(property)))
      : null,
  ),
  define(
    "pg_index_column_has_property(regclass, int4, text)",
    (context, relation, column, property) =>
      columnProperty(asOid(relation), asNumber(column), lowerAscii(asText(property)), context),
  ),
];
