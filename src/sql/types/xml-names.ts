/**
 * SQL IDENTIFIERS AS XML NAMES.
 * https://www.postgresql.org/docs/15/functions-xml.html#FUNCTIONS-XML-MAPPING
 */

const NAME_FIRST = /^[\p{L}_:]$/u;
const NAME_LATER = /^[\p{L}\p{M}\p{Nd}_:.\u00b7-]$/u;

/**
 * Characters that XML does not take become _xNNNN_. `escaped`: so do colons, and "xml" at the
 * beginning; `asPart`: points, too.
 */
export function xmlName(identifier: string, escaped = false, asPart = false): string {
  let name = "";
  const points = [...identifier];
  for (const [at, char] of points.entries()) {
    const first = at === 0;
    const isValid = (first ? NAME_FIRST : NAME_LATER).test(char);
    const colon = char === ":" && (first || escaped);
    const underscore = char === "_" && points[at + 1] === "x";
    const reserved = escaped && first && /^xml/i.test(identifier);
    const point = asPart && char === ".";
    if (isValid && !colon && !underscore && !reserved && !point) name += char;
    else {
      const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
      name += `_x${hex.padStart(4, "0")}_`;
    }
  }
  return name;
}

/** A name that says where the thing is. */
export const xmlPath = (kind: string, ...identifiers: readonly string[]): string =>
  [kind, ...identifiers.map((each) => xmlName(each, true, true))].join(".");
