/** NODES OF XML as text, as libxml writes a copy of them. */
import { namespaceOf, type XmlDeclared, type XmlDocument, type XmlNode } from "./xml-tree.ts";

const CONTENT: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};
const WRITTEN: Readonly<Record<string, string>> = { ...CONTENT, "\r": "&#13;" };
const ATTRIBUTE: Readonly<Record<string, string>> = {
  ...WRITTEN,
  '"': "&quot;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** What stands in an element for a text of SQL. */
export const escapeContent = (text: string): string =>
  text.replace(/[&<>\r]/g, (found) => CONTENT[found] ?? "&#x0d;");
export const escapeAttribute = (text: string): string =>
  text.replace(/[&<>"\r\n\t]/g, (found) => ATTRIBUTE[found] ?? found);
/** In attributes, libxml writes characters beyond ASCII by their numbers. */
const escapeNumbered = (text: string): string =>
  escapeAttribute(text).replace(
    /[^\0-\x7f]/gu,
    (char) => `&#x${char.codePointAt(0)?.toString(16).toUpperCase()};`,
  );
const escapeWritten = (text: string): string =>
  text.replace(/[&<>\r]/g, (found) => WRITTEN[found] ?? found);

const qualified = ({ prefix, name }: XmlNode): string =>
  prefix === undefined ? name : `${prefix}:${name}`;

/** Namespaces that the element uses, and that are declared around it. */
function borrowed(top: XmlNode): readonly XmlDeclared[] {
  const found: XmlDeclared[] = [];
  const isKnown = (from: XmlNode, prefix: string | undefined): boolean => {
    for (
      let node: XmlNode | undefined = from;
      node;
      node = node === top ? undefined : node.parent
    ) {
      if (node.declared.some((each) => each.prefix === prefix)) return true;
    }
    return found.some((each) => each.prefix === prefix);
  };
  const see = (node: XmlNode): void => {
    for (const { prefix, uri } of [node, ...node.attributes]) {
      if (uri === undefined || prefix === "xml" || isKnown(node, prefix)) continue;
      found.push({ prefix, uri: namespaceOf(node, prefix) ?? uri });
    }
    for (const child of node.children) if (child.kind === "element") see(child);
  };
  see(top);
  return found;
}

function written(node: XmlNode, more: readonly XmlDeclared[] = []): string {
  switch (node.kind) {
    case "text":
      return escapeWritten(node.text);
    case "cdata":
      return `<![CDATA[${node.text}]]>`;
    case "comment":
      return `<!--${node.text}-->`;
    case "instruction":
      return node.text === "" ? `<?${node.name}?>` : `<?${node.name} ${node.text}?>`;
    case "entity":
      return `&${node.name};`;
    default:
      return element(node, more);
  }
}

function element(node: XmlNode, more: readonly XmlDeclared[]): string {
  const name = qualified(node);
  let start = `<${name}`;
  for (const { prefix, uri } of [...node.declared, ...more]) {
    start += ` xmlns${prefix === undefined ? "" : `:${prefix}`}="${escapeAttribute(uri)}"`;
  }
  for (const each of node.attributes) start += ` ${qualified(each)}="${escapeNumbered(each.text)}"`;
  if (node.children.length === 0) return `${start}/>`;
  return `${start}>${node.children.map((child) => written(child)).join("")}</${name}>`;
}

/** An attribute and a text are their values, escaped. */
export function dumpXml(node: XmlNode, { documentType }: XmlDocument): string {
  if (node.kind === "attribute" || node.kind === "text") return escapeContent(node.text);
  if (node.kind === "document") {
    const lines = node.children.map((child) => written(child));
    return [...(documentType === undefined ? [] : [documentType]), ...lines, ""].join("\n");
  }
  return written(node, node.kind === "element" ? borrowed(node) : []);
}
