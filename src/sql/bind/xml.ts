/**
 * XMLELEMENT, XMLFOREST, XMLCONCAT, XMLPARSE, XMLPI, XMLROOT, XMLSERIALIZE, IS DOCUMENT.
 * https://www.postgresql.org/docs/15/functions-xml.html
 */
import type { Node, ResTarget, XmlExpr, XmlSerialize } from "@pgsql/types";
import { INVALID_OID, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { xmlName } from "../types/xml-names.ts";
import { coerceToBoolean, coerceToSpecific, coerceToTarget } from "./coerce.ts";
import { columnNameOf } from "./column-name.ts";
import { DEFAULT_COLLATION } from "./names.ts";
import { required } from "./node.ts";
import type { Scope } from "./scope.ts";
import type { Expression, XmlExpression } from "./tree.ts";
import { bindTypeName } from "./type-name.ts";
import { BOOL, INT4, TEXT } from "./type-oids.ts";
import { typeText } from "./type-text.ts";

const XML = oid(142);

const operations = {
  IS_XMLCONCAT: "concat",
  IS_XMLELEMENT: "element",
  IS_XMLFOREST: "forest",
  IS_XMLPARSE: "parse",
  IS_XMLPI: "pi",
  IS_XMLROOT: "root",
  IS_DOCUMENT: "document",
} as const;

/** What each argument becomes, by place; the last one stands for all that follow. */
const argumentTypes: Readonly<Record<string, readonly ("xml" | "text" | "boolean" | "integer")[]>> =
  {
    concat: ["xml"],
    forest: ["xml"],
    parse: ["text", "boolean"],
    pi: ["text"],
    root: ["xml", "text", "integer"],
    document: ["xml"],
  };
const oids = { xml: XML, text: TEXT, integer: INT4 } as const;

export function bindXml(scope: Scope, node: XmlExpr): Expression {
  const operation = operations[(node.op ?? "IS_XMLCONCAT") as keyof typeof operations];
  const named = bindNamed(scope, node, operation);
  const construct = operation === "document" ? "IS DOCUMENT" : `XML${operation.toUpperCase()}`;
  const types = argumentTypes[operation];
  const args = (node.args ?? []).map((arg, at) => {
    const bound = scope.bindInner(arg);
    const wanted = types?.[Math.min(at, types.length - 1)];
    if (wanted === undefined) return bound;
    if (wanted === "boolean") return coerceToBoolean(scope, bound, construct);
    return coerceToSpecific(scope, bound, oids[wanted], wanted, construct);
  });
  return {
    kind: "xml",
    operation,
    ...(node.name === undefined ? {} : { name: xmlName(node.name) }),
    named,
    args,
    document: node.xmloption === "XMLOPTION_DOCUMENT",
    type: operation === "document" ? BOOL : XML,
    typmod: -1,
    collation: INVALID_OID,
    position: scope.at(node.location),
  };
}

/** Attributes of an element, members of a forest. */
function bindNamed(
  scope: Scope,
  node: XmlExpr,
  operation: XmlExpression["operation"],
): XmlExpression["named"] {
  const isElement = operation === "element";
  const named: { name: string; value: Expression }[] = [];
  for (const target of node.named_args ?? []) {
    if (!("ResTarget" in target)) continue;
    const { name: given, val, location } = target.ResTarget;
    const value = scope.bindInner(required(val, "a named XML value"));
    const name = nameOf(scope, target.ResTarget, isElement);
    if (isElement && named.some((other) => other.name === name)) {
      const message = `XML attribute name "${name}" appears more than once`;
      throw new SqlError("42601", message).at(scope.at(location));
    }
    named.push({ name: given === undefined ? name : xmlName(given), value });
  }
  return named;
}

function nameOf(scope: Scope, { name, val, location }: ResTarget, isElement: boolean): string {
  if (name !== undefined) return xmlName(name);
  if (val && "ColumnRef" in val) return xmlName(columnNameOf(val as Node), true);
  const what = isElement ? "attribute" : "element";
  const message = `unnamed XML ${what} value must be a column reference`;
  throw new SqlError("42601", message).at(scope.at(location));
}

export function bindXmlSerialize(scope: Scope, node: XmlSerialize): Expression {
  const position = scope.at(node.location);
  if (node.indent) throw notSupported("INDENT in XMLSERIALIZE", position);
  const bound = scope.bindInner(required(node.expr, "what is serialized"));
  const arg = coerceToSpecific(scope, bound, XML, "xml", "XMLSERIALIZE");
  const target = bindTypeName(scope, required(node.typeName, "the type of XMLSERIALIZE"));
  const made: Expression = {
    kind: "xml",
    operation: "serialize",
    named: [],
    args: [arg],
    document: node.xmloption === "XMLOPTION_DOCUMENT",
    target,
    type: TEXT,
    typmod: -1,
    collation: DEFAULT_COLLATION,
    position,
  };
  const { type, typmod } = target;
  const coerced = coerceToTarget(scope, made, type, typmod, "implicit", "implicit");
  if (coerced) return coerced;
  const message = `cannot cast XMLSERIALIZE result to ${typeText(scope.names, type)}`;
  throw new SqlError("42846", message).at(position);
}
