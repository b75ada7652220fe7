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

/** What a prefix means in a node, or in one in it that declares more; undefined: nothing. */
export function namespaceOf(
  from: XmlNode | undefined,
  prefix: string | undefined,
  more: readonly XmlDeclared[] = [],
): string | undefined {
  if (prefix === "xml") return XML_NAMESPACE;
  const own = more.find((each) => each.prefix === prefix);
  if (own) return own.uri || undefined;
  for (let node = from; node; node = node.parent) {
    const found = node.declared.find((each) => each.prefix === prefix);
    if (found) return found.uri || undefined;
  }
  return undefined;
}

const NONE: XmlNode[] = [];

/** One shape for all kinds: there may be a hundred thousand of them. */
class TreeNode implements XmlNode {
  readonly kind: XmlNode["kind"];
  readonly parent: XmlNode | undefined;
  readonly order: number;
  readonly place: number = 0;
  readonly prefix: string | undefined = undefined;
  readonly name: string;
  readonly uri: string | undefined = undefined;
  text: string;
  readonly children: XmlNode[] = NONE;
  readonly attributes: XmlNode[] = NONE;
  readonly declared: readonly XmlDeclared[] = [];
  last: number;

  constructor(
    kind: XmlNode["kind"],
    parent: XmlNode | undefined,
    order: number,
    name: string,
    text: string,
    more?: Pick<XmlNode, "place" | "prefix" | "uri" | "children" | "attributes" | "declared">,
  ) {
    this.kind = kind;
    this.parent = parent;
    this.order = order;
    this.name = name;
    this.text = text;
    this.last = order;
    if (!more) return;
    this.place = more.place;
    this.prefix = more.prefix;
    this.uri = more.uri;
    this.children = more.children;
    this.attributes = more.attributes;
    this.declared = more.declared;
  }
}

const NOTHING = {
  place: 0,
  prefix: undefined,
  uri: undefined,
  children: NONE,
  attributes: NONE,
  declared: [],
} as const;

/** A namespace in force in an element, as a node of its own. */
export const namespaceNode = (
  parent: XmlNode,
  { prefix = "", uri }: XmlDeclared,
  place: number,
): XmlNode => new TreeNode("namespace", parent, parent.order, prefix, uri, { ...NOTHING, place });

/** Attributes come behind all namespaces of their element. */
const FIRST_ATTRIBUTE = 1_000_000;

/** Takes nodes in the document's order. */
export class XmlTreeBuilder implements XmlDocument {
  readonly root: XmlNode;
  readonly nodes: XmlNode[] = [];
  documentType: string | undefined;
  #at: XmlNode;

  constructor() {
    const children: XmlNode[] = [];
    this.root = new TreeNode("document", undefined, 0, "", "", { ...NOTHING, children });
    this.nodes.push(this.root);
    this.#at = this.root;
  }

  /** The innermost element that is open. */
  get at(): XmlNode {
    return this.#at;
  }

  open({ prefix, name }: XmlName, given: readonly XmlAttribute[]): void {
    const declared: XmlDeclared[] = [];
    for (const attribute of given) {
      const own = declaredPrefix(attribute);
      if (own !== null) declared.push({ prefix: own, uri: attribute.value });
    }
    const uri = namespaceOf(this.#at, prefix, declared);
    const attributes: XmlNode[] = given.length > declared.length ? [] : NONE;
    const more = { place: 0, prefix, uri, children: [], attributes, declared };
    const element = new TreeNode("element", this.#at, this.nodes.length, name, "", more);
    for (const each of given) {
      if (declaredPrefix(each) === null) attributes.push(attributeOf(element, each));
    }
    this.#add(element);
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
    else if (text !== "") this.leaf("text", text);
  }

  leaf(
    kind: "text" | "cdata" | "comment" | "instruction" | "entity",
    text: string,
    name = "",
  ): void {
    this.#add(new TreeNode(kind, this.#at, this.nodes.length, name, text));
  }

  finish(): XmlDocument {
    this.root.last = this.nodes.length - 1;
    return this;
  }

  #add(node: XmlNode): void {
    this.#at.children.push(node);
    this.nodes.push(node);
  }
}

function attributeOf(element: XmlNode, { prefix, name, value }: XmlAttribute): XmlNode {
  const uri = prefix === undefined ? undefined : namespaceOf(element, prefix);
  const place = FIRST_ATTRIBUTE + element.attributes.length;
  const more = { ...NOTHING, place, prefix, uri };
  return new TreeNode("attribute", element, element.order, name, value, more);
}
