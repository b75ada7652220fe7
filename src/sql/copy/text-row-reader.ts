/** Rows of COPY's text and CSV formats. */
import { SqlError } from "../../base/sql-error.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseNull, parseText } from "../types/type-io.ts";
import { decodeText, TextConverter } from "./encodings.ts";
import { csvFields, type Fields, textFields } from "./fields.ts";
import { LineReader } from "./line-reader.ts";
import type { CopyFormat } from "./options.ts";
import type { CopyTarget, RowReader } from "./row-reader.ts";

/** Bytes of a value or line that an error shows. */
const SHOWN_BYTES_MAX = 100;

const badFormat = (message: string): SqlError => new SqlError("22P04", message);

export class TextRowReader implements RowReader {
  readonly #target: CopyTarget;
  readonly #format: CopyFormat;
  readonly #types: TypeContext;
  readonly #converter: TextConverter;
  readonly #lines: LineReader;
  readonly #fieldsOf: (line: string, format: CopyFormat) => Fields;
  readonly #notNull: ReadonlySet<string>;
  readonly #toNull: ReadonlySet<string>;
  #line = 0;
  /** The line that is being read has been counted. */
  #isCounted = false;
  #headerDue: boolean;
  #text: string | undefined;
  #column: { readonly name: string; readonly value: string | null } | undefined;

  constructor(target: CopyTarget, format: CopyFormat, types: TypeContext) {
    const isCsv = format.kind === "csv";
    this.#target = target;
    this.#format = format;
    this.#types = types;
    const encoding = format.encoding ?? types.setting("client_encoding") ?? "UTF8";
    this.#converter = new TextConverter(encoding);
    this.#lines = new LineReader({ isCsv, ...format });
    this.#fieldsOf = isCsv ? csvFields : textFields;
    this.#notNull = new Set(format.forceNotNull);
    this.#toNull = new Set(format.forceNull);
    this.#headerDue = format.header !== "none";
  }

  push(piece: Buffer): void {
    this.#count();
    this.#lines.push(this.#converter.push(piece));
  }

  end(): void {
    this.#lines.push(this.#converter.end());
    this.#lines.end();
  }

  next(): readonly Scalar[] | undefined {
    if (this.#headerDue && !this.#readHeader()) return undefined;
    const line = this.#nextLine();
    return line === undefined ? undefined : this.#rowOf(this.#fields(line));
  }

  get place(): string {
    const where = `COPY ${this.#target.relation}, line ${this.#line}`;
    const column = this.#column;
    if (column !== undefined) {
      const shown = column.value === null ? "null input" : `"${cut(column.value)}"`;
      return `${where}, column ${column.name}: ${shown}`;
    }
    return this.#text === undefined ? where : `${where}: "${cut(this.#text)}"`;
  }

  /** A line counts from the moment at which it is waited for. */
  #count(): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#line += 1;
    this.#text = undefined;
  }

  #nextLine(): string | undefined {
    this.#count();
    const bytes = this.#scan();
    if (bytes === undefined) {
      if (!this.#lines.isOver) this.#converter.check();
      return undefined;
    }
    const line = decodeText(bytes);
    this.#isCounted = false;
    this.#text = line;
    return line;
  }

  /** False when there is none yet. Where a header has to match, its absence does not. */
  #readHeader(): boolean {
    const isToMatch = this.#format.header === "match";
    let header = this.#nextLine();
    if (header === undefined && isToMatch && this.#lines.isOver) header = this.#text = "";
    if (header === undefined) return false;
    this.#headerDue = false;
    if (isToMatch) this.#checkHeader(this.#fields(header));
    return true;
  }

  #scan(): Buffer | undefined {
    try {
      return this.#lines.next();
    } finally {
      this.#line += this.#lines.takeInnerLines();
    }
  }

  #fields(line: string): Fields {
    if (this.#target.columns.length > 0) return this.#fieldsOf(line, this.#format);
    if (line !== "") throw badFormat("extra data after last expected column");
    return [];
  }

  #checkHeader(fields: Fields): void {
    const { columns } = this.#target;
    if (fields.length !== columns.length) {
      throw badFormat(
        `wrong number of fields in header line: got ${fields.length}, expected ${columns.length}`,
      );
    }
    for (const [at, { name }] of columns.entries()) {
      const field = fields[at] ?? null;
      if (field === name) continue;
      const got = field === null ? `null value ("${this.#format.nullText}")` : `"${field}"`;
      throw badFormat(
        `column name mismatch in header line field ${at + 1}: got ${got}, expected "${name}"`,
      );
    }
  }

  #rowOf(fields: Fields): Scalar[] {
    const { columns } = this.#target;
    if (columns.length > 0 && fields.length > columns.length) {
      throw badFormat("extra data after last expected column");
    }
    return columns.map(({ name, type, typmod }, at) => {
      const field = fields[at];
      if (field === undefined) throw badFormat(`missing data for column "${name}"`);
      const value = this.#forced(name, field);
      this.#column = { name, value };
      const parsed =
        value === null ? parseNull(type, this.#types) : parseText(type, value, typmod, this.#types);
      this.#column = undefined;
      return parsed;
    });
  }

  #forced(name: string, field: string | null): string | null {
    const { nullText } = this.#format;
    if (field === null) return this.#notNull.has(name) ? nullText : null;
    return field === nullText && this.#toNull.has(name) ? null : field;
  }
}

/** At most SHOWN_BYTES_MAX bytes, no character by half. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= SHOWN_BYTES_MAX) return text;
  let end = SHOWN_BYTES_MAX;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString("utf8", 0, end)}...`;
}
