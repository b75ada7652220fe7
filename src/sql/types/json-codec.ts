/** json keeps its text; jsonb is kept as the text that it prints. Both validate. */
import { SqlError } from "../../base/sql-error.ts";
import { decodeUtf8, encodeUtf8, type TypeCodec } from "./codec.ts";
import { formatJsonb, normalize, parseJsonText } from "./json-value.ts";
import { text, withVersionByte } from "./texts.ts";

export function toJsonb(source: string): string {
  return formatJsonb(normalize(parseJsonText(source)));
}

export const json: TypeCodec<string> = {
  ...text,
  parse(source) {
    parseJsonText(source);
    return source;
  },
  decode(bytes) {
    const source = decodeUtf8(bytes);
    parseJsonText(source);
    return source;
  },
  encode: encodeUtf8,
};

export const jsonb: TypeCodec<string> = {
  ...text,
  parse: toJsonb,
  encode: withVersionByte,
  decode(bytes) {
    if (bytes[0] !== 1) {
      throw new SqlError("XX000", `unsupported jsonb version number ${bytes[0] ?? 0}`);
    }
    return toJsonb(decodeUtf8(bytes.subarray(1)));
  },
};
