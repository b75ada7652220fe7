/** ROWS OUT: what COPY TO sends, one message a row. */
import { ByteWriter } from "../../base/bytes.ts";
import { END, SIGNATURE } from "./binary-layout.ts";
import { textEncoder } from "./encodings.ts";
import type { CopyFormat } from "./options.ts";

/** A value in its text or binary form. */
type Value = string | Uint8Array | null;
type Data = string | Uint8Array;

export interface RowWriter {
  /** What goes before the first row, if anything. */
  begin(columns: readonly string[]): Data | undefined;
  row(values: readonly Value[]): Data;
  /** What goes behind the last row, if anything. */
  end(): Data | undefined;
}

/** `forced`: by column, whether CSV quotes it whatever it holds. */
export function rowWriter(format: CopyFormat, forced: readonly boolean[]): RowWriter {
  if (format.kind === "binary") return new BinaryWriter();
  const one = format.kind === "csv" ? csvValue(format, forced) : textValue(format);
  const encode = textEncoder(format.encoding);
  const line = (values: readonly Value[], isHeader: boolean): Data => {
    const single = values.length === 1;
    const parts = values.map((value, at) =>
      value === null ? format.nullText : one(String(value), isHeader ? -1 : at, single),
    );
    return encode(`${parts.join(format.delimiter)}\n`);
  };
  return {
    begin: (columns) => (format.header === "none" ? undefined : line(columns, true)),
    row: (values) => line(values, false),
    end: () => undefined,
  };
}

type FormatValue = (text: string, column: number, single: boolean) => string;

const controls: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

const quoteForPattern = (text: string) => text.replaceAll(/[\\\]^-]/g, "\\$&");

function textValue({ delimiter }: CopyFormat): FormatValue {
  const special = new RegExp(`[\\b\\f\\n\\r\\t\\v\\\\${quoteForPattern(delimiter)}]`, "g");
  const escaped = (character: string) => controls[character] ?? `\\${character}`;
  return (text) => text.replaceAll(special, escaped);
}

function csvValue(format: CopyFormat, forced: readonly boolean[]): FormatValue {
  const { delimiter, quote, escapeCharacter, nullText } = format;
  const special = new RegExp(`[\\n\\r${quoteForPattern(delimiter)}${quoteForPattern(quote)}]`);
  const inside = new RegExp(`[${quoteForPattern(quote)}${quoteForPattern(escapeCharacter)}]`, "g");
  return (text, column, single) => {
    const isQuoted =
      forced[column] === true ||
      text === nullText ||
      // Alone on its line it would be the end of the data.
      (single && text === "\\.") ||
      special.test(text);
    if (!isQuoted) return text;
    return `${quote}${text.replaceAll(inside, (character) => escapeCharacter + character)}${quote}`;
  };
}

/** The header goes out with what follows it, as PostgreSQL sends it. */
class BinaryWriter implements RowWriter {
  readonly #writer = new ByteWriter();

  begin(): undefined {
    this.#writer.raw(SIGNATURE);
    this.#writer.u32(0);
    this.#writer.u32(0);
  }

  row(values: readonly Value[]): Data {
    const writer = this.#writer;
    writer.u16(values.length);
    for (const value of values) {
      if (value === null) {
        writer.u32(-1);
        continue;
      }
      const bytes = typeof value === "string" ? Buffer.from(value) : value;
      writer.u32(bytes.length);
      writer.raw(bytes);
    }
    return this.#take();
  }

  end(): Data {
    this.#writer.u16(END);
    return this.#take();
  }

  /** The sink copies what it is given before it returns. */
  #take(): Data {
    const bytes = this.#writer.bytes();
    this.#writer.reset();
    return bytes;
  }
}
