/** <!DOCTYPE …>; a document type that declares anything itself is refused. */
import { notSupported } from "../../base/sql-error.ts";
import {
  BLANKS,
  CHARACTER,
  NAME,
  pattern,
  utf8,
  utf8Length,
  type XmlReader,
} from "./xml-reader.ts";

interface DocumentType {
  readonly shown: string;
  readonly hasExternalSubset: boolean;
}

export function readDocumentType(reader: XmlReader): DocumentType {
  reader.at += 9;
  reader.take(BLANKS);
  const name = reader.name(NAME);
  if (name === undefined) reader.fail("xmlParseDocTypeDecl : no DOCTYPE name !");
  reader.take(BLANKS);
  const start = reader.at;
  const hasExternalSubset = readExternalId(reader);
  const shown = utf8([name, reader.text.slice(start, reader.at)].join(" ").trim());
  reader.take(BLANKS);
  if (reader.sees("[")) throw notSupported("XML with an internal subset");
  if (!reader.sees(">")) reader.fail("DOCTYPE improperly terminated");
  reader.at += reader.sees("\r\n") ? 2 : utf8Length(reader.byte);
  return { shown: `<!DOCTYPE ${shown}>`, hasExternalSubset };
}

/** Whether there is one. */
function readExternalId(reader: XmlReader): boolean {
  const keyword = reader.take(pattern("SYSTEM|PUBLIC"));
  if (keyword === "") return false;
  let found = false;
  if (reader.take(BLANKS) === "") reader.fail(`Space required after '${keyword}'`);
  if (keyword === "PUBLIC") {
    found = readLiteral(reader, pattern("[ \\n\\ra-zA-Z0-9\\-'()+,./:=?;!*#@$_%]"));
    if (!found) reader.fail("PUBLIC, the Public Identifier is missing");
    if (reader.take(BLANKS) === "") reader.fail("Space required after the Public Identifier");
  }
  if (readLiteral(reader, CHARACTER)) return true;
  reader.fail("SYSTEM or PUBLIC, the URI is missing");
  return found;
}

function readLiteral(reader: XmlReader, character: RegExp): boolean {
  const quote = reader.byte;
  if (quote !== '"' && quote !== "'") {
    reader.fail("SystemLiteral \" or ' expected");
    return false;
  }
  reader.at++;
  while (!reader.sees(quote) && reader.take(character) !== "");
  if (reader.sees(quote)) reader.at++;
  else reader.fail("Unfinished System or Public ID \" or ' expected");
  return true;
}
