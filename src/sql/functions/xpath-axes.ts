/** AXES OF XPATH 1.0: the nodes that a step reaches, nearest first. */
import { namespaceNode, XML_NAMESPACE, type XmlDeclared, type XmlNode } from "../types/xml-tree.ts";
import type { XPathContext } from "./xpath-values.ts";

type Axis = (node: XmlNode, document: readonly XmlNode[]) => readonly XmlNode[];

/** Attributes and namespaces have no siblings and nothing in them. */
const isAside = (node: XmlNode): boolean => node.place > 0;

function ancestors(node: XmlNode): readonly XmlNode[] {
  const found: XmlNode[] = [];
  for (let at = node.parent; at; at = at.parent) found.push(at);
  return found;
}

const descendants: Axis = (node, document) =>
  isAside(node) ? [] : document.slice(node.order + 1, node.last + 1);

function siblings(node: XmlNode): readonly [before: readonly XmlNode[], after: readonly XmlNode[]] {
  if (isAside(node)) return [[], []];
  const all = node.parent?.children ?? [];
  const at = all.indexOf(node);
  return [all.slice(0, Math.max(at, 0)).reverse(), all.slice(at + 1)];
}

/** The innermost declaration of a prefix counts. */
function namespaces(element: XmlNode): readonly XmlNode[] {
  if (element.kind !== "element") return [];
  const found = new Map<string | undefined, XmlDeclared>();
  for (const { declared } of [element, ...ancestors(element)]) {
    for (const each of declared) if (!found.has(each.prefix)) found.set(each.prefix, each);
  }
  const given = [...found.values()].filter(({ uri }) => uri !== "").reverse();
  const xml = { prefix: "xml", uri: XML_NAMESPACE };
  return [xml, ...given].map((each, at) => namespaceNode(element, each, at + 1));
}

export const axes: Readonly<Record<string, Axis>> = {
  ancestor: ancestors,
  "ancestor-or-self": (node) => [node, ...ancestors(node)],
  attribute: (node) => node.attributes,
  child: (node) => node.children,
  descendant: descendants,
  "descendant-or-self": (node, document) => [node, ...descendants(node, document)],
  following: (node, document) => {
    const from = node.kind === "attribute" ? node.parent : node;
    return from && !isAside(from) ? document.slice(from.last + 1) : [];
  },
  "following-sibling": (node) => siblings(node)[1],
  namespace: namespaces,
  parent: (node) => (node.parent ? [node.parent] : []),
  preceding: (node, document) => {
    const above = new Set(ancestors(node));
    return document
      .slice(0, node.order)
      .filter((each) => !above.has(each))
      .reverse();
  },
  "preceding-sibling": (node) => siblings(node)[0],
  self: (node) => [node],
};

/** Whose nodes come last first. */
export const isReverse = (axis: string): boolean => /^(ancestor|preceding|parent)/.test(axis);

export type NodeTest = (node: XmlNode) => boolean;

const isText = ({ kind }: XmlNode) => kind === "text" || kind === "cdata";

/** node(), text() and so on. */
export function kindTest(kind: string, target: string | undefined): NodeTest {
  if (kind === "node") return ({ kind: found }) => found !== "entity";
  if (kind === "text") return isText;
  if (kind === "comment") return (node) => node.kind === "comment";
  return (node) => node.kind === "instruction" && (target === undefined || node.name === target);
}

/** A name, `*`, or a prefix with one of them. */
export function nameTest(
  { namespaces: known }: XPathContext,
  axis: string,
  prefix: string | undefined,
  name: string,
  undefinedPrefix: () => Error,
): NodeTest {
  const kind = axis === "attribute" || axis === "namespace" ? axis : "element";
  const uri = prefix === "xml" ? XML_NAMESPACE : prefix && known.get(prefix);
  if (prefix !== undefined && !uri) throw undefinedPrefix();
  return (node) =>
    node.kind === kind &&
    (name === "*" || node.name === name) &&
    ((prefix === undefined && name === "*") || node.uri === uri);
}
