/** NAMESPACES of a document while it is scanned: https://www.w3.org/TR/xml-names/ */
import type { XmlName, XmlReader } from "./xml-reader.ts";
import {
  declaredPrefix,
  namespaceOf,
  XML_NAMESPACE,
  type XmlAttribute,
  type XmlNode,
} from "./xml-tree.ts";

const XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/";
const URI =
  /^([A-Za-z][A-Za-z\d+.-]*:)?(?:[\w\-.~!$&'()*+,;=:@/?#]|%[\da-fA-F]{2}|\/\/\[[^\]]*\])*$/;

/** Says what is wrong with a declaration that was just read. */
export function checkDeclaration(reader: XmlReader, attribute: XmlAttribute): void {
  const prefix = declaredPrefix(attribute);
  if (prefix === null) return;
  const { value } = attribute;
  if (prefix === "xml") {
    if (value !== XML_NAMESPACE) reader.fail("xml namespace prefix mapped to wrong URI");
    return;
  }
  if (value === XML_NAMESPACE) {
    const what =
      prefix === undefined ? "cannot be the default namespace" : "mapped to wrong prefix";
    return reader.fail(`xml namespace URI ${what}`);
  }
  if (prefix === "xmlns") return reader.fail("redefinition of the xmlns prefix is forbidden");
  if (value === XMLNS_NAMESPACE)
    return reader.fail("reuse of the xmlns namespace name is forbidden");
  const shown = prefix === undefined ? "xmlns" : `xmlns:${prefix}`;
  if (value === "") {
    if (prefix !== undefined) reader.fail(`${shown}: Empty XML namespace is not allowed`);
    return;
  }
  const uri = URI.exec(value);
  if (!uri) return reader.fail(`${shown}: '${value}' is not a valid URI`);
  if (uri[1] === undefined && prefix === undefined) {
    reader.warn(`${shown}: URI ${value} is not absolute`);
  }
}

/** Prefixes of a tag and its attributes, when all of them are read; attributes are told apart. */
export function checkPrefixes(
  reader: XmlReader,
  tag: XmlName,
  attributes: readonly XmlAttribute[],
  outer: XmlNode,
): void {
  const own = attributes.flatMap((each) => {
    const prefix = declaredPrefix(each);
    return prefix === null || (prefix !== undefined && each.value === "")
      ? []
      : [{ prefix, uri: each.value }];
  });
  const seen = new Set<string>();
  for (const { prefix, name } of attributes) {
    if (prefix === undefined || prefix === "xmlns") continue;
    const uri = namespaceOf(outer, prefix, own);
    if (uri === undefined) {
      reader.fail(`Namespace prefix ${prefix} for ${name} on ${tag.name} is not defined`);
      continue;
    }
    const key = `${name} ${uri}`;
    if (seen.has(key)) reader.fail(`Namespaced Attribute ${name} in '${uri}' redefined`);
    seen.add(key);
  }
  const { prefix, name } = tag;
  if (prefix !== undefined && namespaceOf(outer, prefix, own) === undefined) {
    reader.fail(`Namespace prefix ${prefix} on ${name} is not defined`);
  }
}
