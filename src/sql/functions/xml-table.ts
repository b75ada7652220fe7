/**
 * ROWS OF XMLTABLE: what paths find in a document, as values of the columns' types.
 * https://www.postgresql.org/docs/15/functions-xml.html#FUNCTIONS-XML-PROCESSING-XMLTABLE
 */
import { oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseText } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { escapeContent } from "../types/xml-dump.ts";
import type { XmlDocument, XmlNode } from "../types/xml-tree.ts";
import { asText } from "./define.ts";
import type { CallTypes, FunctionContext, OutputColumn, SetCall } from "./registry.ts";
import { compilePath, evaluate, type Namespaces, nodeXml, openDocument } from "./xml-queries.ts";
import { nodeText, numberText, type XPathExpression, type XPathValue } from "./xpath-values.ts";

/** Stands for XMLTABLE, which is no function of pg_proc. */
export const XML_TABLE = oid(1);

export interface XmlTableShape {
  /** Prefixes; empty for the default. */
  readonly namespaces: readonly string[];
  readonly columns: readonly {
    readonly hasPath: boolean;
    /** NULL is refused, and there is no default. */
    readonly mustBe: boolean;
    readonly counts: boolean;
  }[];
}

interface Column extends OutputColumn {
  readonly path: XPathExpression | undefined;
  readonly mustBe: boolean;
  readonly isNumeric: boolean;
}

export const xmlTableRows = ({ columns: described = [] }: CallTypes): SetCall =>
  function* (context, given = null, data = null, rowPath = null, ...more) {
    if (data === null) return;
    const shape = JSON.parse(asText(given)) as XmlTableShape;
    const document = openDocument(asText(data), context);
    const namespaces = namespacesOf(shape.namespaces, more);
    if (rowPath === null) throw missing("row filter expression must not be null");
    const rows = pathOf(asText(rowPath), "row");
    const columns = columnsOf(context, shape, described, more.slice(shape.namespaces.length));
    const found = evaluate(rows, document.root, document, namespaces);
    if (typeof found !== "object") return;
    let count = 0n;
    for (const node of found) {
      count++;
      yield columns.map(({ path, ...column }) => {
        if (!path) return count;
        const value = evaluate(path, node, document, namespaces);
        return columnValue(context, column, value, document);
      });
    }
  };

function namespacesOf(names: readonly string[], uris: readonly Scalar[]): Namespaces {
  const found = new Map<string, string>();
  for (const [at, name] of names.entries()) {
    const uri = uris[at] ?? null;
    if (uri === null) throw missing("namespace URI must not be null");
    if (name === "") throw notSupported("DEFAULT namespace");
    found.set(name, String(uri));
  }
  return found;
}

const missing = (message: string, detail?: string): SqlError =>
  new SqlError("22004", message, detail === undefined ? {} : { detail });

function pathOf(text: string, what: "row" | "column"): XPathExpression {
  if (text === "") throw new SqlError("22000", `${what} path filter must not be empty string`);
  return compilePath(text);
}

function columnsOf(
  { catalog }: FunctionContext,
  shape: XmlTableShape,
  described: readonly OutputColumn[],
  paths: readonly Scalar[],
): readonly Column[] {
  const given = paths.values();
  return described.map((column, at) => {
    const { hasPath = false, mustBe = false, counts = false } = shape.columns[at] ?? {};
    const category = catalog.find(pgType, "key", [column.type])?.typcategory;
    const made = { ...column, mustBe, isNumeric: category === "N" };
    if (counts) return { ...made, path: undefined };
    const path = hasPath ? (given.next().value ?? null) : column.name;
    if (path === null) {
      const detail = `Filter for column "${column.name}" is null.`;
      throw missing("column filter expression must not be null", detail);
    }
    return { ...made, path: pathOf(String(path), "column") };
  });
}

function columnValue(
  context: FunctionContext,
  column: Omit<Column, "path">,
  value: XPathValue,
  document: XmlDocument,
): Scalar {
  const { type, typmod } = column;
  const text =
    typeof value === "object"
      ? nodesText(value, type === T.xml, document)
      : plainText(value, type === T.xml, column.isNumeric);
  if (text !== null) return parseText(type, text, typmod, context);
  if (column.mustBe) throw missing(`null is not allowed in column "${column.name}"`);
  return null;
}

function nodesText(
  nodes: readonly XmlNode[],
  asXml: boolean,
  document: XmlDocument,
): string | null {
  const [first] = nodes;
  if (!first) return null;
  if (asXml) return nodes.map((node) => nodeXml(node, document)).join("");
  if (nodes.length > 1) {
    throw new SqlError("21000", "more than one value returned by column XPath expression");
  }
  return nodeText(first);
}

function plainText(value: string | number | boolean, asXml: boolean, isNumeric: boolean): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return isNumeric ? String(Number(value)) : String(value);
  return asXml ? escapeContent(value) : value;
}
