/**
 * Constraints, indexes and columns as the DDL that would make them.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG-TABLE
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS } from "../../catalog/class-oids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAm } from "../../catalog/relations/pg-am.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgDepend } from "../../catalog/relations/pg-depend.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgPartitionedTable } from "../../catalog/relations/pg-partitioned-table.ts";
import { pgStatisticExt } from "../../catalog/relations/pg-statistic-ext.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { relationNamed } from "../types/reg-types.ts";
import type { Scalar } from "../types/scalar.ts";
import { asNumber, asOid, asText, define, isTrue } from "./define.ts";
import { formatIndexColumns, formatOptions } from "./index-columns.ts";
import type { Printers } from "./printers.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { qualifiedName, relationName } from "./relation-names.ts";
import { signatureFunctions } from "./signatures.ts";
import { triggerDefinition } from "./trigger-definition.ts";

type ConstraintTuple = Tuple<(typeof pgConstraint)["columns"]>;

const columnName = (catalog: CatalogReader, relation: Oid, attnum: number): string =>
  quoteIdentifier(catalog.find(pgAttribute, "key", [relation, attnum])?.attname ?? "");

const columnList = (catalog: CatalogReader, relation: Oid, columns: readonly number[] | null) =>
  (columns ?? []).map((attnum) => columnName(catalog, relation, attnum)).join(", ");

const actions: Readonly<Record<string, string>> = {
  r: "RESTRICT",
  c: "CASCADE",
  n: "SET NULL",
  d: "SET DEFAULT",
};

function foreignKey(row: ConstraintTuple, context: FunctionContext): string {
  const { catalog } = context;
  let text = `FOREIGN KEY (${columnList(catalog, row.conrelid, row.conkey)})`;
  text += ` REFERENCES ${relationName(row.confrelid, context)}`;
  text += `(${columnList(catalog, row.confrelid, row.confkey)})`;
  if (row.confmatchtype === "f") text += " MATCH FULL";
  if (actions[row.confupdtype]) text += ` ON UPDATE ${actions[row.confupdtype]}`;
  if (actions[row.confdeltype]) text += ` ON DELETE ${actions[row.confdeltype]}`;
  if (row.confdelsetcols) text += ` (${columnList(catalog, row.conrelid, row.confdelsetcols)})`;
  return text;
}

function keyConstraint(row: ConstraintTuple, { catalog }: FunctionContext): string {
  const index = catalog.find(pgIndex, "key", [row.conindid]);
  const included = index ? index.indkey.slice(index.indnkeyatts) : [];
  const distinct = index?.indnullsnotdistinct ? "NULLS NOT DISTINCT " : "";
  let text = row.contype === "p" ? "PRIMARY KEY " : `UNIQUE ${distinct}`;
  text += `(${columnList(catalog, row.conrelid, row.conkey)})`;
  if (included.length > 0) text += ` INCLUDE (${columnList(catalog, row.conrelid, included)})`;
  return text;
}

/** A check of a table prints its expression in parentheses of its own. */
function check(
  row: ConstraintTuple,
  pretty: boolean,
  printers: Printers,
  context: FunctionContext,
) {
  const expression = printers.expression(row.conbin ?? "", row.conrelid, pretty, context);
  return `CHECK (${expression})${row.connoinherit ? " NO INHERIT" : ""}`;
}

function constraintDefinition(
  id: Oid,
  pretty: boolean,
  printers: Printers,
  context: FunctionContext,
): Scalar {
  const row = context.catalog.find(pgConstraint, "key", [id]);
  if (!row) return null;
  let text: string;
  if (row.contype === "f") text = foreignKey(row, context);
  else if (row.contype === "p" || row.contype === "u") text = keyConstraint(row, context);
  else if (row.contype === "c") text = check(row, pretty, printers, context);
  else if (row.contype === "t") text = "TRIGGER";
  else throw notSupported("an exclusion constraint");
  if (row.condeferrable) text += " DEFERRABLE";
  if (row.condeferred) text += " INITIALLY DEFERRED";
  return row.convalidated ? text : `${text} NOT VALID`;
}

function indexDefinition(
  id: Oid,
  pretty: boolean,
  printers: Printers,
  context: FunctionContext,
): Scalar {
  const { catalog } = context;
  const index = catalog.find(pgIndex, "key", [id]);
  const relation = catalog.find(pgClass, "key", [id]);
  if (!index || !relation) return null;
  const columns = formatIndexColumns(index, context);
  const only = relation.relkind === "I" ? "ONLY " : "";
  const table = pretty
    ? relationName(index.indrelid, context)
    : qualifiedName(index.indrelid, context);
  let text = `CREATE ${index.indisunique ? "UNIQUE " : ""}INDEX ${quoteIdentifier(relation.relname)}`;
  text += ` ON ${only}${table} USING ${methodName(relation.relam, catalog)}`;
  text += ` (${columns.slice(0, index.indnkeyatts).join(", ")})`;
  const included = columns.slice(index.indnkeyatts);
  if (included.length > 0) text += ` INCLUDE (${included.join(", ")})`;
  if (index.indnullsnotdistinct) text += " NULLS NOT DISTINCT";
  if (relation.reloptions) text += ` WITH (${formatOptions(relation.reloptions)})`;
  if (index.indpred !== null) {
    text += ` WHERE ${printers.expression(index.indpred, index.indrelid, pretty, context)}`;
  }
  return text;
}

const methodName = (method: Oid, catalog: CatalogReader): string =>
  quoteIdentifier(catalog.find(pgAm, "key", [method])?.amname ?? "btree");

/** One column of an index without its options; NULL when there is no such column. */
function indexColumn(id: Oid, number: number, context: FunctionContext): Scalar {
  const index = context.catalog.find(pgIndex, "key", [id]);
  if (!index) return null;
  return formatIndexColumns(index, context, true)[number - 1] ?? "";
}

/** Every table has them, and no row of pg_attribute says so here. */
const SYSTEM_COLUMNS = new Set(["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"]);

/** The sequence that a serial or identity column owns, for nextval. */
function serialSequence(table: string, column: string, context: FunctionContext): Scalar {
  const { catalog } = context;
  const relation = relationNamed(table, context);
  const attribute = catalog.find(pgAttribute, "relid_attnam", [relation.oid, column]);
  if (!attribute) {
    if (SYSTEM_COLUMNS.has(column)) return null;
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

/**
 * Kinds of objects that nobody can make here: NULL for an oid that none has, as PostgreSQL answers.
 */
function unlessPresent(
  name: string,
  what: string,
  present: (catalog: CatalogReader, id: Oid) => unknown,
): FunctionDefinition {
  return define(name, ({ catalog }, id) => {
    if (present(catalog, asOid(id))) throw notSupported(what);
    return null;
  });
}

const statistics = (catalog: CatalogReader, id: Oid) => catalog.find(pgStatisticExt, "key", [id]);
const partitioned = (catalog: CatalogReader, id: Oid) =>
  catalog.find(pgPartitionedTable, "key", [id]);
const partition = (catalog: CatalogReader, id: Oid) =>
  catalog.find(pgClass, "key", [id])?.relispartition;

const absentObjects: readonly FunctionDefinition[] = [
  unlessPresent("pg_get_partkeydef(oid)", "pg_get_partkeydef", partitioned),
  unlessPresent("pg_get_partition_constraintdef(oid)", "a partition's constraint", partition),
  unlessPresent("pg_get_statisticsobjdef(oid)", "extended statistics", statistics),
  unlessPresent("pg_get_statisticsobjdef_columns(oid)", "extended statistics", statistics),
  unlessPresent("pg_get_statisticsobjdef_expressions(oid)", "extended statistics", statistics),
];

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
  ...absentObjects,
  define("pg_get_constraintdef(oid)", (context, id) =>
    constraintDefinition(asOid(id), false, printers, context),
  ),
  define("pg_get_constraintdef(oid, bool)", (context, id, pretty) =>
    constraintDefinition(asOid(id), isTrue(pretty), printers, context),
  ),
  define("pg_get_indexdef(oid)", (context, id) =>
    indexDefinition(asOid(id), false, printers, context),
  ),
  define("pg_get_indexdef(oid, int4, bool)", (context, id, column, pretty) =>
    asNumber(column) === 0
      ? indexDefinition(asOid(id), isTrue(pretty), printers, context)
      : indexColumn(asOid(id), asNumber(column), context),
  ),
  define("pg_get_triggerdef(oid)", (context, id) => triggerDefinition(asOid(id), false, context)),
  define("pg_get_triggerdef(oid, bool)", (context, id, pretty) =>
    triggerDefinition(asOid(id), isTrue(pretty), context),
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
