/**
 * TYPES NAMED IN QUOTES: "string" is no other name of varchar, and the grammar's trees do not tell
 * it from string. So those in quotes are marked.
 */
import { typeAliases } from "../../catalog/type-name.ts";

/** What the tree of a type has besides. */
export interface QuotedType {
  readonly isQuoted?: true;
}

const mentioned = new RegExp(`"(?:${Object.keys(typeAliases).join("|")})"`);

/** In place. Locations are bytes of the text. */
export function markQuotedTypes(text: string, trees: readonly object[]): void {
  if (!mentioned.test(text)) return;
  const bytes = Buffer.from(text);
  const nodes: object[] = [...trees];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const fields = node as Record<string, unknown>;
    if ("names" in fields && "typemod" in fields) {
      const start = bytes[Number(fields["location"])];
      if (start === QUOTE) fields["isQuoted"] = true;
    }
    for (const value of Object.values(fields)) {
      if (typeof value === "object" && value !== null) nodes.push(value);
    }
  }
}

const QUOTE = '"'.charCodeAt(0);
