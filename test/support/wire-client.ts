/**
 * A client that says exactly what a test wants, bytes included, and hears messages as plain text
 * lines. Written from the protocol's documentation, not from the server's codec, so that the two
 * can disagree.
 */
import { connect, type Socket } from "node:net";

export const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
};
export const cstring = (text: string): Buffer => Buffer.from(`${text}\0`);

export function message(type: string, ...body: Buffer[]): Buffer {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from(type), int32(bytes.length + 4), bytes]);
}

export type ParameterValue = string | null | { readonly hex: string };

const values = (items: readonly ParameterValue[]): Buffer[] => [
  int16(items.length),
  ...items.map((item) => {
    if (item === null) return int32(-1);
    const bytes = typeof item === "string" ? Buffer.from(item) : Buffer.from(item.hex, "hex");
    return Buffer.concat([int32(bytes.length), bytes]);
  }),
];
const codes = (items: readonly number[]): Buffer[] => [int16(items.length), ...items.map(int16)];

/** Frontend messages, by name. */
export const say = {
  Startup: (parameters: Readonly<Record<string, string>>, version = 0x30000): Buffer => {
    const pairs = Object.entries(parameters).flatMap(([name, value]) => [
      cstring(name),
      cstring(value),
    ]);
    const body = Buffer.concat([int32(version), ...pairs, Buffer.from([0])]);
    return Buffer.concat([int32(body.length + 4), body]);
  },
  SSLRequest: (): Buffer => Buffer.concat([int32(8), int32(80877103)]),
  GSSENCRequest: (): Buffer => Buffer.concat([int32(8), int32(80877104)]),
  CancelRequest: (processId: number, secret: number): Buffer =>
    Buffer.concat([int32(16), int32(80877102), int32(processId), int32(secret)]),
  Query: (text: string): Buffer => message("Q", cstring(text)),
  Parse: (name: string, text: string, types: readonly number[] = []): Buffer =>
    message("P", cstring(name), cstring(text), int16(types.length), ...types.map(int32)),
  Bind: (
    portal: string,
    statement: string,
    parameters: readonly ParameterValue[] = [],
    parameterFormats: readonly number[] = [],
    resultFormats: readonly number[] = [],
  ): Buffer =>
    message(
      "B",
      cstring(portal),
      cstring(statement),
      ...codes(parameterFormats),
      ...values(parameters),
      ...codes(resultFormats),
    ),
  Describe: (kind: string, name: string): Buffer => message("D", Buffer.from(kind), cstring(name)),
  Close: (kind: string, name: string): Buffer => message("C", Buffer.from(kind), cstring(name)),
  Execute: (portal: string, maxRows = 0): Buffer => message("E", cstring(portal), int32(maxRows)),
  Sync: (): Buffer => message("S"),
  Flush: (): Buffer => message("H"),
  Terminate: (): Buffer => message("X"),
  CopyData: (text: string): Buffer => message("d", Buffer.from(text)),
  CopyDone: (): Buffer => message("c"),
  CopyFail: (text: string): Buffer => message("f", cstring(text)),
  FunctionCall: (
    oid: number,
    args: readonly ParameterValue[] = [],
    formats: readonly number[] = [],
    resultFormat = 0,
  ): Buffer => message("F", int32(oid), ...codes(formats), ...values(args), int16(resultFormat)),
  Password: (text: string): Buffer => message("p", cstring(text)),
  /** Any type byte, any body. */
  Message: (type: string, hex = ""): Buffer => message(type, say.Bytes(hex)),
  Bytes: (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ""), "hex"),
} as const;

/** Reads fields of one backend message. */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  get rest(): number {
    return this.#bytes.length - this.#at;
  }
  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }
  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }
  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }
  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }
  string(): string {
    const nul = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString("utf8", this.#at, nul);
    this.#at = nul + 1;
    return text;
  }
  value(): string {
    const length = this.int32();
    return length < 0 ? "null" : this.#show(length);
  }
  raw(): string {
    return this.#show(this.rest);
  }
  #show(length: number): string {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    const text = bytes.toString("utf8");
    const printable = /^[\P{C}\n\t]*$/u.test(text) && !text.includes("\ufffd");
    return printable ? JSON.stringify(text) : `0x${bytes.toString("hex")}`;
  }
  list(read: () => string): string {
    return Array.from({ length: this.int16() }, read).join(" ");
  }
}

const simple: Readonly<Record<string, string>> = {
  "1": "ParseComplete",
  "2": "BindComplete",
  "3": "CloseComplete",
  n: "NoData",
  s: "PortalSuspended",
  I: "EmptyQueryResponse",
  c: "CopyDone",
};

const errorFields: Readonly<Record<string, string>> = {
  D: "detail",
  H: "hint",
  P: "position",
  W: "where",
  s: "schema",
  t: "table",
  c: "column",
  d: "type",
  n: "constraint",
};

function describeReport(fields: Fields): string {
  const found = new Map<string, string>();
  for (let code = fields.byte(); code !== 0; code = fields.byte()) {
    found.set(String.fromCharCode(code), fields.string());
  }
  const head = `${found.get("V")} ${found.get("C")} ${JSON.stringify(found.get("M"))}`;
  const rest = Object.entries(errorFields).flatMap(([code, name]) => {
    const value = found.get(code);
    if (value === undefined) return [];
    return [`${name}=${code === "P" ? value : JSON.stringify(value)}`];
  });
  return [head, ...rest].join(" ");
}

/** How oids are shown: those of what users make differ from server to server. */
type OidText = (oid: number) => string;
const withoutUsers: OidText = (oid) => (oid < 16384 ? String(oid) : "#");

function describeColumn(fields: Fields, oidText: OidText): string {
  const name = JSON.stringify(fields.string());
  const table = fields.uint32();
  const attribute = fields.int16();
  const type = fields.uint32();
  const length = fields.int16();
  const typmod = fields.int32();
  const format = fields.int16();
  const origin = table === 0 && attribute === 0 ? "" : ` of ${oidText(table)}.${attribute}`;
  const modifier = typmod === -1 ? "" : ` mod ${typmod}`;
  return `(${name} ${oidText(type)}/${length}${modifier}${origin}${format === 0 ? "" : ` format ${format}`})`;
}

/** One line of text for one backend message. Throws when it does not fill its length exactly. */
export function describeMessage(type: string, body: Buffer, oidText = withoutUsers): string {
  const fields = new Fields(body);
  const text = describeBody(type, fields, body, oidText);
  if (fields.rest !== 0) throw new Error(`${fields.rest} bytes left over in ${text}`);
  return text;
}

function describeBody(type: string, fields: Fields, body: Buffer, oidText: OidText): string {
  switch (type) {
    case "R":
      return `Authentication ${fields.int32()}`;
    case "K":
      fields.int32();
      fields.int32();
      return `BackendKeyData of ${body.length} bytes`;
    case "S":
      return `ParameterStatus ${fields.string()}=${fields.string()}`;
    case "Z":
      return `ReadyForQuery ${String.fromCharCode(fields.byte())}`;
    case "C":
      return `CommandComplete ${fields.string()}`;
    case "T":
      return `RowDescription ${fields.list(() => describeColumn(fields, oidText))}`.trimEnd();
    case "D":
      return `DataRow ${fields.list(() => fields.value())}`.trimEnd();
    case "t":
      return `ParameterDescription ${fields.list(() => oidText(fields.uint32()))}`.trimEnd();
    case "E":
      return `ErrorResponse ${describeReport(fields)}`;
    case "N":
      return `NoticeResponse ${describeReport(fields)}`;
    case "V":
      return `FunctionCallResponse ${fields.value()}`;
    case "A":
      return `NotificationResponse ${fields.int32()} ${fields.string()} ${fields.string()}`;
    case "G":
    case "H": {
      const way = type === "G" ? "In" : "Out";
      const format = fields.byte() === 0 ? "text" : "binary";
      return `Copy${way}Response ${format} ${fields.list(() => String(fields.int16()))}`.trimEnd();
    }
    case "d":
      return `CopyData ${fields.raw()}`;
    case "v": {
      const version = fields.int32().toString(16).padStart(8, "0");
      const count = fields.int32();
      const names = Array.from({ length: count }, () => fields.string());
      return ["NegotiateProtocolVersion", version, ...names].join(" ");
    }
    default:
      return simple[type] ?? `unknown message ${type}`;
  }
}

export const CLOSED = "ConnectionClosed";
export const SILENCE = "silence";

export class WireClient {
  readonly socket: Socket;
  oidText: OidText = withoutUsers;
  /** From BackendKeyData. */
  processId = 0;
  secret = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #lines: string[] = [];
  #encryptionAnswers = 0;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(port: number, host = "127.0.0.1") {
    this.socket = connect({ port, host, noDelay: true });
    this.socket.on("data", (chunk) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      this.#cut();
      this.#wake?.();
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** The next `count` answers will be single bytes (SSLRequest, GSSENCRequest). */
  expectEncryptionAnswer(): void {
    this.#encryptionAnswers++;
  }

  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Opens a session and throws its first messages away. */
  async start(parameters: Readonly<Record<string, string>>): Promise<void> {
    this.send(say.Startup(parameters));
    const lines = await this.until("ReadyForQuery");
    if (!lines.at(-1)?.startsWith("ReadyForQuery")) throw new Error(lines.join("\n"));
  }

  /** The next line; CLOSED after the end, SILENCE when nothing comes in time. */
  async next(timeoutMs = 3000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    while (this.#lines.length === 0) {
      if (this.#closed) return CLOSED;
      const left = deadline - Date.now();
      if (left <= 0) return SILENCE;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
      this.#wake = undefined;
    }
    return this.#lines.shift() ?? SILENCE;
  }

  /**
   * Lines up to and with the `count`th that starts with `prefix`; less when the connection ends or
   * is silent.
   */
  async until(prefix: string, count = 1, timeoutMs = 3000): Promise<string[]> {
    const lines: string[] = [];
    for (let seen = 0; seen < count; ) {
      const line = await this.next(timeoutMs);
      lines.push(line);
      if (line === CLOSED || line === SILENCE) break;
      if (line.startsWith(prefix)) seen++;
    }
    return lines;
  }

  close(): void {
    this.socket.destroy();
  }

  #cut(): void {
    for (;;) {
      const type = String.fromCharCode(this.#bytes[0] ?? 0);
      if (this.#encryptionAnswers > 0 && this.#bytes.length > 0) {
        this.#encryptionAnswers--;
        this.#lines.push(`EncryptionAnswer ${type}`);
        this.#bytes = this.#bytes.subarray(1);
        continue;
      }
      if (this.#bytes.length < 5) return;
      const length = this.#bytes.readInt32BE(1);
      if (this.#bytes.length < length + 1) return;
      const body = this.#bytes.subarray(5, length + 1);
      if (type === "K") {
        this.processId = body.readInt32BE(0);
        this.secret = body.readInt32BE(4);
      }
      this.#lines.push(describeMessage(type, body, this.oidText));
      this.#bytes = this.#bytes.subarray(length + 1);
    }
  }
}
