/** THE TREE OF AN XML DOCUMENT, as its scanner makes it and XPath sees it. */
import type { XmlName } from "./xml-reader.ts";

export const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";

export interface XmlDeclared {
  /** undefined: the default namespace. */
  readonly prefix: string | undefined;
  readonly uri: string;
}

export interface XmlNode {
  readonly kind:
    | "document"
    | "element"
    | "attribute"
    | "namespace"
    | "text"
    | "cdata"
    | "comment"
    | "instruction"
    | "entity";
  readonly parent: XmlNode | undefined;
  /** Its number in the document; attributes and namespaces have their element's, and a place. */
  readonly order: number;
  readonly place: number;
  readonly prefix: string | undefined;
  readonly name: string;
  readonly uri: string | undefined;
  /** Of what has no children. */
  text: string;
  readonly children: XmlNode[];
  readonly attributes: XmlNode[];
  readonly declared: readonly XmlDeclared[];
  /** The number of the last node in it. */
  last: number;
}

export interface XmlDocument {
  readonly root: XmlNode;
  /** By their numbers. */
  readonly nodes: readonly XmlNode[];
  /** <!DOCTYPE …> */
  readonly documentType: string | undefined;
}

export interface XmlAttribute extends XmlName {
  readonly value: string;
}

/** The prefix that an attribute declares; null: it declares none. */
export function declaredPrefix({ prefix, name }: XmlName): string | undefined | null {
  if (prefix === "xmlns") return name;
  return prefix === undefined && name === "xmlns" ? undefined : null;
}

/** What a prefix means in a node; undefined: nothing. */
export function namespaceOf(
  from: XmlNode | undefined,
  prefix: string | undefined,
): string | undefined {
  if (prefix === "xml") return XML_NAMESPACE;
  for (let node = from; node; node = node.parent) {
    const found = node.declared.find((each) => each.prefix === prefix);
    if (found) return found.uri || undefined;
  }
  return undefined;
}

const EMPTY = {
  place: 0,
  prefix: undefined,
  name: "",
  uri: undefined,
  text: "",
  declared: [],
  last: 0,
} as const;

/** A namespace in force in an element, as a node of its own. */
export const namespaceNode = (
  parent: XmlNode,
  { prefix = "", uri }: XmlDeclared,
  place: number,
): XmlNode => ({
  ...EMPTY,
  kind: "namespace",
  parent,
  order: parent.order,
  place,
  name: prefix,
  text: uri,
  children: [],
  attributes: [],
});

/** Attributes come behind all namespaces of their element. */
const FIRST_ATTRIBUTE = 1_000_000;

/** Takes nodes in the document's order. */
export class XmlTreeBuilder implements XmlDocument {
  readonly root: XmlNode;
  readonly nodes: XmlNode[] = [];
  documentType: string | undefined;
  #at: XmlNode;

  constructor() {
    this.root = this.#made("document", {}, undefined);
    this.#at = this.root;
  }

  /** The innermost element that is open. */
  get at(): XmlNode {
    return this.#at;
  }

  open({ prefix, name }: XmlName, attributes: readonly XmlAttribute[]): void {
    const declared: XmlDeclared[] = [];
    for (const attribute of attributes) {
      const prefix = declaredPrefix(attribute);
      if (prefix !== null) declared.push({ prefix, uri: attribute.value });
    }
    const outer = { ...this.#at, declared, parent: this.#at };
    const uri = namespaceOf(outer, prefix);
    const element = this.#add("element", { prefix, name, uri, declared });
    for (const { prefix, name, value } of attributes) {
      if (declaredPrefix({ prefix, name }) !== null) continue;
      const uri = prefix === undefined ? undefined : namespaceOf(element, prefix);
      element.attributes.push({
        ...EMPTY,
        ...{ kind: "attribute", parent: element, prefix, name, uri, text: value },
        ...{ order: element.order, place: FIRST_ATTRIBUTE + element.attributes.length },
        ...{ children: [], attributes: [] },
      });
    }
    this.#at = element;
  }

  close(): void {
    this.#at.last = this.nodes.length - 1;
    this.#at = this.#at.parent ?? this.root;
  }

  /** Text beside text is one node. */
  text(text: string): void {
    const before = this.#at.children.at(-1);
    if (before?.kind === "text") before.text += text;
    else if (text !== "") this.#add("text", { text });
  }

  leaf(kind: "cdata" | "comment" | "instruction" | "entity", text: string, name = ""): void {
    this.#add(kind, { text, name });
  }

  finish(): XmlDocument {
    this.root.last = this.nodes.length - 1;
    return this;
  }

  #add(kind: XmlNode["kind"], what: Partial<XmlNode>): XmlNode {
    const node = this.#made(kind, what, this.#at);
    this.#at.children.push(node);
    return node;
  }

  #made(kind: XmlNode["kind"], what: Partial<XmlNode>, parent: XmlNode | undefined): XmlNode {
    const order = this.nodes.length;
    const own = { kind, parent, order, children: [], attributes: [] };
    const node: XmlNode = { ...EMPTY, ...own, ...what, last: order };
    this.nodes.push(node);
    return node;
  }
}
