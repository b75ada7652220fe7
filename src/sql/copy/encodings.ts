/** The encodings in which COPY reads and writes text; inside it is always UTF-8. */
import { SqlError } from "../../base/sql-error.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import { type Charset, charsetOf, isConvertible } from "../../catalog/charsets.ts";

/** Throws 42883 for an encoding without conversions. */
function copyCharset(encoding: string, isFrom: boolean): Charset | undefined {
  if (isConvertible(encoding)) return charsetOf(encoding);
  const [from, to] = isFrom ? [encoding, "UTF8"] : ["UTF8", encoding];
  const message = `default conversion function for encoding "${from}" to "${to}" does not exist`;
  throw new SqlError("42883", message);
}

export type EncodeText = (text: string) => string | Uint8Array;

/** Without an encoding of its own, text goes out as all the client's text does. */
export function textEncoder(encoding: string | undefined): EncodeText {
  if (encoding === undefined) return (text) => text;
  const charset = copyCharset(encoding, false);
  return (text) => charset?.encode(text) ?? Buffer.from(text);
}

/** Throws 22021 for bytes that are no characters, NUL among them. */
export function decodeText(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (!text.includes("\0")) return text;
  throw new SqlError("22021", 'invalid byte sequence for encoding "UTF8": 0x00');
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Bytes of an encoding, cut anywhere, to UTF-8; what is UTF-8 already is not yet checked. */
export class TextConverter {
  readonly #charset: Charset | undefined;
  #rest = NOTHING;
  #error: SqlError | undefined;

  constructor(encoding: string) {
    this.#charset = copyCharset(encoding, true);
  }

  push(piece: Buffer): Buffer {
    return this.#convert(piece, false);
  }

  /** Nothing more will come. */
  end(): Buffer {
    return this.#convert(NOTHING, true);
  }

  /** Throws 22021 and 22P05 where what was converted is used up and what follows is wrong. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  #convert(piece: Buffer, last: boolean): Buffer {
    const charset = this.#charset;
    if (charset === undefined) return piece;
    if (this.#error !== undefined) return NOTHING;
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const { text, used, error } = charset.decodePart(bytes, last);
    this.#rest = bytes.subarray(used);
    this.#error = error;
    return Buffer.from(text);
  }
}
