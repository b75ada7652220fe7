/** FUNCTIONS OF XPATH 1.0: https://www.w3.org/TR/1999/REC-xpath-19991116/#corelib */
import { XML_NAMESPACE, type XmlNode } from "../types/xml-tree.ts";
import {
  fault,
  inOrder,
  nodeText,
  toNodes,
  toNumber,
  toText,
  toTruth,
  type XPathContext,
  type XPathValue,
} from "./xpath-values.ts";

interface XPathFunction {
  readonly least: number;
  readonly most: number;
  readonly call: (context: XPathContext, ...args: XPathValue[]) => XPathValue;
}

const made = (least: number, most: number, call: XPathFunction["call"]): XPathFunction => ({
  least,
  most,
  call,
});
const EMPTY = "";
const BLANKS = /[ \t\n\r]+/g;

/** The first node of the argument, or the context's. */
const subject = ({ node }: XPathContext, arg: XPathValue | undefined): XmlNode | undefined =>
  arg === undefined ? node : toNodes(arg)[0];

const named = (of: (node: XmlNode) => string) =>
  made(0, 1, (context, arg) => {
    const node = subject(context, arg);
    return node && ["element", "attribute", "instruction", "namespace"].includes(node.kind)
      ? of(node)
      : EMPTY;
  });

const ofTexts = (call: (a: string, b: string) => XPathValue) =>
  made(2, 2, (_context, a = EMPTY, b = EMPTY) => call(toText(a), toText(b)));

const ofNumber = (call: (value: number) => number) =>
  made(1, 1, (_context, value = 0) => call(toNumber(value)));

function known(place: XPathContext["place"], what: string) {
  if (!place) throw fault(`Invalid context ${what}`);
  return place;
}

function substring(text: string, start: number, length: number | undefined): string {
  const first = Math.round(start);
  const end = length === undefined ? Number.POSITIVE_INFINITY : first + Math.round(length);
  return [...text].filter((_, at) => at + 1 >= first && at + 1 < end).join("");
}

function translate(text: string, from: string, to: string): string {
  const [sources, targets] = [[...from], [...to]];
  const found = [...text].map((each) => {
    const at = sources.indexOf(each);
    return at < 0 ? each : (targets[at] ?? "");
  });
  return found.join("");
}

function isLanguage(from: XmlNode, wanted: string): boolean {
  for (let node: XmlNode | undefined = from; node; node = node.parent) {
    const own = node.attributes.find(({ uri, name }) => uri === XML_NAMESPACE && name === "lang");
    if (!own) continue;
    const [found, asked] = [own.text.toLowerCase(), wanted.toLowerCase()];
    return found === asked || found.startsWith(`${asked}-`);
  }
  return false;
}

const isId = ({ uri, name }: XmlNode) => uri === XML_NAMESPACE && name === "id";

function byId({ document }: XPathContext, value: XPathValue): XPathValue {
  const texts = typeof value === "object" ? value.map(nodeText) : [toText(value)];
  const wanted = new Set(texts.flatMap((text) => text.split(BLANKS)));
  return inOrder(
    document.filter((node) => node.attributes.some((each) => isId(each) && wanted.has(each.text))),
  );
}

const textOf = (context: XPathContext, value: XPathValue | undefined): string =>
  value === undefined ? nodeText(context.node) : toText(value);

const functions: Readonly<Record<string, XPathFunction>> = {
  last: made(0, 0, ({ place }) => known(place, "size").size),
  position: made(0, 0, ({ place }) => known(place, "position").position),
  count: made(1, 1, (_context, nodes = []) => toNodes(nodes).length),
  id: made(1, 1, (context, value = EMPTY) => byId(context, value)),
  "local-name": named(({ name }) => name),
  "namespace-uri": named(({ uri }) => uri ?? EMPTY),
  name: named(({ prefix, name }) => (prefix === undefined ? name : `${prefix}:${name}`)),
  string: made(0, 1, textOf),
  concat: made(2, Number.POSITIVE_INFINITY, (_context, ...texts) => texts.map(toText).join("")),
  "starts-with": ofTexts((text, part) => text.startsWith(part)),
  contains: ofTexts((text, part) => text.includes(part)),
  "substring-before": ofTexts((text, part) => text.slice(0, Math.max(text.indexOf(part), 0))),
  "substring-after": ofTexts((text, part) =>
    text.includes(part) ? text.slice(text.indexOf(part) + part.length) : EMPTY,
  ),
  substring: made(2, 3, (_context, text = EMPTY, start = 0, length = undefined as never) =>
    substring(toText(text), toNumber(start), length === undefined ? length : toNumber(length)),
  ),
  "string-length": made(0, 1, (context, text) => [...textOf(context, text)].length),
  "normalize-space": made(0, 1, (context, text) =>
    textOf(context, text).replace(BLANKS, " ").replace(/^ | $/g, ""),
  ),
  translate: made(3, 3, (_context, text = EMPTY, from = EMPTY, to = EMPTY) =>
    translate(toText(text), toText(from), toText(to)),
  ),
  boolean: made(1, 1, (_context, value = false) => toTruth(value)),
  not: made(1, 1, (_context, value = false) => !toTruth(value)),
  true: made(0, 0, () => true),
  false: made(0, 0, () => false),
  lang: made(1, 1, ({ node }, wanted = EMPTY) => isLanguage(node, toText(wanted))),
  number: made(0, 1, (context, value) => toNumber(value ?? nodeText(context.node))),
  sum: made(1, 1, (_context, nodes = []) =>
    toNodes(nodes).reduce((sum, node) => sum + toNumber(nodeText(node)), 0),
  ),
  floor: ofNumber(Math.floor),
  ceiling: ofNumber(Math.ceil),
  round: ofNumber(Math.round),
};

export function callFunction(
  name: string,
  context: XPathContext,
  args: readonly XPathValue[],
): XPathValue {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!found) throw fault("Unregistered function");
  if (args.length < found.least || args.length > found.most) {
    throw fault("Invalid number of arguments");
  }
  return found.call(context, ...args);
}
