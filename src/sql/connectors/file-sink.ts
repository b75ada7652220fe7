/**
 * A FILE OF JSON LINES: `{"op":"insert","row":{…}}`, `{"op":"delete","row":{…}}`. How long it was
 * when a delivery was kept is written down with that delivery; what is behind it was handed over by
 * one that was not kept, and is cut off before the next. So each change is there once.
 */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { z } from "zod";
import { SqlError } from "../../base/sql-error.ts";
import type { SinkColumn, TextRow } from "../../catalog/connectors/ports.ts";
import { T } from "../types/type-oids.ts";
import type { Position, SinkConnector, Surroundings } from "./connector.ts";
import { onFile, openFile } from "./files.ts";

const positions = z.object({ length: z.number().int().nonnegative() });

export class FileSink implements SinkConnector {
  readonly #path: string;
  readonly #around: Surroundings;
  #file: FileHandle | undefined;
  #columns: readonly SinkColumn[] = [];
  /** Bytes of what was kept, and of what was written. */
  #kept = 0;
  #length = 0;

  constructor(path: string, around: Surroundings) {
    this.#path = path;
    this.#around = around;
  }

  async connect(): Promise<Position> {
    const file = await this.#open(constants.O_CREAT);
    const { size } = await onFile("open", this.#path, file.stat());
    if (size > 0) {
      await this.close();
      const detail = "A sink begins with a file that is not there, or empty.";
      throw new SqlError("58P02", `file "${this.#path}" is not empty`, { detail });
    }
    return { length: 0 };
  }

  async resume(position: Position): Promise<undefined> {
    this.#kept = positions.parse(position).length;
    const file = await this.#open(constants.O_CREAT);
    const { size } = await onFile("open", this.#path, file.stat());
    if (size >= this.#kept) return;
    const detail = `It has ${size} bytes, of ${this.#kept} that were written.`;
    throw new SqlError("58P01", `file "${this.#path}" was cut by somebody else`, { detail });
  }

  async begin(columns: readonly SinkColumn[]): Promise<void> {
    this.#columns = columns;
    this.#length = this.#kept;
    await onFile("write", this.#path, (await this.#open()).truncate(this.#kept));
  }

  remove(rows: readonly TextRow[]): Promise<void> {
    return this.#write("delete", rows);
  }
  add(rows: readonly TextRow[]): Promise<void> {
    return this.#write("insert", rows);
  }

  async keep(): Promise<Position> {
    await onFile("write", this.#path, (await this.#open()).datasync());
    this.#kept = this.#length;
    return { length: this.#length };
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #open(flags = 0): Promise<FileHandle> {
    this.#file ??= await openFile(this.#around, this.#path, constants.O_RDWR | flags);
    return this.#file;
  }

  async #write(op: string, rows: readonly TextRow[]): Promise<void> {
    const lines = rows.map((row) => `{"op":"${op}","row":${rowText(this.#columns, row)}}\n`);
    const bytes = Buffer.from(lines.join(""));
    const file = await this.#open();
    for (let done = 0; done < bytes.length; ) {
      const at = this.#length + done;
      const work = file.write(bytes, done, bytes.length - done, at);
      done += (await onFile("write", this.#path, work)).bytesWritten;
    }
    this.#length += bytes.length;
  }
}

const NUMBERS = new Set<number>([T.int2, T.int4, T.int8, T.float4, T.float8, T.numeric, T.oid]);
const FINITE = /^-?\d/;

const rowText = (columns: readonly SinkColumn[], row: TextRow): string =>
  `{${columns
    .map(({ name, type }, at) => `${JSON.stringify(name)}:${valueText(type, row[at] ?? null)}`)
    .join()}}`;

function valueText(type: number, text: string | null): string {
  if (text === null) return "null";
  if (NUMBERS.has(type) && FINITE.test(text)) return text;
  if (type === T.bool) return text === "t" ? "true" : "false";
  // Between the parts of a JSON text, a line may end.
  if (type === T.json || type === T.jsonb) return text.replaceAll(/[\r\n]/g, " ");
  return JSON.stringify(text);
}
