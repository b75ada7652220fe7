/**
 * Functions of XML that need no document tree.
 * https://www.postgresql.org/docs/15/functions-xml.html
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import { concatenated, isWellFormed, mustBeDocument } from "../types/xml.ts";
import { asText, define, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

function comment(text: string): string {
  if (text.includes("--") || text.endsWith("-")) throw new SqlError("2200S", "invalid XML comment");
  return `<!--${text}-->`;
}

/** NULL is left out. */
function joined(a: Scalar = null, b: Scalar = null): Scalar {
  if (a === null || b === null) return a ?? b;
  return concatenated([asText(a), asText(b)]);
}

export const xmlFunctions: readonly FunctionDefinition[] = [
  define("xmlcomment(text)", (_c, text) => comment(asText(text))),
  define("xmlconcat2(xml, xml)", (_c, a, b) => joined(a, b)),
  define("text(xml)", (_c, value) => asText(value)),
  define("xml_is_well_formed(text)", (context, text) =>
    truth(isWellFormed(asText(text), mustBeDocument(context))),
  ),
  define("xml_is_well_formed_document(text)", (_c, text) =>
    truth(isWellFormed(asText(text), true)),
  ),
  define("xml_is_well_formed_content(text)", (_c, text) =>
    truth(isWellFormed(asText(text), false)),
  ),
];
