/** XMLELEMENT, XMLFOREST and their kin, as translate/xml.ts calls them. */
import { oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { FunctionContext } from "../functions/registry.ts";
import { xmlValue } from "../functions/xml-values.ts";
import type { Scalar } from "../types/scalar.ts";
import { checkXml, concatenated, isWellFormed, withDeclaration } from "../types/xml.ts";
import { escapeAttribute } from "../types/xml-dump.ts";

type Internal = (context: FunctionContext, ...args: Scalar[]) => Scalar;

/** NULLs are left out; NULL if nothing is left. */
const joinedBy =
  (join: (texts: string[]) => string): Internal =>
  (_context, ...texts) => {
    const given = texts.filter((text) => text !== null) as string[];
    return given.length === 0 ? null : join(given);
  };

function instruction(name: string, text: string | undefined): string {
  const message = "invalid XML processing instruction";
  if (/^xml$/i.test(name)) {
    const detail = `XML processing instruction target name cannot be "${name}".`;
    throw new SqlError("42601", message, { detail });
  }
  if (text?.includes("?>")) {
    const detail = 'XML processing instruction cannot contain "?>".';
    throw new SqlError("2200T", message, { detail });
  }
  return text === undefined ? `<?${name}?>` : `<?${name} ${text.replace(/^ +/, "")}?>`;
}

/** STANDALONE YES, NO, NO VALUE; beyond these nothing was said of it. */
const STANDALONE = ["yes", "no", "none"] as const;

export const xmlConstructs: readonly [string, Internal][] = [
  [
    "xml_value",
    (context, type = 0n, typmod = -1n, escaped = 0n, value = null) =>
      value === null
        ? null
        : xmlValue(oid(Number(type)), value, Number(typmod), escaped === 1n, context),
  ],
  ["xml_joined", joinedBy((texts) => texts.join(""))],
  ["xml_concat", joinedBy(concatenated)],
  [
    "xml_attribute",
    (_context, name = "", value = null) =>
      value === null ? null : ` ${name}="${escapeAttribute(String(value))}"`,
  ],
  [
    "xml_member",
    (_context, name = "", value = null) => (value === null ? null : `<${name}>${value}</${name}>`),
  ],
  [
    "xml_element",
    (_context, name = "", attributes = null, content = null) => {
      const start = `<${name}${attributes ?? ""}`;
      return content === null ? `${start}/>` : `${start}>${content}</${name}>`;
    },
  ],
  [
    "xml_parse",
    (_context, asDocument = 0n, text = null) =>
      text === null ? null : checkXml(String(text), asDocument === 1n),
  ],
  ["xml_pi", (_context, name = "") => instruction(String(name), undefined)],
  [
    "xml_pi_with",
    (_context, name = "", text = null) => {
      const made = instruction(String(name), text === null ? undefined : String(text));
      return text === null ? null : made;
    },
  ],
  [
    "xml_root",
    (_context, value = null, version = null, standalone = null) =>
      value === null
        ? null
        : withDeclaration(
            String(value),
            version === null ? undefined : String(version),
            STANDALONE[Number(standalone ?? 3n)],
          ),
  ],
  [
    "xml_serialize",
    (_context, asDocument = 0n, value = null) => {
      if (value !== null && asDocument === 1n && !isWellFormed(String(value), true)) {
        throw new SqlError("2200L", "not an XML document");
      }
      return value;
    },
  ],
  [
    "xml_present",
    (_context, column = "", value = null) => {
      if (value !== null) return value;
      throw new SqlError("22004", `null is not allowed in column "${column}"`);
    },
  ],
  [
    "xml_is_document",
    (_context, value = null) =>
      value === null ? null : isWellFormed(String(value), true) ? 1n : 0n,
  ],
];
