/**
 * FRAME: one transaction's bytes (or one reservation of ids), within the payload of a group
 *   offset  size  field
 *        0     1  kind      1 commit, 2 marks, 3 part, 4 bulk
 *        1     4  length    of the body, big-endian
 *        5     n  body
 *
 *   commit   varint epoch, varint xid, string user, varint session, 8 bytes time, string statement,
 *            varint number of mutations, mutations, row changes (row-changes.ts),
 *            varint number of bulks, varint bulks
 *   marks    varint number of marks, marks
 *   part     varint xid, varint number of mutations, mutations
 *   bulk     varint bulk, row changes
 *
 *   mutation 1 byte: kind (1 insert, 2 update, 3 delete) + 4 if the relation, + 8 if the database
 *   is
 *            that of the mutation before; else varint relation, varint database;
 *            update and delete: key as a row; insert and update: row (value-codec.ts)
 *   mark     1 byte: 1 oid, varint next | 2 xid, varint next |
 *            3 sequence, varint database, varint storage, 8 bytes last, 1 byte called |
 *            4 abandoned, varint bulk
 *
 * A body that does not decode to its last byte is corruption, never a skip.
 */
import { DataCorrupted, unreachable } from "../base/assert.ts";
import { ByteReader, type ByteWriter } from "../base/bytes.ts";
import { type BulkId, epoch, isBulk, type Oid, oid, xid } from "../base/ids.ts";
import type { CommitInfo, Frame, Mark, Mutation } from "./fragment.ts";
import type { Entry } from "./log.ts";
import { decodeRowChanges, encodeRowChanges } from "./row-changes.ts";
import { decodeRow, encodeRow } from "./value-codec.ts";

const COMMIT = 1;
const MARKS = 2;
const PART = 3;
const BULK = 4;

const INSERT = 1;
const UPDATE = 2;
const DELETE = 3;
const KIND_MASK = 3;
const SAME_RELATION = 4;
const SAME_DATABASE = 8;

const MARK_OID = 1;
const MARK_XID = 2;
const MARK_SEQUENCE = 3;
const MARK_ABANDONED = 4;

/** Adds the frame to what the writer holds: frames of one group follow each other in one buffer. */
export function encodeFrame(writer: ByteWriter, frame: Frame): void {
  const start = writer.reserve(5);
  const kind = encodeBody(writer, frame);
  const length = writer.length - start - 5;
  writer.patchU8(start, kind);
  writer.patchU32(start + 1, length);
}

function encodeBody(writer: ByteWriter, frame: Frame): number {
  switch (frame.kind) {
    case "commit":
      writer.varint(frame.epoch);
      writer.varint(frame.xid);
      encodeInfo(writer, frame.info);
      encodeMutations(writer, frame.mutations);
      encodeRowChanges(writer, frame.rows);
      writer.varint(frame.bulks.length);
      for (const bulk of frame.bulks) writer.varint(bulk);
      return COMMIT;
    case "marks":
      writer.varint(frame.marks.length);
      for (const mark of frame.marks) encodeMark(writer, mark);
      return MARKS;
    case "part":
      writer.varint(frame.xid);
      encodeMutations(writer, frame.mutations);
      return PART;
    case "bulk":
      writer.varint(frame.bulk);
      encodeRowChanges(writer, frame.rows);
      return BULK;
    default:
      return unreachable(frame);
  }
}

function encodeInfo(writer: ByteWriter, info: CommitInfo): void {
  writer.string(info.user);
  writer.varint(info.session);
  writer.i64(info.time);
  writer.string(info.statement);
}

function encodeMutations(writer: ByteWriter, mutations: readonly Mutation[]): void {
  writer.varint(mutations.length);
  let rel = -1;
  let db = -1;
  for (const mutation of mutations) {
    const same =
      (mutation.rel === rel ? SAME_RELATION : 0) | (mutation.db === db ? SAME_DATABASE : 0);
    writer.u8(kindOf(mutation) | same);
    if (mutation.rel !== rel) writer.varint(mutation.rel);
    if (mutation.db !== db) writer.varint(mutation.db);
    rel = mutation.rel;
    db = mutation.db;
    if (mutation.kind !== "insert") encodeRow(writer, mutation.key);
    if (mutation.kind !== "delete") encodeRow(writer, mutation.row);
  }
}

const kindOf = (mutation: Mutation): number =>
  mutation.kind === "insert" ? INSERT : mutation.kind === "update" ? UPDATE : DELETE;

function encodeMark(writer: ByteWriter, mark: Mark): void {
  switch (mark.kind) {
    case "oid":
      writer.u8(MARK_OID);
      writer.varint(mark.next);
      break;
    case "xid":
      writer.u8(MARK_XID);
      writer.varint(mark.next);
      break;
    case "sequence":
      writer.u8(MARK_SEQUENCE);
      writer.varint(mark.db);
      writer.varint(mark.storage);
      writer.i64(mark.last);
      writer.u8(mark.called ? 1 : 0);
      break;
    case "abandoned":
      writer.u8(MARK_ABANDONED);
      writer.varint(mark.bulk);
      break;
    default:
      unreachable(mark);
  }
}

/** All frames of an entry's payload, in order; throws DataCorrupted. */
export function decodeFrames(payload: Uint8Array): Frame[] {
  const reader = new ByteReader(payload);
  const frames: Frame[] = [];
  while (reader.remaining > 0) frames.push(decodeFrame(reader));
  return frames;
}

/** The frames of an entry; throws DataCorrupted naming its lsn. */
export function decodeEntry(entry: Entry): Frame[] {
  try {
    return decodeFrames(entry.payload);
  } catch (error) {
    if (!(error instanceof DataCorrupted)) throw error;
    const message = `the entry at lsn ${entry.position.lsn} does not decode: ${error.message}`;
    throw new DataCorrupted(message, { cause: error });
  }
}

function decodeFrame(reader: ByteReader): Frame {
  const kind = reader.u8();
  const before = reader.limit(reader.u32());
  const frame = decodeBody(reader, kind);
  if (reader.remaining > 0) {
    throw new DataCorrupted(`${reader.remaining} bytes follow the end of a ${frame.kind} frame`);
  }
  reader.unlimit(before);
  return frame;
}

function decodeBody(reader: ByteReader, kind: number): Frame {
  switch (kind) {
    case COMMIT:
      return {
        kind: "commit",
        epoch: epoch(reader.varint()),
        xid: xid(reader.varint()),
        info: decodeInfo(reader),
        mutations: decodeMutations(reader),
        rows: decodeRowChanges(reader),
        bulks: decodeList(reader, decodeBulk),
      };
    case MARKS:
      return { kind: "marks", marks: decodeList(reader, decodeMark) };
    case PART:
      return { kind: "part", xid: xid(reader.varint()), mutations: decodeMutations(reader) };
    case BULK:
      return { kind: "bulk", bulk: decodeBulk(reader), rows: decodeRowChanges(reader) };
    default:
      throw new DataCorrupted(`no frame is of kind ${kind}`);
  }
}

function decodeInfo(reader: ByteReader): CommitInfo {
  return {
    user: reader.string(),
    session: reader.varint(),
    time: reader.i64(),
    statement: reader.string(),
  };
}

function decodeList<T>(reader: ByteReader, decode: (reader: ByteReader) => T): T[] {
  const count = reader.varint();
  if (count > reader.remaining) throw new DataCorrupted(`${count} items do not fit what is left`);
  const list: T[] = [];
  for (let at = 0; at < count; at++) list.push(decode(reader));
  return list;
}

function decodeMutations(reader: ByteReader): Mutation[] {
  let rel: Oid | undefined;
  let db: Oid | undefined;
  return decodeList(reader, () => {
    const head = reader.u8();
    if ((head & SAME_RELATION) === 0) rel = oid(reader.varint());
    if ((head & SAME_DATABASE) === 0) db = oid(reader.varint());
    if (rel === undefined || db === undefined || head > (KIND_MASK | SAME_RELATION | SAME_DATABASE))
      throw new DataCorrupted(`no mutation starts with byte 0x${head.toString(16)}`);
    switch (head & KIND_MASK) {
      case INSERT:
        return { kind: "insert", rel, db, row: decodeRow(reader) };
      case UPDATE:
        return { kind: "update", rel, db, key: decodeRow(reader), row: decodeRow(reader) };
      case DELETE:
        return { kind: "delete", rel, db, key: decodeRow(reader) };
      default:
        throw new DataCorrupted(`no mutation starts with byte 0x${head.toString(16)}`);
    }
  });
}

function decodeBulk(reader: ByteReader): BulkId {
  const value = reader.varint();
  if (!isBulk(value)) throw new DataCorrupted(`${value} is not the id of a bulk`);
  return value;
}

function decodeMark(reader: ByteReader): Mark {
  const kind = reader.u8();
  switch (kind) {
    case MARK_OID:
      return { kind: "oid", next: oid(reader.varint()) };
    case MARK_XID:
      return { kind: "xid", next: xid(reader.varint()) };
    case MARK_SEQUENCE:
      return {
        kind: "sequence",
        db: oid(reader.varint()),
        storage: oid(reader.varint()),
        last: reader.i64(),
        called: decodeBoolean(reader),
      };
    case MARK_ABANDONED:
      return { kind: "abandoned", bulk: decodeBulk(reader) };
    default:
      throw new DataCorrupted(`no mark is of kind ${kind}`);
  }
}

function decodeBoolean(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new DataCorrupted(`${byte} is not a boolean`);
  return byte === 1;
}
