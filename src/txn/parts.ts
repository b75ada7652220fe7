/**
 * LARGE TRANSACTIONS IN PARTS: mutations that do not fit one entry become part frames, as many
 * entries of them as it takes. A row that does not fit an entry by itself is refused.
 */
import { ByteWriter } from "../base/bytes.ts";
import type { Xid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import type { Mutation } from "../wal/fragment.ts";
import { encodeFrame } from "../wal/frame.ts";
import { ENTRY_BYTES_MAX } from "../wal/limits.ts";

/** Half an entry: what is no longer fits behind what is no longer. */
export const PART_BYTES = ENTRY_BYTES_MAX / 2;
/** Mutations of one part frame, unless they are too long together. */
const MUTATIONS_PER_PART = 1024;

/** The payloads of the entries, in order. Throws SqlError 54000. */
export function encodeParts(xid: Xid, mutations: readonly Mutation[]): ByteWriter[] {
  const parts: ByteWriter[] = [];
  const begin = (): ByteWriter => {
    const writer = new ByteWriter();
    parts.push(writer);
    return writer;
  };
  const add = (from: number, to: number): void => {
    const last = parts.at(-1);
    const writer = last && last.length <= PART_BYTES ? last : begin();
    const start = writer.length;
    encodeFrame(writer, { kind: "part", xid, mutations: mutations.slice(from, to) });
    const bytes = writer.length - start;
    if (bytes <= PART_BYTES || (start === 0 && bytes <= ENTRY_BYTES_MAX)) return;
    writer.truncate(start);
    if (to - from > 1) {
      const middle = (from + to) >>> 1;
      add(from, middle);
      add(middle, to);
    } else if (bytes > ENTRY_BYTES_MAX) {
      throw rowTooLarge(bytes);
    } else {
      begin();
      add(from, to);
    }
  };
  for (let from = 0; from < mutations.length; from += MUTATIONS_PER_PART) {
    add(from, Math.min(from + MUTATIONS_PER_PART, mutations.length));
  }
  return parts;
}

export const rowTooLarge = (bytes: number): SqlError =>
  new SqlError("54000", `row is too big: size ${bytes}, maximum size ${ENTRY_BYTES_MAX}`);
