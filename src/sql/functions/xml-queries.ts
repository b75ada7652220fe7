/**
 * QUESTIONS TO AN XML DOCUMENT: xpath, xpath_exists, XMLEXISTS.
 * https://www.postgresql.org/docs/15/functions-xml.html#FUNCTIONS-XML-PROCESSING
 */
import { SqlError } from "../../base/sql-error.ts";
import { decodeArray, EMPTY_ARRAY, encodeArray, listToArray } from "../types/array-value.ts";
import { formatFloat8 } from "../types/floats.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseDocument } from "../types/xml.ts";
import { dumpXml, escapeContent } from "../types/xml-dump.ts";
import type { XmlDocument, XmlNode } from "../types/xml-tree.ts";
import { asText, define, remember, truth } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { compileXPath } from "./xpath.ts";
import {
  type XPathContext,
  type XPathExpression,
  XPathFault,
  type XPathValue,
} from "./xpath-values.ts";

export type Namespaces = ReadonlyMap<string, string>;
const NO_NAMESPACES: Namespaces = new Map();

const compiled = remember(100, compileXPath);

function failing<Result>(message: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const tooDeep = error instanceof RangeError ? "Recursion limit exceeded" : undefined;
    const detail = error instanceof XPathFault ? error.message : tooDeep;
    if (detail === undefined) throw error;
    throw new SqlError("XX000", message, { detail });
  }
}

export const compilePath = (text: string): XPathExpression =>
  failing("invalid XPath expression", () => compiled(text));

export function openDocument(text: string, context: FunctionContext): XmlDocument {
  const { document, warnings } = parseDocument(text);
  for (const each of warnings) context.effects?.warning("01000", each);
  return document;
}

export function evaluate(
  path: XPathExpression,
  node: XmlNode,
  { nodes: document }: XmlDocument,
  namespaces: Namespaces,
): XPathValue {
  const context: XPathContext = { node, document, namespaces };
  return failing("could not create XPath object", () => path(context));
}

function namespacesOf(array: string): Namespaces {
  const { dimensions, elements } = decodeArray(array, "text");
  if (dimensions.length === 0) return NO_NAMESPACES;
  if (dimensions.length !== 2 || dimensions[1] !== 2) {
    const detail = "The array must be two-dimensional with length of the second axis equal to 2.";
    throw new SqlError("22000", "invalid array for XML namespace mapping", { detail });
  }
  const found = new Map<string, string>();
  for (let at = 0; at < elements.length; at += 2) {
    const [name, uri] = [elements[at] ?? null, elements[at + 1] ?? null];
    if (name === null || uri === null) {
      throw new SqlError("22004", "neither namespace name nor URI may be null");
    }
    if (name === "") {
      const message = `could not register XML namespace with name "" and URI "${uri}"`;
      throw new SqlError("XX000", message);
    }
    found.set(String(name), String(uri));
  }
  return found;
}

function asked(
  context: FunctionContext,
  path: Scalar,
  data: Scalar,
  namespaces: string,
): { readonly document: XmlDocument; readonly value: XPathValue } {
  const known = namespacesOf(namespaces);
  if (path === "") throw new SqlError("22000", "empty XPath expression");
  const document = openDocument(asText(data), context);
  const value = evaluate(compilePath(asText(path)), document.root, document, known);
  return { document, value };
}

export function nodeXml(node: XmlNode, document: XmlDocument): string {
  if (node.kind === "namespace") throw new SqlError("53200", "could not copy node");
  return dumpXml(node, document);
}

function xpath(context: FunctionContext, path: Scalar, data: Scalar, namespaces: string): string {
  const { document, value } = asked(context, path, data, namespaces);
  if (typeof value === "object") {
    return encodeArray(listToArray(value.map((node) => nodeXml(node, document))));
  }
  const text = typeof value === "number" ? formatFloat8(value, context) : escapeContent(`${value}`);
  return encodeArray(listToArray([text]));
}

/** Values that are no nodes exist. */
function exists(context: FunctionContext, path: Scalar, data: Scalar, namespaces: string): bigint {
  const { value } = asked(context, path, data, namespaces);
  return truth(typeof value !== "object" || value.length > 0);
}

const NONE = encodeArray(EMPTY_ARRAY);

/** The planner calls a function in SQL whose arguments are constants, and tells. */
function calledAs<Result>(name: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw error instanceof SqlError ? error.within(`SQL function "${name}" statement 1`) : error;
  }
}

export const xmlQueryFunctions: readonly FunctionDefinition[] = [
  define("xpath(text, xml, _text)", (context, path = null, data = null, namespaces = null) =>
    xpath(context, path, data, asText(namespaces)),
  ),
  define("xpath(text, xml)", (context, path = null, data = null) =>
    calledAs("xpath", () => xpath(context, path, data, NONE)),
  ),
  define("xpath_exists(text, xml, _text)", (context, path = null, data = null, spaces = null) =>
    exists(context, path, data, asText(spaces)),
  ),
  define("xpath_exists(text, xml)", (context, path = null, data = null) =>
    calledAs("xpath_exists", () => exists(context, path, data, NONE)),
  ),
  define("xmlexists(text, xml)", (context, path = null, data = null) =>
    exists(context, path, data, NONE),
  ),
];
