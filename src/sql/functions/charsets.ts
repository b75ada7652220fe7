/**
 * Texts in other encodings than UTF-8: those of one byte to a character.
 * https://www.postgresql.org/docs/15/multibyte.html#MULTIBYTE-CONVERSIONS-SUPPORTED
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { encodingName, encodingNumber } from "../../catalog/encodings.ts";
import { decodeUtf8, encodeUtf8, toHex } from "../types/codec.ts";
import { remember } from "./define.ts";

/** How the WHATWG calls the upper halves. Its latin5 has letters where ISO's has none. */
const labels: Readonly<Record<string, string>> = {
  LATIN2: "iso-8859-2",
  LATIN3: "iso-8859-3",
  LATIN4: "iso-8859-4",
  LATIN5: "windows-1254",
  LATIN6: "iso-8859-10",
  LATIN7: "iso-8859-13",
  LATIN8: "iso-8859-14",
  LATIN9: "iso-8859-15",
  LATIN10: "iso-8859-16",
  ISO_8859_5: "iso-8859-5",
  ISO_8859_6: "iso-8859-6",
  ISO_8859_7: "iso-8859-7",
  ISO_8859_8: "iso-8859-8",
  WIN866: "ibm866",
  WIN874: "windows-874",
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1253: "windows-1253",
  WIN1254: "windows-1254",
  WIN1255: "windows-1255",
  WIN1256: "windows-1256",
  WIN1257: "windows-1257",
  WIN1258: "windows-1258",
  KOI8R: "koi8-r",
  KOI8U: "koi8-u",
};

/** From 0x80 on; spaces are bytes without a character. Node reads windows-1252 as latin1. */
const WIN1252 = [..."€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ"];

interface Charset {
  /** By byte; undefined = no character. */
  readonly characters: readonly (string | undefined)[];
  readonly bytes: ReadonlyMap<string, number>;
}

function characterOf(name: string, byte: number): string | undefined {
  if (byte < 0x80 || name === "LATIN1") return String.fromCharCode(byte);
  if (name === "WIN1252") {
    const text = WIN1252[byte - 0x80] ?? String.fromCharCode(byte);
    return text === " " ? undefined : text;
  }
  const isControl = byte < 0xa0 && /^(LATIN|ISO)/.test(name);
  if (isControl) return String.fromCharCode(byte);
  const text = new TextDecoder(labels[name]).decode(Uint8Array.of(byte));
  return text === "\ufffd" ? undefined : text;
}

const charset = remember(50, (name): Charset => {
  if (name !== "LATIN1" && name !== "WIN1252" && labels[name] === undefined) {
    throw notSupported(`conversion of encoding ${name}`);
  }
  const characters = Array.from({ length: 256 }, (_, byte) => characterOf(name, byte));
  const known = characters.flatMap((text, byte) =>
    text === undefined ? [] : [[text, byte] as const],
  );
  return { characters, bytes: new Map(known) };
});

/** The encoding's own name. Throws 22023 that names `what`. */
export function encodingNamed(name: string, what: string): string {
  const number = encodingNumber(name);
  if (number < 0) throw new SqlError("22023", `invalid ${what} name "${name}"`);
  return encodingName(number);
}

const hasNoEquivalent = (bytes: Uint8Array, from: string, to: string) => {
  const shown = toHex(bytes).replace(/../g, " 0x$&").trim();
  return new SqlError(
    "22P05",
    `character with byte sequence ${shown} in encoding "${from}" has no equivalent in encoding "${to}"`,
  );
};

/** Throws 22021, 22P05, and 0A000 for encodings of several bytes to a character. */
export function decodeFrom(bytes: Uint8Array, encoding: string): string {
  if (encoding === "UTF8" || encoding === "SQL_ASCII") return decodeUtf8(bytes);
  const { characters } = charset(encoding);
  let text = "";
  for (const byte of bytes) {
    const character = characters[byte];
    if (byte === 0) {
      throw new SqlError("22021", `invalid byte sequence for encoding "${encoding}": 0x00`);
    }
    if (character === undefined) throw hasNoEquivalent(Uint8Array.of(byte), encoding, "UTF8");
    text += character;
  }
  return text;
}

/** Throws 22P05, and 0A000. */
export function encodeTo(text: string, encoding: string): Uint8Array {
  if (encoding === "UTF8" || encoding === "SQL_ASCII") return encodeUtf8(text);
  const { bytes } = charset(encoding);
  return Uint8Array.from([...text], (character) => {
    const byte = bytes.get(character);
    if (byte === undefined) throw hasNoEquivalent(encodeUtf8(character), "UTF8", encoding);
    return byte;
  });
}
