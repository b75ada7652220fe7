/** The xml type: its text, checked to be well-formed and kept as it came. */
import { SqlError } from "../../base/sql-error.ts";
import { decodeFromClient, encodeForClient, type TypeCodec, type TypeContext } from "./codec.ts";
import { XmlScanner } from "./xml-scanner.ts";

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

function checkXml(text: string, context: TypeContext): string {
  const mustBeDocument = context.setting("xmloption") === "document";
  const [code, message] = mustBeDocument
    ? (["2200M", "invalid XML document"] as const)
    : (["2200N", "invalid XML content"] as const);
  const declaration = readDeclaration(text);
  if (typeof declaration === "string") {
    const detail = declarationFaults[declaration];
    throw new SqlError(code, `${message}: invalid XML declaration`, { detail });
  }
  const scanner = new XmlScanner(text, declaration.length);
  if (mustBeDocument || DOCUMENT_TYPE.test(text.slice(declaration.length))) scanner.document();
  else scanner.content();
  const { errors } = scanner;
  if (errors.length > 0) throw new SqlError(code, message, { detail: errors.join("\n") });
  return text;
}

/** Without an encoding, and without a declaration that says nothing else. */
function formatXml(text: string): string {
  const declaration = readDeclaration(text);
  if (typeof declaration === "string") return text;
  const { version = "1.0", standalone, length } = declaration;
  if (version === "1.0" && standalone === undefined) return text.slice(length).replace(/^\n/, "");
  const alone = standalone === undefined ? "" : ` standalone="${standalone}"`;
  return `<?xml version="${version}"${alone}?>${text.slice(length)}`;
}

export const xml: TypeCodec<string> = {
  storage: "text",
  parse: (text, _typmod, context) => checkXml(text, context),
  format: formatXml,
  encode: (text, context) => encodeForClient(formatXml(text), context),
  decode: (bytes, _typmod, context) => checkXml(decodeFromClient(bytes, context), context),
};
