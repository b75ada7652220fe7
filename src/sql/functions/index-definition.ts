/**
 * INDEXES as the CREATE INDEX that would make them.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG-TABLE
 */

import type { Oid } from "../../base/ids.ts";
import { accessMethod } from "../../catalog/access-methods.ts";
import { findDefaultOpclass } from "../../catalog/opclasses.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAm } from "../../catalog/relations/pg-am.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { namespaceAlias } from "../../catalog/temporary-names.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import type { Scalar } from "../types/scalar.ts";
import { displayObject, findClass, findCollation, findOpclass } from "../types/visibility.ts";
import { asNumber, asOid, define, isTrue } from "./define.ts";
import { formatOptions } from "./options.ts";
import type { DefinitionStyle, Printers } from "./printers.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { tablespaceName } from "./relation-names.ts";

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

const DESCENDING = 1;
const NULLS_FIRST = 2;

/** NULL when there is no such index. */
export function indexDefinition(
  id: Oid,
  { pretty, complete = false }: DefinitionStyle,
  printers: Printers,
  context: FunctionContext,
): string | null {
  const { catalog } = context;
  const index = catalog.find(pgIndex, "key", [id]);
  const relation = catalog.find(pgClass, "key", [id]);
  if (!index || !relation) return null;
  const columns = indexColumns(index, pretty, printers, context).map(
    (column, at) => column.text + decoration(index, at, column, relation.relam, context),
  );
  const unique = index.indisunique ? "UNIQUE " : "";
  const only = relation.relkind === "I" ? "ONLY " : "";
  const method = quoteIdentifier(catalog.find(pgAm, "key", [relation.relam])?.amname ?? "btree");
  let text = `CREATE ${unique}INDEX ${quoteIdentifier(relation.relname)}`;
  text += ` ON ${only}${tableName(index.indrelid, pretty, context)} USING ${method}`;
  text += ` (${columns.slice(0, index.indnkeyatts).join(", ")})`;
  const included = columns.slice(index.indnkeyatts);
  if (included.length > 0) text += ` INCLUDE (${included.join(", ")})`;
  if (index.indnullsnotdistinct) text += " NULLS NOT DISTINCT";
  if (relation.reloptions) text += ` WITH (${formatOptions(relation.reloptions)})`;
  const tablespace = complete ? tablespaceName(relation.reltablespace, context) : undefined;
  if (tablespace !== undefined) text += ` TABLESPACE ${tablespace}`;
  if (index.indpred !== null) {
    text += ` WHERE ${printers.expression(index.indpred, index.indrelid, pretty, context)}`;
  }
  return text;
}

/** The index of an exclusion constraint as the constraint; `operators`: one for each key. */
export function exclusionDefinition(
  id: Oid,
  operators: readonly Oid[],
  { pretty, complete = false }: DefinitionStyle,
  printers: Printers,
  context: FunctionContext,
): string {
  const { catalog } = context;
  const index = catalog.find(pgIndex, "key", [id]);
  const relation = catalog.find(pgClass, "key", [id]);
  if (!index || !relation) return "";
  const columns = indexColumns(index, pretty, printers, context).map((column, at) => {
    const operator = operators[at];
    const text = column.text + decoration(index, at, column, relation.relam, context);
    if (operator === undefined) return text;
    return `${text} WITH ${printers.operator(operator, column.type, context)}`;
  });
  const method = quoteIdentifier(catalog.find(pgAm, "key", [relation.relam])?.amname ?? "btree");
  let text = `EXCLUDE USING ${method} (${columns.slice(0, index.indnkeyatts).join(", ")})`;
  const included = columns.slice(index.indnkeyatts);
  if (included.length > 0) text += ` INCLUDE (${included.join(", ")})`;
  if (relation.reloptions) text += ` WITH (${formatOptions(relation.reloptions)})`;
  const tablespace = complete ? tablespaceName(relation.reltablespace, context) : undefined;
  if (tablespace !== undefined) text += ` USING INDEX TABLESPACE ${tablespace}`;
  if (index.indpred === null) return text;
  const predicate = printers.expression(index.indpred, index.indrelid, pretty, context);
  return `${text} WHERE (${predicate})`;
}

function tableName(table: Oid, pretty: boolean, context: FunctionContext): string {
  const found = findClass(context, table);
  if (!found) return String(table);
  if (pretty) return displayObject(found, context, namespaceAlias);
  return quoteQualified(namespaceAlias(context.catalog, found.namespace), found.name);
}

/** A column or expression by itself. */
interface PrintedColumn {
  readonly text: string;
  readonly type: Oid;
  readonly collation: Oid;
}

function indexColumns(
  index: IndexTuple,
  pretty: boolean,
  printers: Printers,
  context: FunctionContext,
): PrintedColumn[] {
  const { indexprs, indrelid } = index;
  const expressions = indexprs
    ? [...printers.indexExpressions(indexprs, indrelid, pretty, context)]
    : [];
  return index.indkey.map((attnum) => {
    if (attnum === 0) {
      const { text, isCall, type, collation } = expressions.shift() ?? missing;
      return { text: isCall ? text : `(${text})`, type, collation };
    }
    const column = context.catalog.find(pgAttribute, "key", [indrelid, attnum]);
    return {
      text: quoteIdentifier(column?.attname ?? ""),
      type: column?.atttypid ?? NONE,
      collation: column?.attcollation ?? NONE,
    };
  });
}
const NONE = 0 as Oid;
const missing = { text: "", isCall: true, type: NONE, collation: NONE };

/** What follows a column of the key: collation, operator class, direction. */
function decoration(
  index: IndexTuple,
  at: number,
  column: PrintedColumn,
  method: Oid,
  context: FunctionContext,
): string {
  if (at >= index.indnkeyatts) return "";
  return (
    collationText(index.indcollation[at] ?? NONE, column.collation, context) +
    classText(index, at, column.type, context) +
    direction(index.indoption[at] ?? 0, method, context)
  );
}

function collationText(collation: Oid, natural: Oid, context: FunctionContext): string {
  if (collation === NONE || collation === natural) return "";
  const found = findCollation(context, collation);
  return found ? ` COLLATE ${displayObject(found, context)}` : "";
}

/** The operator class unless it is the type's default and has no parameters. */
function classText(index: IndexTuple, at: number, type: Oid, context: FunctionContext): string {
  const { catalog } = context;
  const id = index.indclass[at] ?? NONE;
  const opclass = catalog.find(pgOpclass, "key", [id]);
  const options = catalog.find(pgAttribute, "key", [index.indexrelid, at + 1])?.attoptions;
  if (!opclass) return "";
  if (!options && findDefaultOpclass(catalog, type, opclass.opcmethod)?.oid === id) return "";
  const found = findOpclass(context, id);
  const name = found ? displayObject(found, context) : quoteIdentifier(opclass.opcname);
  return options ? ` ${name} (${formatOptions(options)})` : ` ${name}`;
}

function direction(option: number, method: Oid, { catalog }: FunctionContext): string {
  if (!accessMethod(catalog, method)?.canOrder) return "";
  if (option & DESCENDING) return option & NULLS_FIRST ? " DESC" : " DESC NULLS LAST";
  return option & NULLS_FIRST ? " NULLS FIRST" : "";
}

/** One column of an index without its options; empty when there is no such column. */
function indexColumn(
  id: Oid,
  number: number,
  pretty: boolean,
  printers: Printers,
  context: FunctionContext,
): Scalar {
  const index = context.catalog.find(pgIndex, "key", [id]);
  if (!index) return null;
  return indexColumns(index, pretty, printers, context)[number - 1]?.text ?? "";
}

export const indexDefinitionFunctions = (printers: Printers): readonly FunctionDefinition[] => [
  define("pg_get_indexdef(oid)", (context, id) =>
    indexDefinition(asOid(id), { pretty: false }, printers, context),
  ),
  define("pg_get_indexdef(oid, int4, bool)", (context, id, column, pretty) =>
    asNumber(column) === 0
      ? indexDefinition(asOid(id), { pretty: isTrue(pretty) }, printers, context)
      : indexColumn(asOid(id), asNumber(column), isTrue(pretty), printers, context),
  ),
];
