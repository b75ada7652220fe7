/** XMLELEMENT, XMLFOREST and their kin: calls of execute/xml-constructs.ts. */
import { unreachable } from "../../base/assert.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { Expression, Typed, XmlExpression } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";

/** SQLite's functions take no more. */
const ARGUMENTS_MAX = 100;

/** Of a function whose results may be its arguments. */
function nested(name: string, texts: readonly string[]): string {
  if (texts.length <= ARGUMENTS_MAX) return `${name}(${texts.join(", ")})`;
  const size = Math.ceil(texts.length / ARGUMENTS_MAX);
  const parts: string[] = [];
  for (let at = 0; at < texts.length; at += size) {
    parts.push(nested(name, texts.slice(at, at + size)));
  }
  return nested(name, parts);
}

export function emitXml(emitter: Emitter, scope: Scope, node: XmlExpression & Typed): string {
  const { operation, named, args } = node;
  const texts = () => args.map((arg) => emitter.expression(scope, arg));
  const mapped = (arg: Expression, isContent: boolean) => {
    const text = emitter.expression(scope, arg);
    const content = isContent ? 1 : 0;
    return `${emitter.internal("xml_value")}(${arg.type}, ${arg.typmod}, ${content}, ${text})`;
  };
  const joined = (each: readonly string[]) => nested(emitter.internal("xml_joined"), each);
  const namedBy = (name: string, isContent: boolean) =>
    named.map((one) => {
      const call = emitter.internal(name);
      return `${call}(${emitter.constant(one.name)}, ${mapped(one.value, isContent)})`;
    });
  const asDocument = node.document ? 1 : 0;
  switch (operation) {
    case "concat":
      return nested(emitter.internal("xml_concat"), texts());
    case "forest":
      return joined(namedBy("xml_member", true));
    case "element": {
      const attributes = joined(namedBy("xml_attribute", false));
      const content = joined(args.map((arg) => mapped(arg, true)));
      const name = emitter.constant(node.name ?? "");
      return `${emitter.internal("xml_element")}(${name}, ${attributes}, ${content})`;
    }
    case "pi": {
      const call = emitter.internal(args.length === 0 ? "xml_pi" : "xml_pi_with");
      return `${call}(${[emitter.constant(node.name ?? ""), ...texts()].join(", ")})`;
    }
    case "parse":
      return `${emitter.internal("xml_parse")}(${asDocument}, ${texts()[0]})`;
    case "serialize":
      return `${emitter.internal("xml_serialize")}(${asDocument}, ${texts()[0]})`;
    case "root":
      return `${emitter.internal("xml_root")}(${texts().join(", ")})`;
    case "table":
      throw notSupported("XMLTABLE in this place", node.position);
    case "document":
      return `${emitter.internal("xml_is_document")}(${texts()[0]})`;
    default:
      return unreachable(operation);
  }
}
