/** The encodings in which COPY reads and writes text; inside it is always UTF-8. */
import { SqlError } from "../../base/sql-error.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import type { CopyEncoding } from "./options.ts";

const LATIN1_BEYOND = /[\u0100-\uffff]/u;

/** Throws 22P05 for a character that the encoding has not. */
export function encodeText(text: string, encoding: CopyEncoding): string | Uint8Array {
  if (encoding !== "LATIN1") return text;
  const beyond = LATIN1_BEYOND.exec(text)?.[0] ?? /[\u{10000}-\u{10ffff}]/u.exec(text)?.[0];
  if (beyond !== undefined) throw noEquivalent(beyond);
  return Buffer.from(text, "latin1");
}

function noEquivalent(character: string): SqlError {
  const bytes = [...Buffer.from(character)].map((byte) => `0x${byte.toString(16)}`).join(" ");
  return new SqlError(
    "22P05",
    `character with byte sequence ${bytes} in encoding "UTF8" has no equivalent in encoding "LATIN1"`,
  );
}

/** Throws 22021 for bytes that are no characters, NUL among them. */
export function decodeText(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (!text.includes("\0")) return text;
  throw new SqlError("22021", 'invalid byte sequence for encoding "UTF8": 0x00');
}

/** Bytes of the encoding as UTF-8, not yet checked. */
export const toUtf8 = (bytes: Buffer, encoding: CopyEncoding): Buffer =>
  encoding === "LATIN1" ? Buffer.from(bytes.toString("latin1")) : bytes;
