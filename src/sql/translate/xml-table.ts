/**
 * XMLTABLE as a table-valued function over texts: what its columns are, the document, the rows'
 * path, URIs of namespaces, paths of columns. Defaults are computed where a column is read.
 */
import type { Expression, XmlColumn, XmlExpression } from "../bind/tree.ts";
import { XML_TABLE, type XmlTableShape } from "../functions/xml-table.ts";
import { mayHoldDomains } from "../types/held-domains.ts";
import { T } from "../types/type-oids.ts";
import { type Emitter, typeSuffix } from "./emitter.ts";
import type { Scope } from "./scope.ts";
import { argumentText } from "./set-calls.ts";

export function emitXmlTable(emitter: Emitter, scope: Scope, node: XmlExpression): string {
  const { args, named, columns = [] } = node;
  const [rows, document] = args;
  const paths = columns.flatMap(({ path }) => args[path ?? -1] ?? []);
  const values = [document, rows, ...named.map(({ value }) => value), ...paths];
  const shape: XmlTableShape = {
    namespaces: named.map(({ name }) => name),
    columns: columns.map(({ path, notNull, otherwise, counts }) => ({
      hasPath: path !== undefined,
      mustBe: notNull === true && otherwise === undefined,
      counts: counts === true,
    })),
  };
  const texts = values.map((value) => argumentText(emitter, scope, value as Expression, false));
  if (columns.some(({ type }) => mayHoldDomains(type, emitter.context.catalog))) {
    emitter.notesQueries();
  }
  emitter.catalogFunctions = true;
  const defined = columns.map(({ name, type, typmod }) => ({ name, type, typmod }));
  const given = [T.text, ...values.map(() => T.text)];
  const types = { args: given, result: T.record, variadic: false, columns: defined };
  const call = {
    ...{ function: XML_TABLE, types, args: given.map(() => "text" as const) },
    ...{ columns: columns.length, opened: false, lost: [], isRoutine: false },
  };
  const name = `xmltable_${given.length}_${typeSuffix(types)}`;
  emitter.use({ name, kind: "rows", calls: [call] });
  return `${name}(${[emitter.constant(JSON.stringify(shape)), ...texts].join(", ")})`;
}

/** A row that an outer join has not found has no defaults. */
export function xmlTableColumns(
  emitter: Emitter,
  scope: Scope,
  { args, columns = [] }: XmlExpression,
  alias: string,
): (attribute: number) => string {
  return (attribute) => {
    const own = `${alias}.c${attribute}`;
    const column: XmlColumn | undefined = columns[attribute - 1];
    const otherwise = args[column?.otherwise ?? -1];
    if (!column || !otherwise) return own;
    const value = `ifnull(${own}, ${emitter.expression(scope, otherwise)})`;
    const checked = column.notNull
      ? `${emitter.internal("xml_present")}(${emitter.constant(column.name)}, ${value})`
      : value;
    return `iif(${alias}.ord IS NULL, NULL, ${checked})`;
  };
}
