/**
 * PARTITIONS AS SQL: PARTITION BY, FOR VALUES, and what rows of a partition meet.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG-TABLE
 */

import type { Oid } from "../../base/ids.ts";
import { findDefaultOpclass } from "../../catalog/opclasses.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgCollation } from "../../catalog/relations/pg-collation.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import type { BoundDatum, PartitionBound } from "../bind/partition-bound.ts";
import { looksLikeCall, printExpression, printValue } from "../print/print.ts";
import { type Partitioning, type PartitionKey, readPartitionKey } from "../rows/partitioning.ts";
import type { TypeContext } from "../types/codec.ts";
import { displayObject, findCollation, findOpclass } from "../types/visibility.ts";
import { all, partitionConditions } from "./partition-conditions.ts";

export function printDatum(builtin: BuiltinCatalog, datum: BoundDatum, types: TypeContext): string {
  if (datum === "minvalue") return "MINVALUE";
  return datum === "maxvalue" ? "MAXVALUE" : printValue(datum, { builtin, types });
}

export function printBound(
  builtin: BuiltinCatalog,
  bound: PartitionBound,
  types: TypeContext,
): string {
  const list = (data: readonly BoundDatum[]) =>
    data.map((datum) => printDatum(builtin, datum, types)).join(", ");
  switch (bound.strategy) {
    case "default":
      return "DEFAULT";
    case "list":
      return `FOR VALUES IN (${list(bound.values)})`;
    case "range":
      return `FOR VALUES FROM (${list(bound.lower)}) TO (${list(bound.upper)})`;
    case "hash":
      return `FOR VALUES WITH (modulus ${bound.modulus}, remainder ${bound.remainder})`;
  }
}

/** Each column and expression of the key. */
export function printPartitionKey(
  builtin: BuiltinCatalog,
  relation: Oid,
  pretty: boolean,
  types: TypeContext,
): string[] {
  const { keys } = readPartitionKey(types.catalog, relation) ?? { keys: [] };
  return keys.map(({ attribute, expression }) => {
    if (attribute > 0) {
      const row = types.catalog.find(pgAttribute, "key", [relation, attribute]);
      return quoteIdentifier(row?.attname ?? "");
    }
    const text = printExpression(expression, { builtin, types, pretty, relation });
    return looksLikeCall(expression) ? text : `(${text})`;
  });
}

const METHODS = { list: 403, range: 403, hash: 405 } as const;

/** As pg_get_partkeydef. */
export function printPartitionBy(
  builtin: BuiltinCatalog,
  relation: Oid,
  types: TypeContext & Parameters<typeof findCollation>[0],
): string | undefined {
  const partitioning = readPartitionKey(types.catalog, relation);
  if (!partitioning) return undefined;
  const texts = printPartitionKey(builtin, relation, false, types);
  const { strategy, keys } = partitioning;
  const parts = keys.map((key, at) => texts[at] + decoration(key, strategy, types));
  return `${strategy.toUpperCase()} (${parts.join(", ")})`;
}

function decoration(
  { expression, opclass, collation }: PartitionKey,
  strategy: Partitioning["strategy"],
  types: TypeContext & Parameters<typeof findCollation>[0],
): string {
  const { catalog } = types;
  let text = "";
  if (
    collation !== 0 &&
    collation !== expression.collation &&
    catalog.find(pgCollation, "key", [collation])
  ) {
    const found = findCollation(types, collation);
    if (found) text += ` COLLATE ${displayObject(found, types)}`;
  }
  const byDefault = findDefaultOpclass(catalog, expression.type, METHODS[strategy] as Oid);
  if (byDefault?.oid !== opclass) {
    const found = findOpclass(types, opclass);
    if (found) text += ` ${displayObject(found, types)}`;
  }
  return text;
}

/** As pg_get_partition_constraintdef; undefined: every row may be there, or it is no partition. */
export function printPartitionConstraint(
  builtin: BuiltinCatalog,
  relation: Oid,
  types: TypeContext,
): string | undefined {
  const conditions = partitionConditions(types, relation);
  if (conditions.length === 0) return undefined;
  return printExpression(all("and", conditions), { builtin, types, pretty: false, relation });
}
