/** The columns of an index as CREATE INDEX writes them. */
import type { Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAm } from "../../catalog/relations/pg-am.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import { displayObject, findCollation, isVisible, namespaceName } from "../types/visibility.ts";
import type { FunctionContext } from "./registry.ts";

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

const DESCENDING = 1;
const NULLS_FIRST = 2;

/** reloptions `a=b` as WITH lists them. */
export function formatOptions(options: readonly string[]): string {
  return options
    .map((option) => {
      const split = option.indexOf("=");
      const name = split < 0 ? option : option.slice(0, split);
      const value = split < 0 ? "" : option.slice(split + 1);
      return `${quoteIdentifier(name)}='${value.replaceAll("'", "''")}'`;
    })
    .join(", ");
}

/**
 * Key columns, then included ones. `bare` leaves out collations, operator classes and directions.
 */
export function formatIndexColumns(
  index: IndexTuple,
  context: FunctionContext,
  bare = false,
): string[] {
  const { catalog } = context;
  return index.indkey.map((attnum, at) => {
    const column = catalog.find(pgAttribute, "key", [index.indrelid, attnum]);
    if (!column) throw notSupported("an index on an expression");
    const text = quoteIdentifier(column.attname);
    if (bare || at >= index.indnkeyatts) return text;
    const natural = column.attcollation;
    const options = [
      collationText(index.indcollation[at], natural, context),
      classText(index, at, context),
      direction(index, at, context),
    ];
    return text + options.join("");
  });
}

function collationText(
  collation: Oid | undefined,
  natural: number,
  context: FunctionContext,
): string {
  if (!collation || collation === natural) return "";
  const found = findCollation(context, collation);
  return found ? ` COLLATE ${displayObject(found, context)}` : "";
}

/** The operator class unless it is the default of the column's type. */
function classText(index: IndexTuple, at: number, context: FunctionContext): string {
  const { catalog } = context;
  const opclass = catalog.find(pgOpclass, "key", [index.indclass[at] ?? 0]);
  if (!opclass) return "";
  // A default class serves every type that it is reached for, binary-coercible ones included.
  if (opclass.opcdefault) return "";
  const visible = isVisible(
    {
      name: opclass.opcname,
      namespace: opclass.opcnamespace,
      existsIn: (namespace) =>
        !!catalog.find(pgOpclass, "am_name_nsp", [opclass.opcmethod, opclass.opcname, namespace]),
    },
    context,
  );
  const schema = visible ? undefined : namespaceName(catalog, opclass.opcnamespace);
  return ` ${quoteQualified(schema, opclass.opcname)}`;
}

function direction(index: IndexTuple, at: number, { catalog }: FunctionContext): string {
  const method = catalog.find(pgClass, "key", [index.indexrelid])?.relam ?? 0;
  if (catalog.find(pgAm, "key", [method])?.amname !== "btree") return "";
  const options = index.indoption[at] ?? 0;
  if (options & DESCENDING) return options & NULLS_FIRST ? " DESC" : " DESC NULLS LAST";
  return options & NULLS_FIRST ? " NULLS FIRST" : "";
}
