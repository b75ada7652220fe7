/**
 * DECODE: the body of a frame into a message, every read checked against the body's end.
 * Errors are PostgreSQL's, in PostgreSQL's order: fields from left to right, then what is left
 * over, then the kind byte.
 */
import { type Oid, oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import type { Charset } from "../catalog/charsets.ts";
import type { Frame } from "./framer.ts";
import { type FrontendMessage, frontendType } from "./messages.ts";

const violation = (message: string, where?: string) =>
  new SqlError("08P01", message, where === undefined ? {} : { where });
const insufficientData = (where?: string) => violation("insufficient data left in message", where);

/** Reads fields of one body from left to right. */
class BodyReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #charset: Charset | undefined;
  #position: number;

  constructor(frame: Frame, charset: Charset | undefined) {
    this.#charset = charset;
    this.#bytes = frame.bytes;
    this.#position = frame.start;
    this.#end = frame.end;
  }

  byte(): number {
    if (this.#position >= this.#end) throw violation("no data left in message");
    return this.#bytes[this.#position++] ?? 0;
  }

  uint16(): number {
    const at = this.#advance(2);
    return this.#bytes.readUInt16BE(at);
  }

  int16(): number {
    const at = this.#advance(2);
    return this.#bytes.readInt16BE(at);
  }

  int32(): number {
    const at = this.#advance(4);
    return this.#bytes.readInt32BE(at);
  }

  uint32(): number {
    const at = this.#advance(4);
    return this.#bytes.readUInt32BE(at);
  }

  /**
   * Up to and without the next NUL, which must lie within the body: the bytes behind it are another
   * message's.
   */
  string(): string {
    const start = this.#position;
    const nul = this.#bytes.indexOf(0, start);
    if (nul < 0 || nul >= this.#end) throw violation("invalid string in message");
    this.#position = nul + 1;
    if (nul === start) return "";
    return this.#charset?.decode(this.#bytes, start, nul) ?? decodeUtf8(this.#bytes, start, nul);
  }

  /** A view, not a copy. */
  bytes(length: number, where?: string): Buffer {
    if (length < 0 || length > this.#end - this.#position) throw insufficientData(where);
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  finish(): void {
    if (this.#position !== this.#end) throw violation("invalid message format");
  }

  /** A count is the client's claim; the array grows as the data confirms it. */
  list<T>(read: () => T): T[] {
    const count = this.uint16();
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  }

  formats(): number[] {
    return this.list(() => this.int16());
  }

  #advance(length: number): number {
    const at = this.#position;
    if (length > this.#end - at) throw insufficientData();
    this.#position = at + length;
    return at;
  }
}

const FLUSH: FrontendMessage = { kind: "flush" };
const SYNC: FrontendMessage = { kind: "sync" };
const TERMINATE: FrontendMessage = { kind: "terminate" };
const COPY: FrontendMessage = { kind: "copy" };

/** `charset`: the client's, unless it is UTF-8. Throws 08P01, 22021 and 22P05. */
export function decodeMessage(frame: Frame, charset: Charset | undefined): FrontendMessage {
  const reader = new BodyReader(frame, charset);
  switch (frame.type) {
    case frontendType.query:
      return decodeQuery(reader);
    case frontendType.parse:
      return decodeParse(reader);
    case frontendType.bind:
      return decodeBind(reader);
    case frontendType.execute:
      return decodeExecute(reader);
    case frontendType.describe:
      return decodeDescribe(reader);
    case frontendType.close:
      return decodeClose(reader);
    case frontendType.functionCall:
      return decodeFunctionCall(reader);
    case frontendType.sync:
      reader.finish();
      return SYNC;
    case frontendType.flush:
      reader.finish();
      return FLUSH;
    case frontendType.terminate:
      return TERMINATE;
    default:
      return COPY;
  }
}

function decodeQuery(reader: BodyReader): FrontendMessage {
  const text = reader.string();
  reader.finish();
  return { kind: "query", text };
}

function decodeParse(reader: BodyReader): FrontendMessage {
  const name = reader.string();
  const text = reader.string();
  const parameterTypes = reader.list<Oid>(() => oid(reader.uint32()));
  reader.finish();
  return { kind: "parse", name, text, parameterTypes };
}

function decodeBind(reader: BodyReader): FrontendMessage {
  const portal = reader.string();
  const statement = reader.string();
  const parameterFormats = reader.formats();
  const count = reader.uint16();
  if (parameterFormats.length > 1 && parameterFormats.length !== count) {
    throw violation(
      `bind message has ${parameterFormats.length} parameter formats but ${count} parameters`,
    );
  }
  const parameters: (Uint8Array | null)[] = [];
  for (let i = 1; i <= count; i++) {
    const length = reader.int32();
    parameters.push(length === -1 ? null : reader.bytes(length, parameterPlace(portal, i)));
  }
  const resultFormats = reader.formats();
  reader.finish();
  const request = { portal, statement, parameterFormats, parameters, resultFormats };
  return { kind: "bind", request };
}

const parameterPlace = (portal: string, number: number) =>
  portal === "" ? `unnamed portal parameter $${number}` : `portal "${portal}" parameter $${number}`;

/** The statement that a Bind names, when that much of it can be read. */
export function decodeBindStatement(
  frame: Frame,
  charset: Charset | undefined,
): string | undefined {
  const reader = new BodyReader(frame, charset);
  try {
    reader.string();
    return reader.string();
  } catch {
    return undefined;
  }
}

function decodeExecute(reader: BodyReader): FrontendMessage {
  const portal = reader.string();
  const maxRows = reader.int32();
  reader.finish();
  return { kind: "execute", portal, maxRows: Math.max(maxRows, 0) };
}

const STATEMENT = 0x53;
const PORTAL = 0x50;

function decodeDescribe(reader: BodyReader): FrontendMessage {
  const subtype = reader.byte();
  const name = reader.string();
  reader.finish();
  if (subtype === STATEMENT) return { kind: "describeStatement", name };
  if (subtype === PORTAL) return { kind: "describePortal", name };
  throw violation(`invalid DESCRIBE message subtype ${subtype}`);
}

function decodeClose(reader: BodyReader): FrontendMessage {
  const subtype = reader.byte();
  const name = reader.string();
  reader.finish();
  if (subtype === STATEMENT) return { kind: "closeStatement", name };
  if (subtype === PORTAL) return { kind: "closePortal", name };
  throw violation(`invalid CLOSE message subtype ${subtype}`);
}

function decodeFunctionCall(reader: BodyReader): FrontendMessage {
  const functionOid = oid(reader.uint32());
  const argumentFormats = reader.formats();
  const count = reader.uint16();
  if (argumentFormats.length > 1 && argumentFormats.length !== count) {
    throw violation(
      `function call message contains ${argumentFormats.length} argument formats ` +
        `but ${count} arguments`,
    );
  }
  const values: (Uint8Array | null)[] = [];
  for (let i = 0; i < count; i++) {
    const length = reader.int32();
    if (length < -1) throw violation(`invalid argument size ${length} in function call message`);
    values.push(length === -1 ? null : reader.bytes(length));
  }
  const resultFormat = reader.int16();
  reader.finish();
  const request = { function: functionOid, argumentFormats, arguments: values, resultFormat };
  return { kind: "functionCall", request };
}
