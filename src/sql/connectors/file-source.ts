/**
 * JSON LINES of a file, or of the files of a directory in the order of their names. What is added
 * to a file is followed: of each it is known up to which byte it was read. A line counts when its
 * end has been written.
 */
import { constants } from "node:fs";
import { type FileHandle, readdir, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { SqlError } from "../../base/sql-error.ts";
import type { SourceRow } from "../../catalog/connectors/ports.ts";
import type { SourceColumn } from "../../catalog/connectors/sources.ts";
import type { Position, SourceConnector, Surroundings } from "./connector.ts";
import { checkInside, onFile, openFile } from "./files.ts";
import { membersOf } from "./json-members.ts";

const CHUNK_BYTES = 256 * 1024;
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const FILES_MAX = 10_000;

/** By file ("" = the path itself): bytes and lines that were read. */
const positions = z.object({ files: z.record(z.string(), z.tuple([z.number(), z.number()])) });
type Files = z.output<typeof positions>["files"];

interface Reading {
  readonly path: string;
  /** Its key in the position. */
  readonly name: string;
  readonly files: Files;
  readonly most: number;
}

export class FileSource implements SourceConnector {
  readonly #path: string;
  readonly #columns: readonly SourceColumn[];
  readonly #around: Surroundings;

  constructor(path: string, columns: readonly SourceColumn[], around: Surroundings) {
    this.#path = path;
    this.#columns = columns;
    this.#around = around;
  }

  async connect(): Promise<Position> {
    await this.#list();
    return { files: {} };
  }

  async next(position: Position, most: number): Promise<readonly SourceRow[]> {
    let { files } = positions.parse(position);
    const rows: SourceRow[] = [];
    for (const name of await this.#list()) {
      const path = name === "" ? this.#path : join(this.#path, name);
      const read = await this.#read({ path, name, files, most: most - rows.length });
      const last = read.at(-1);
      if (last) ({ files } = last.position as { files: Files });
      rows.push(...read);
      if (rows.length >= most) break;
    }
    return rows;
  }

  async close(): Promise<void> {}

  /** [""] of a file. */
  async #list(): Promise<readonly string[]> {
    const whole = this.#around.file(this.#path);
    if (!isAbsolute(this.#path)) await checkInside(whole, this.#around.directory());
    if (!(await onFile("open", this.#path, stat(whole))).isDirectory()) return [""];
    const entries = await onFile("open", this.#path, readdir(whole, { withFileTypes: true }));
    const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    if (names.length > FILES_MAX) {
      throw new SqlError("54000", `directory "${this.#path}" has more than ${FILES_MAX} files`);
    }
    return names.sort();
  }

  async #read(reading: Reading): Promise<readonly SourceRow[]> {
    const { path } = reading;
    const file = await openFile(this.#around, path, constants.O_RDONLY);
    try {
      return await this.#lines(file, reading);
    } finally {
      await file.close();
    }
  }

  async #lines(file: FileHandle, { path, name, files, most }: Reading): Promise<SourceRow[]> {
    let [offset, line] = files[name] ?? [0, 0];
    const { size } = await onFile("read", path, file.stat());
    if (size < offset) {
      const detail = `It has ${size} bytes, of ${offset} that were read.`;
      throw new SqlError("58P01", `file "${path}" was cut`, { detail });
    }
    const rows: SourceRow[] = [];
    let bytes: Buffer = Buffer.alloc(0);
    for (let at = offset; at < size && rows.length < most; ) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - at));
      const { bytesRead } = await onFile("read", path, file.read(chunk, 0, chunk.length, at));
      if (bytesRead === 0) break;
      at += bytesRead;
      bytes = Buffer.concat([bytes, chunk.subarray(0, bytesRead)]);
      for (let end = bytes.indexOf(10); end >= 0 && rows.length < most; end = bytes.indexOf(10)) {
        const text = bytes.toString("utf8", 0, end);
        bytes = bytes.subarray(end + 1);
        [offset, line] = [offset + end + 1, line + 1];
        const position = { files: { ...files, [name]: [offset, line] } };
        if (text.trim() !== "")
          rows.push(this.#row(text, `line ${line} of file "${path}"`, position));
      }
      if (bytes.length > LINE_BYTES_MAX) {
        throw new SqlError("54000", `line ${line + 1} of file "${path}" is longer than 16 MB`);
      }
    }
    return rows;
  }

  #row(text: string, place: string, position: Position): SourceRow {
    const members = membersOf(text);
    if (typeof members === "string") return { place, position, values: [], error: members };
    return { place, position, values: this.#columns.map(({ name }) => members.get(name) ?? null) };
  }
}
