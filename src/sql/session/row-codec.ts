/**
 * ROWS IN A SPILL FILE: values one after the other, as many to a row as the result has columns
 *
 *   byte   0 NULL
 *          1 integer   int64
 *          2 text      varint length, UTF-8
 *          3 bytes     varint length, bytes
 *
 * Nobody reads it but the process that wrote it.
 */
import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Scalar } from "../types/scalar.ts";
import type { ResultRow } from "./engine.ts";

const NULL = 0;
const INTEGER = 1;
const TEXT = 2;
const BYTES = 3;

export function encodeRow(writer: ByteWriter, row: ResultRow): void {
  for (const value of row) {
    if (value === null) writer.u8(NULL);
    else if (typeof value === "bigint") {
      writer.u8(INTEGER);
      writer.i64(value);
    } else if (typeof value === "string") {
      writer.u8(TEXT);
      writer.string(value);
    } else {
      writer.u8(BYTES);
      writer.lengthAndBytes(value);
    }
  }
}

export function decodeRow(reader: ByteReader, columns: number): ResultRow {
  const row: Scalar[] = [];
  for (let at = 0; at < columns; at++) row.push(decodeValue(reader));
  return row;
}

function decodeValue(reader: ByteReader): Scalar {
  switch (reader.u8()) {
    case INTEGER:
      return reader.i64();
    case TEXT:
      return reader.string();
    case BYTES:
      return reader.lengthAndBytes();
    default:
      return null;
  }
}

/** What objects of the runtime take beside their contents, roughly. */
const OBJECT_BYTES = 24;

/** Memory that a row takes, roughly. */
export function bytesOfRow(row: ResultRow): number {
  let bytes = OBJECT_BYTES;
  for (const value of row) {
    bytes += 8;
    if (typeof value === "string") bytes += OBJECT_BYTES + value.length;
    else if (value instanceof Uint8Array) bytes += 4 * OBJECT_BYTES + value.length;
    else if (value !== null) bytes += OBJECT_BYTES;
  }
  return bytes;
}
