/**
 * Constraints, indexes and columns as the DDL that would make them.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG-TABLE
 */

import { SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS } from "../../catalog/class-oids.ts";
import { findAttribute } from "../../catalog/names.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgDepend } from "../../catalog/relations/pg-depend.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { isSystemColumn } from "../../catalog/system-columns.ts";
import { relationNamed } from "../types/reg-types.ts";
import type { Scalar } from "../types/scalar.ts";
import { constraintDefinition } from "./constraint-definition.ts";
import { asNumber, asOid, asText, define, isTrue } from "./define.ts";
import { indexDefinitionFunctions } from "./index-definition.ts";
import type { Printers } from "./printers.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { qualifiedName } from "./relation-names.ts";
import { signatureFunctions } from "./signatures.ts";
import { statisticsObjectFunctions } from "./statistics-objects.ts";
import { triggerDefinition } from "./trigger-definition.ts";

/** The sequence that a serial or identity column owns, for nextval. */
function serialSequence(table: string, column: string, context: FunctionContext): Scalar {
  const { catalog } = context;
  const relation = relationNamed(table, context);
  const attribute = findAttribute(catalog, relation.oid, column);
  if (!attribute) {
    if (isSystemColumn(column)) return null;
    throw new SqlError(
      "42703",
      `column "${column}" of relation "${relation.relname}" does not exist`,
    );
  }
  const owned = catalog
    .list(pgDepend, "reference", [RELATION_CLASS, relation.oid, attribute.attnum])
    .find((row) => {
      const owns = row.deptype === "a" || row.deptype === "i";
      const isRelation = row.classid === RELATION_CLASS && row.objsubid === 0;
      return owns && isRelation && catalog.find(pgClass, "key", [row.objid])?.relkind === "S";
    });
  return owned ? qualifiedName(owned.objid, context) : null;
}

const expressionFunctions = (printers: Printers): readonly FunctionDefinition[] => {
  const show = (context: FunctionContext, tree: Scalar, relation: Scalar, pretty: boolean) => {
    const id = asOid(relation);
    // A relation dropped meanwhile is no error.
    if (id !== 0 && !context.catalog.find(pgClass, "key", [id])) return null;
    return printers.expression(asText(tree), id, pretty, context);
  };
  return [
    define("pg_get_expr(pg_node_tree, oid)", (context, tree, relation) =>
      show(context, tree as Scalar, relation as Scalar, false),
    ),
    define("pg_get_expr(pg_node_tree, oid, bool)", (context, tree, relation, pretty) =>
      show(context, tree as Scalar, relation as Scalar, isTrue(pretty)),
    ),
  ];
};

export const definitionFunctions = (printers: Printers): readonly FunctionDefinition[] => [
  ...signatureFunctions(printers),
  ...expressionFunctions(printers),
  ...statisticsObjectFunctions(printers),
  ...indexDefinitionFunctions(printers),
  define(
    "pg_get_partkeydef(oid)",
    (context, id) => printers.partitionBy(asOid(id), context) ?? null,
  ),
  define(
    "pg_get_partition_constraintdef(oid)",
    (context, id) => printers.partitionConstraint(asOid(id), context) ?? null,
  ),
  define("pg_get_constraintdef(oid)", (context, id) =>
    constraintDefinition(asOid(id), { pretty: false }, printers, context),
  ),
  define("pg_get_constraintdef(oid, bool)", (context, id, pretty) =>
    constraintDefinition(asOid(id), { pretty: isTrue(pretty) }, printers, context),
  ),
  define("pg_get_triggerdef(oid)", (context, id) =>
    triggerDefinition(asOid(id), false, printers, context),
  ),
  define("pg_get_triggerdef(oid, bool)", (context, id, pretty) =>
    triggerDefinition(asOid(id), isTrue(pretty), printers, context),
  ),
  define("pg_get_serial_sequence(text, text)", (context, table, column) =>
    serialSequence(asText(table), asText(column), context),
  ),
  define("pg_get_replica_identity_index(regclass)", ({ catalog }, id) => {
    const relation = catalog.find(pgClass, "key", [asOid(id)]);
    const indexes = catalog.list(pgIndex, "indrelid", [asOid(id)]);
    const named = indexes.find((row) => row.indisreplident);
    const primary = indexes.find((row) => row.indisprimary);
    const chosen =
      relation?.relreplident === "i" ? named : relation?.relreplident === "d" ? primary : undefined;
    return chosen ? BigInt(chosen.indexrelid) : null;
  }),
  define("pg_describe_object(oid, oid, int4)", (context, classOid, id, subId) =>
    asOid(classOid) === 0 && asOid(id) === 0
      ? null
      : (printers.describeObject(asOid(classOid), asOid(id), asNumber(subId), context) ?? null),
  ),
];
