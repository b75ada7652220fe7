/**
 * What index access methods, indexes and their columns can do.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-INDEX-COLUMN-PROPS
 */
import type { Oid } from "../../base/ids.ts";
import { type AccessMethod, accessMethod } from "../../catalog/access-methods.ts";
import type { OpclassTuple } from "../../catalog/opclasses.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgAmproc } from "../../catalog/relations/pg-amproc.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import type { Scalar } from "../types/scalar.ts";
import { lowerAscii } from "../types/texts.ts";
import { asNumber, asOid, asText, define, truth } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

const DESCENDING = 1;
const NULLS_FIRST = 2;

function methodProperty(method: AccessMethod | undefined, property: string): Scalar {
  if (!method) return null;
  switch (property) {
    case "can_order":
      return truth(method.canOrder);
    case "can_unique":
      return truth(method.canUnique);
    case "can_multi_col":
      return truth(method.canMultiColumn);
    case "can_exclude":
      return truth(method.canExclude);
    case "can_include":
      return truth(method.canInclude);
    default:
      return null;
  }
}

function indexProperty(method: AccessMethod | undefined, property: string): Scalar {
  if (!method) return null;
  switch (property) {
    case "clusterable":
      return truth(method.canCluster);
    case "index_scan":
      return truth(method.canScan);
    case "bitmap_scan":
      return 1n;
    case "backward_scan":
      return truth(method.canScanBackward);
    default:
      return null;
  }
}

function columnProperty(
  index: IndexTuple,
  method: AccessMethod,
  column: number,
  property: string,
  catalog: CatalogReader,
): Scalar {
  if (column < 1 || column > index.indnatts) return null;
  const isKey = column <= index.indnkeyatts;
  const option = index.indoption[column - 1] ?? 0;
  const flag = (mask: number, wanted: boolean): Scalar =>
    isKey ? truth(method.canOrder && Boolean(option & mask) === wanted) : null;
  const opclass = catalog.find(pgOpclass, "key", [index.indclass[column - 1] ?? 0]);
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
      return truth(isKey && method.canOrder);
    case "distance_orderable":
      return distanceOrderable(method, opclass, catalog);
    case "returnable":
      return returnable(method, opclass, catalog);
    case "search_array":
      return isKey ? truth(method.canSearchArray) : null;
    case "search_nulls":
      return isKey ? truth(method.canSearchNulls) : null;
    default:
      return null;
  }
}

/** Support functions of GiST. */
const [COMPRESS, DISTANCE, FETCH] = [3, 8, 9];

function has(catalog: CatalogReader, opclass: OpclassTuple, support: number): boolean {
  const { opcfamily, opcintype } = opclass;
  const key = [opcfamily, opcintype, opcintype, support];
  return catalog.find(pgAmproc, "fam_proc", key) !== undefined;
}

/** `opclass` undefined = an included column. */
function distanceOrderable(
  { base }: AccessMethod,
  opclass: OpclassTuple | undefined,
  catalog: CatalogReader,
): Scalar {
  if (base !== "gist" && base !== "spgist") return 0n;
  if (!opclass) return null;
  if (base === "gist") return truth(has(catalog, opclass, DISTANCE));
  const operators = catalog.list(pgAmop, "fam_strat", [opclass.opcfamily]);
  const type = opclass.opcintype;
  return truth(
    operators.some(
      ({ amoppurpose, amoplefttype, amoprighttype }) =>
        amoppurpose === "o" && (amoplefttype === type || amoprighttype === type),
    ),
  );
}

/** Operator classes of SP-GiST that keep less than the value. */
const LOSSY = new Set(["poly_ops"]);

function returnable(
  { base }: AccessMethod,
  opclass: OpclassTuple | undefined,
  catalog: CatalogReader,
): Scalar {
  switch (base) {
    case "btree":
      return 1n;
    case "gist":
      if (!opclass) return null;
      return truth(has(catalog, opclass, FETCH) || !has(catalog, opclass, COMPRESS));
    case "spgist":
      return truth(!opclass || !LOSSY.has(opclass.opcname));
    default:
      return 0n;
  }
}

const methodOf = (relation: Oid, { catalog }: FunctionContext): AccessMethod | undefined => {
  const method = catalog.find(pgClass, "key", [relation])?.relam;
  return method === undefined ? undefined : accessMethod(catalog, method);
};

export const indexPropertyFunctions: readonly FunctionDefinition[] = [
  define("pg_indexam_has_property(oid, text)", (context, method, property) =>
    methodProperty(accessMethod(context.catalog, asOid(method)), lowerAscii(asText(property))),
  ),
  define("pg_index_has_property(regclass, text)", (context, relation, property) =>
    context.catalog.find(pgIndex, "key", [asOid(relation)])
      ? indexProperty(methodOf(asOid(relation), context), lowerAscii(asText(property)))
      : null,
  ),
  define(
    "pg_index_column_has_property(regclass, int4, text)",
    (context, relation, column, property) => {
      const index = context.catalog.find(pgIndex, "key", [asOid(relation)]);
      const method = methodOf(asOid(relation), context);
      if (!index || !method) return null;
      const name = lowerAscii(asText(property));
      return columnProperty(index, method, asNumber(column), name, context.catalog);
    },
  ),
];
