/** The xml type: its text, checked to be well-formed and kept as it came. */
import { SqlError } from "../../base/sql-error.ts";
import { decodeFromClient, encodeForClient, type TypeCodec, type TypeContext } from "./codec.ts";
import { XmlScanner } from "./xml-scanner.ts";
import { type XmlDocument, XmlTreeBuilder } from "./xml-tree.ts";

const declarationFaults = {
  space: "Space required.",
  version: "Malformed declaration: missing version.",
  encoding: "Missing encoding in text declaration.",
  standalone: "standalone accepts only 'yes' or 'no'.",
  end: "Parsing XML declaration: '?>' expected.",
  character: "Invalid character value.",
} as const;

interface Declaration {
  readonly version?: string;
  readonly standalone?: string;
  /** In characters, all of them ASCII. */
  readonly length: number;
}

/** `<?xml version="1.0" …?>` at the text's start, or the key of what is wrong with it. */
function readDeclaration(text: string): Declaration | keyof typeof declarationFaults {
  if (!/^<\?xml(?![-.:\w\xb7\u00c0-\uffff])/.test(text)) return { length: 0 };
  let rest = text.slice(5);
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const found = pattern.exec(rest);
    if (found) rest = rest.slice(found[0].length);
    return found;
  };
  if (!/^[ \t\n\r]/.test(rest)) return "space";
  const version = take(/^[ \t\n\r]+version[ \t\n\r]*=[ \t\n\r]*(?:"([^"]*)"|'([^']*)')/);
  if (!version) return "version";
  if (/^[ \t\n\r]*encoding/.test(rest)) {
    if (!/^[ \t\n\r]/.test(rest)) return "space";
    if (!take(/^\s+encoding[ \t\n\r]*=[ \t\n\r]*(?:"[^"]*"|'[^']*')/)) return "encoding";
  }
  let standalone: string | undefined;
  if (/^[ \t\n\r]*standalone/.test(rest)) {
    if (!/^[ \t\n\r]/.test(rest)) return "space";
    const found = take(/^\s+standalone[ \t\n\r]*=[ \t\n\r]*(?:"(yes|no)"|'(yes|no)')/);
    if (!found) return "standalone";
    standalone = found[1] ?? found[2];
  }
  if (!take(/^[ \t\n\r]*\?>/)) return "end";
  const length = text.length - rest.length;
  if (/[^\0-\x7f]/.test(text.slice(0, length))) return "character";
  return {
    version: version[1] ?? version[2] ?? "",
    ...(standalone === undefined ? {} : { standalone }),
    length,
  };
}

/** Comments and instructions, then a document type: such content is a document. */
const DOCUMENT_TYPE = /^\s*(?:(?:<!--(?:(?!--)[\s\S])*-->|<\?(?:(?!\?>)[\s\S])*\?>)\s*)*<!DOCTYPE/;

/** What is wrong with a text: detail of the error, and whether its declaration is. */
function faultOf(text: string, asDocument: boolean): { in: string; detail: string } | undefined {
  const declaration = readDeclaration(text);
  if (typeof declaration === "string") {
    return { in: ": invalid XML declaration", detail: declarationFaults[declaration] };
  }
  const errors = errorsOf(text, declaration.length, asDocument);
  return errors.length > 0 ? { in: "", detail: errors.join("\n") } : undefined;
}

/** A document is shown with its declaration, content without. */
function errorsOf(text: string, at: number, asDocument: boolean): readonly string[] {
  const content = text.slice(at);
  const isDocument = asDocument || DOCUMENT_TYPE.test(content);
  const scanner = isDocument ? new XmlScanner(text, at) : new XmlScanner(content);
  if (isDocument) scanner.document();
  else scanner.content();
  return scanner.errors;
}

export const mustBeDocument = (context: TypeContext): boolean =>
  context.setting("xmloption") === "document";

export const isWellFormed = (text: string, asDocument: boolean): boolean =>
  faultOf(text, asDocument) === undefined;

/** Throws 2200M, 2200N. */
export function checkXml(text: string, asDocument: boolean): string {
  const fault = faultOf(text, asDocument);
  if (!fault) return text;
  const [code, message] = asDocument
    ? (["2200M", "invalid XML document"] as const)
    : (["2200N", "invalid XML content"] as const);
  throw new SqlError(code, `${message}${fault.in}`, { detail: fault.detail });
}

export interface ParsedXml {
  readonly document: XmlDocument;
  readonly warnings: readonly string[];
}

/** The tree of one document, to ask something of it. Throws 2200M. */
export function parseDocument(text: string): ParsedXml {
  const tree = new XmlTreeBuilder();
  const scanner = new XmlScanner(text.slice(declarationOf(text).length), 0, tree);
  scanner.document();
  const { errors, warnings } = scanner;
  if (errors.length === 0) return { document: tree.finish(), warnings };
  throw new SqlError("2200M", "could not parse XML document", { detail: errors.join("\n") });
}

function declarationOf(text: string): Declaration {
  const declaration = readDeclaration(text);
  return typeof declaration === "string" ? { length: 0 } : declaration;
}

/** One after the other, with the declaration that all of them can share. */
export function concatenated(values: readonly string[]): string {
  const declarations = values.map(declarationOf);
  const versions = new Set(declarations.map(({ version }) => version));
  const [version] = versions.size === 1 ? versions : [];
  const alone = declarations.map(({ standalone }) => standalone);
  let standalone: string | undefined;
  if (!alone.includes(undefined)) standalone = alone.includes("no") ? "no" : "yes";
  const body = values.map((text, at) => text.slice(declarations[at]?.length)).join("");
  return shownDeclaration(version ?? "1.0", standalone) + body;
}

/** XMLROOT: `standalone` undefined leaves what the text says. */
export function withDeclaration(
  text: string,
  version: string | undefined,
  standalone: "yes" | "no" | "none" | undefined,
): string {
  const declaration = declarationOf(text);
  const alone = standalone ?? declaration.standalone;
  const shown = shownDeclaration(version ?? "1.0", alone === "none" ? undefined : alone);
  return shown + text.slice(declaration.length);
}

/** Nothing where it says what goes without saying. */
function shownDeclaration(version: string, standalone: string | undefined): string {
  if (version === "1.0" && standalone === undefined) return "";
  const alone = standalone === undefined ? "" : ` standalone="${standalone}"`;
  return `<?xml version="${version}"${alone}?>`;
}

/** Without an encoding, and without a declaration that says nothing else. */
function formatXml(text: string): string {
  const declaration = readDeclaration(text);
  if (typeof declaration === "string") return text;
  const { version = "1.0", standalone, length } = declaration;
  const shown = shownDeclaration(version, standalone);
  const body = text.slice(length);
  return shown === "" ? body.replace(/^\n/, "") : shown + body;
}

export const xml: TypeCodec<string> = {
  storage: "text",
  parse: (text, _typmod, context) => checkXml(text, mustBeDocument(context)),
  format: formatXml,
  encode: (text, context) => encodeForClient(formatXml(text), context),
  decode: (bytes, _typmod, context) =>
    checkXml(decodeFromClient(bytes, context), mustBeDocument(context)),
};
