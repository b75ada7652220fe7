/**
 * ROW CHANGES AS BYTES: what frames hold behind their mutations.
 *
 *   change   1 byte: kind (1 add, 2 end, 3 index, 4 entry, 5 close)
 *                    + 8 if the storage is that of the change before, else varint storage
 *                    + 16 if the version is one more than that of the change before, else (but for
 *                    index and close) varint version
 *            add     row (value-codec.ts)
 *            end     varint next
 *            index   varint index, varint number of columns, varint columns, varint keys
 *            entry   row of keys
 */
import { DataCorrupted, unreachable } from "../base/assert.ts";
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { oid } from "../base/ids.ts";
import type { RowChange } from "./fragment.ts";
import { decodeRow, encodeRow } from "./value-codec.ts";

const ADD = 1;
const END = 2;
const INDEX = 3;
const ENTRY = 4;
const KIND_MASK = 7;
const SAME_STORAGE = 8;
const NEXT_VERSION = 16;

const codeOf = { add: ADD, end: END, index: INDEX, entry: ENTRY } as const;

export function encodeRowChanges(writer: ByteWriter, changes: readonly RowChange[]): void {
  writer.varint(changes.length);
  let storage = -1;
  let version = -1;
  for (const change of changes) {
    const versioned = change.kind !== "index";
    const follows = versioned && change.version === version + 1;
    const isSame = change.storage === storage;
    writer.u8(codeOf[change.kind] | (isSame ? SAME_STORAGE : 0) | (follows ? NEXT_VERSION : 0));
    if (!isSame) writer.varint(change.storage);
    if (versioned && !follows) writer.varint(change.version);
    encodeBody(writer, change);
    storage = change.storage;
    if (versioned) version = change.version;
  }
}

function encodeBody(writer: ByteWriter, change: RowChange): void {
  switch (change.kind) {
    case "add":
      encodeRow(writer, change.row);
      break;
    case "end":
      writer.varint(change.next);
      break;
    case "index":
      writer.varint(change.index);
      writer.varint(change.columns.length);
      for (const column of change.columns) writer.varint(column);
      writer.varint(change.keys);
      break;
    case "entry":
      encodeRow(writer, change.keys);
      break;
    default:
      unreachable(change);
  }
}

/** Throws DataCorrupted. */
export function decodeRowChanges(reader: ByteReader): RowChange[] {
  const count = reader.varint();
  // Each change takes two bytes at least.
  if (count * 2 > reader.remaining + 1) {
    throw new DataCorrupted(`${count} row changes do not fit what is left`);
  }
  const changes: RowChange[] = new Array(count);
  let storage = oid(0);
  let version = -1;
  for (let at = 0; at < count; at++) {
    const head = reader.u8();
    const kind = head & KIND_MASK;
    if (head > (KIND_MASK | SAME_STORAGE | NEXT_VERSION)) throw unknown(head);
    if ((head & SAME_STORAGE) === 0) storage = oid(reader.varint());
    else if (storage === 0) throw unknown(head);
    if (kind === ADD || kind === END || kind === ENTRY) {
      version = (head & NEXT_VERSION) === 0 ? reader.varint() : version + 1;
    }
    changes[at] = decodeBody(reader, kind, storage, version);
  }
  return changes;
}

function decodeBody(
  reader: ByteReader,
  kind: number,
  storage: RowChange["storage"],
  version: number,
): RowChange {
  switch (kind) {
    case ADD:
      return { kind: "add", storage, version, row: decodeRow(reader) };
    case END:
      return { kind: "end", storage, version, next: reader.varint() };
    case INDEX: {
      const index = oid(reader.varint());
      const count = reader.varint();
      if (count > reader.remaining) throw new DataCorrupted(`${count} columns do not fit`);
      const columns = Array.from({ length: count }, () => reader.varint());
      return { kind: "index", storage, index, columns, keys: reader.varint() };
    }
    case ENTRY:
      return { kind: "entry", storage, version, keys: decodeRow(reader) };
    default:
      throw unknown(kind);
  }
}

const unknown = (head: number): DataCorrupted =>
  new DataCorrupted(`no row change starts with byte 0x${head.toString(16)}`);
