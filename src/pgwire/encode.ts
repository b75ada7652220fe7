/**
 * ENCODE: backend messages into the output buffer, one function a message.
 * https://www.postgresql.org/docs/15/protocol-message-formats.html
 */
import type { Oid } from "../base/ids.ts";
import { type Notice, SqlError, type SqlErrorFields } from "../base/sql-error.ts";
import type { FormatCode, ResultColumn, WireValue } from "../sql/session/api.ts";
import type { OutputBuffer } from "./output-buffer.ts";

const type = (letter: string): number => letter.charCodeAt(0);

const AUTHENTICATION = type("R");
const BACKEND_KEY_DATA = type("K");
const BIND_COMPLETE = type("2");
const CLOSE_COMPLETE = type("3");
const COMMAND_COMPLETE = type("C");
const COPY_DATA = type("d");
const COPY_IN_RESPONSE = type("G");
const COPY_DONE = type("c");
const COPY_OUT_RESPONSE = type("H");
const DATA_ROW = type("D");
const EMPTY_QUERY_RESPONSE = type("I");
const ERROR_RESPONSE = type("E");
const FUNCTION_CALL_RESPONSE = type("V");
const NEGOTIATE_PROTOCOL_VERSION = type("v");
const NO_DATA = type("n");
const NOTIFICATION_RESPONSE = type("A");
const NOTICE_RESPONSE = type("N");
const PARAMETER_DESCRIPTION = type("t");
const PARAMETER_STATUS = type("S");
const PARSE_COMPLETE = type("1");
const PORTAL_SUSPENDED = type("s");
const READY_FOR_QUERY = type("Z");
const ROW_DESCRIPTION = type("T");

export const writeBindComplete = (out: OutputBuffer) => out.empty(BIND_COMPLETE);
export const writeCloseComplete = (out: OutputBuffer) => out.empty(CLOSE_COMPLETE);
export const writeEmptyQuery = (out: OutputBuffer) => out.empty(EMPTY_QUERY_RESPONSE);
export const writeNoData = (out: OutputBuffer) => out.empty(NO_DATA);
export const writeParseComplete = (out: OutputBuffer) => out.empty(PARSE_COMPLETE);
export const writePortalSuspended = (out: OutputBuffer) => out.empty(PORTAL_SUSPENDED);

export function writeAuthenticationOk(out: OutputBuffer): void {
  out.begin(AUTHENTICATION);
  out.int32(0);
  out.end();
}

export function writeBackendKeyData(out: OutputBuffer, processId: number, secret: number): void {
  out.begin(BACKEND_KEY_DATA);
  out.int32(processId);
  out.int32(secret);
  out.end();
}

/**
 * `version` is the whole version word, as PostgreSQL sends it, although the documentation says the
 * minor one.
 */
export function writeNegotiateProtocolVersion(
  out: OutputBuffer,
  version: number,
  unrecognized: readonly string[],
): void {
  out.begin(NEGOTIATE_PROTOCOL_VERSION);
  out.int32(version);
  out.int32(unrecognized.length);
  for (const name of unrecognized) out.cstring(name);
  out.end();
}

export function writeParameterStatus(out: OutputBuffer, name: string, value: string): void {
  out.begin(PARAMETER_STATUS);
  out.cstring(name);
  out.cstring(value);
  out.end();
}

export function writeNotification(
  out: OutputBuffer,
  processId: number,
  channel: string,
  payload: string,
): void {
  out.begin(NOTIFICATION_RESPONSE);
  out.int32(processId);
  out.cstring(channel);
  out.cstring(payload);
  out.end();
}

export function writeReadyForQuery(out: OutputBuffer, status: "I" | "T" | "E"): void {
  out.begin(READY_FOR_QUERY);
  out.byte(type(status));
  out.end();
}

export function writeCommandComplete(out: OutputBuffer, tag: string): void {
  out.begin(COMMAND_COMPLETE);
  out.cstring(tag);
  out.end();
}

/** `formats` as a Bind has them: none (all text), one for all, or one each. */
export function writeRowDescription(
  out: OutputBuffer,
  columns: readonly ResultColumn[],
  formats: readonly FormatCode[],
): void {
  const only = formats.length === 1 ? formats[0] : undefined;
  out.begin(ROW_DESCRIPTION);
  out.count(columns.length);
  for (const [index, column] of columns.entries()) {
    out.cstring(column.name);
    out.int32(column.table);
    out.int16(column.attribute);
    out.int32(column.type);
    out.int16(column.typeLength);
    out.int32(column.typmod);
    out.int16(only ?? formats[index] ?? 0);
  }
  out.end();
}

export function writeParameterDescription(out: OutputBuffer, parameters: readonly Oid[]): void {
  out.begin(PARAMETER_DESCRIPTION);
  out.count(parameters.length);
  for (const parameter of parameters) out.int32(parameter);
  out.end();
}

export function writeDataRow(out: OutputBuffer, values: readonly WireValue[]): void {
  out.begin(DATA_ROW);
  out.count(values.length);
  for (const value of values) writeValue(out, value);
  out.end();
}

export const writeCopyDone = (out: OutputBuffer) => out.empty(COPY_DONE);

export function writeCopyOutResponse(out: OutputBuffer, format: FormatCode, columns: number): void {
  writeCopyResponse(out, COPY_OUT_RESPONSE, format, columns);
}

export function writeCopyInResponse(out: OutputBuffer, format: FormatCode, columns: number): void {
  writeCopyResponse(out, COPY_IN_RESPONSE, format, columns);
}

/** All columns have the same format. */
function writeCopyResponse(
  out: OutputBuffer,
  messageType: number,
  format: FormatCode,
  columns: number,
): void {
  out.begin(messageType);
  out.byte(format);
  out.count(columns);
  for (let at = 0; at < columns; at++) out.int16(format);
  out.end();
}

export function writeCopyData(out: OutputBuffer, data: string | Uint8Array): void {
  out.begin(COPY_DATA);
  if (typeof data === "string") out.rawText(data);
  else out.raw(data);
  out.end();
}

export function writeFunctionCallResponse(out: OutputBuffer, result: WireValue): void {
  out.begin(FUNCTION_CALL_RESPONSE);
  writeValue(out, result);
  out.end();
}

function writeValue(out: OutputBuffer, value: WireValue): void {
  if (value === null) out.int32(-1);
  else if (typeof value === "string") out.text(value);
  else out.bytes(value);
}

/**
 * Where in our own source an error or notice was made: F, L and R, which psql shows when it is
 * verbose.
 */
interface SourcePlace {
  readonly file: string;
  readonly line: string;
  readonly routine: string;
}

/** The file, line and function at the top of a stack. */
function placeOf(stack: string | undefined): SourcePlace | undefined {
  const frame = /\n\s+at (?:(.+?) \()?(?:file:\/\/)?([^\s()]+):(\d+):\d+\)?/.exec(stack ?? "");
  if (frame === null) return undefined;
  const [, routine = "<anonymous>", path = "", line = ""] = frame;
  return { file: path.slice(path.lastIndexOf("/") + 1), line, routine };
}

interface Report {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly fields: SqlErrorFields;
  readonly place?: SourcePlace | undefined;
}

/**
 * `cause`: what was thrown, when the error was made of it. What the client's encoding cannot say
 * becomes an error that says so.
 */
export function writeError(out: OutputBuffer, error: SqlError, cause: Error = error): void {
  try {
    writeErrorReport(out, error, cause);
  } catch (unsaid) {
    if (!(unsaid instanceof SqlError)) throw unsaid;
    const { code, message, fields } = unsaid;
    writeErrorReport(out, new SqlError(code, message, fields, error.severity), unsaid);
  }
}

function writeErrorReport(out: OutputBuffer, error: SqlError, cause: Error): void {
  const { severity, code, message, fields } = error;
  const place = placeOf(cause.stack);
  writeReport(out, ERROR_RESPONSE, { severity, code, message, fields, place });
}

export function writeNotice(out: OutputBuffer, notice: Notice): void {
  const { severity, code, message } = notice;
  const place = placeOf(notice.stack);
  writeReport(out, NOTICE_RESPONSE, { severity, code, message, fields: notice, place });
}

/** The fields in the order in which PostgreSQL sends them; S would be translated, V never is. */
function writeReport(out: OutputBuffer, messageType: number, report: Report): void {
  const { fields, place } = report;
  out.begin(messageType);
  writeField(out, "S", report.severity);
  writeField(out, "V", report.severity);
  writeField(out, "C", report.code);
  writeField(out, "M", report.message);
  writeField(out, "D", fields.detail);
  writeField(out, "H", fields.hint);
  writeField(out, "P", fields.position?.toString());
  writeField(out, "p", fields.internal?.position.toString());
  writeField(out, "q", fields.internal?.query);
  writeField(out, "W", fields.where);
  writeField(out, "s", fields.schema);
  writeField(out, "t", fields.table);
  writeField(out, "c", fields.column);
  writeField(out, "d", fields.dataType);
  writeField(out, "n", fields.constraint);
  writeField(out, "F", place?.file);
  writeField(out, "L", place?.line);
  writeField(out, "R", fields.routine ?? place?.routine);
  out.byte(0);
  out.end();
}

function writeField(out: OutputBuffer, name: string, value: string | undefined): void {
  if (value === undefined) return;
  out.byte(type(name));
  out.cstring(value);
}

/**
 * The form of protocol 2 and before, for clients that can read no other: no length, no fields.
 */
export const legacyError = (error: SqlError): Buffer =>
  Buffer.from(`E${error.severity}:  ${error.message}\n\0`);
