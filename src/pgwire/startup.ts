/**
 * START-UP PACKETS: what a connection says before it has a session
 *
 *   offset  size  field
 *        0     4  code      80877103 SSL, 80877104 GSS, 80877102 cancel; else the protocol version,
 *        major << 16 | minor
 *        4     n  cancel:   int32 process id, int32 secret
 *                 version:  name NUL value NUL …, then one NUL
 *
 * Later pairs win over earlier ones of the same name, as in PostgreSQL, so the order is kept.
 * https://www.postgresql.org/docs/15/protocol-flow.html#id-1.10.6.7.3
 */
import { notSupported, SqlError } from "../base/sql-error.ts";
import type { Frame } from "./framer.ts";

/** Version 3.0. */
export const PROTOCOL_VERSION = 0x0003_0000;
const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSSENC_REQUEST = 80877104;
const CANCEL_REQUEST_BYTES = 12;
const NAME_BYTES_MAX = 63;

export interface StartupParameters {
  /** "" when the client named none. */
  readonly user: string;
  readonly database: string;
  /** The `options` parameter, not yet split. */
  readonly options: string;
  readonly replication: string | undefined;
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** Protocol options (`_pq_.…`) that this server does not know. */
  readonly unrecognized: readonly string[];
}

export type StartupPacket =
  | { readonly kind: "ssl" }
  | { readonly kind: "gss" }
  | { readonly kind: "cancel"; readonly processId: number; readonly secret: number }
  | { readonly kind: "malformedCancel" }
  | { readonly kind: "version"; readonly version: number };

export const unsupportedVersion = (version: number): SqlError =>
  new SqlError(
    "0A000",
    `unsupported frontend protocol ${version >>> 16}.${version & 0xffff}: ` +
      "server supports 3.0 to 3.0",
    {},
    "FATAL",
  );

export function decodeStartupPacket(frame: Frame): StartupPacket {
  const { bytes, start, end } = frame;
  const code = bytes.readUInt32BE(start);
  switch (code) {
    case SSL_REQUEST:
      return { kind: "ssl" };
    case GSSENC_REQUEST:
      return { kind: "gss" };
    case CANCEL_REQUEST:
      if (end - start !== CANCEL_REQUEST_BYTES) return { kind: "malformedCancel" };
      return {
        kind: "cancel",
        processId: bytes.readInt32BE(start + 4),
        secret: bytes.readInt32BE(start + 8),
      };
    default:
      return { kind: "version", version: code };
  }
}

/** The pairs behind the version word. Throws FATAL 08P01. */
export function decodeStartupParameters(frame: Frame): StartupParameters {
  const { bytes, end } = frame;
  let user = "";
  let database = "";
  let options = "";
  let replication: string | undefined;
  const settings: [string, string][] = [];
  const unrecognized: string[] = [];
  let at = frame.start + 4;
  while (at < end && bytes[at] !== 0) {
    const nameEnd = bytes.indexOf(0, at);
    const valueStart = nameEnd + 1;
    if (nameEnd < 0 || valueStart >= end) break;
    const valueEnd = bytes.indexOf(0, valueStart);
    if (valueEnd < 0 || valueEnd >= end) break;
    const name = bytes.toString("utf8", at, nameEnd);
    const value = bytes.toString("utf8", valueStart, valueEnd);
    if (name === "user") user = truncateName(bytes, valueStart, valueEnd);
    else if (name === "database") database = truncateName(bytes, valueStart, valueEnd);
    else if (name === "options") options = value;
    else if (name === "replication") replication = value;
    else if (name.startsWith("_pq_.")) unrecognized.push(name);
    else settings.push([name, value]);
    at = valueEnd + 1;
  }
  if (at !== end - 1) {
    throw fatal("08P01", "invalid startup packet layout: expected terminator as last byte");
  }
  return { user, database, options, replication, settings, unrecognized };
}

const truncateName = (bytes: Buffer, start: number, end: number): string =>
  bytes.toString("utf8", start, Math.min(end, start + NAME_BYTES_MAX));

const fatal = (code: string, message: string, hint?: string) =>
  new SqlError(code, message, hint === undefined ? {} : { hint }, "FATAL");

const TRUE = /^(t|tr|tru|true|y|ye|yes|on|1)$/i;
const FALSE = /^(f|fa|fal|fals|false|n|no|of|off|0)$/i;

/** Throws FATAL 22023 for a value that is none, 0A000 for one that asks for replication. */
export function refuseReplication(value: string | undefined): void {
  if (value === undefined || FALSE.test(value)) return;
  if (value === "database" || TRUE.test(value)) {
    throw fatal("0A000", notSupported("replication").message);
  }
  throw fatal(
    "22023",
    `invalid value for parameter "replication": "${value}"`,
    'Valid values are: "false", 0, "true", 1, "database".',
  );
}

/** Blanks separate, a backslash takes the next character as it is. */
function splitOptions(options: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < options.length; i++) {
    const character = options[i] ?? "";
    if (/[ \t\n\r\v\f]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      if (character === "\\") i++;
      word = (word ?? "") + (character === "\\" ? (options[i] ?? "") : character);
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Switches that stand for a setting with a value, and for one with a fixed value. */
const VALUE_SWITCHES: Readonly<Record<string, string>> = {
  B: "shared_buffers",
  h: "listen_addresses",
  k: "unix_socket_directories",
  N: "max_connections",
  p: "port",
  S: "work_mem",
  W: "post_auth_delay",
};
const FIXED_SWITCHES: Readonly<Record<string, readonly [string, string]>> = {
  e: ["datestyle", "euro"],
  F: ["fsync", "false"],
  i: ["listen_addresses", "*"],
  l: ["ssl", "true"],
  O: ["allow_system_table_mods", "true"],
  P: ["ignore_system_indexes", "true"],
  s: ["log_statement_stats", "true"],
};
const OTHER_SWITCHES = "bCDdEfjnrTtv";

/**
 * The settings in `options`, as a server's command line has them: `-c name=value`, `--name=value`
 * and the short switches. Throws FATAL 42601, and 0A000 for a switch that has no setting.
 */
export function parseOptions(options: string): [name: string, value: string][] {
  const settings: [string, string][] = [];
  const words = splitOptions(options);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!word.startsWith("-") || word.length < 2) throw invalidArgument(word);
    const letter = word[1] ?? "";
    const fixed = FIXED_SWITCHES[letter];
    if (fixed !== undefined && word.length === 2) {
      settings.push([...fixed]);
      continue;
    }
    if (OTHER_SWITCHES.includes(letter)) {
      throw fatal("0A000", notSupported(`the command-line switch -${letter}`).message);
    }
    const known = letter === "c" || letter === "-" || letter in VALUE_SWITCHES;
    const value = word.length > 2 ? word.slice(2) : words[++i];
    if (!known || value === undefined) throw invalidArgument(word);
    const name = VALUE_SWITCHES[letter];
    settings.push(name === undefined ? parseAssignment(letter, value) : [name, value]);
  }
  return settings;
}

function parseAssignment(letter: string, text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 0) {
    const shown = letter === "-" ? `--${text}` : `-c ${text}`;
    throw fatal("42601", `${shown} requires a value`);
  }
  return [text.slice(0, equals).replaceAll("-", "_"), text.slice(equals + 1)];
}

const invalidArgument = (word: string) =>
  fatal(
    "42601",
    `invalid command-line argument for server process: ${word}`,
    'Try "postgres --help" for more information.',
  );
