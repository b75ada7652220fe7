/**
 * THE START-UP PHASE: from the first byte to the request for a session, without I/O
 *
 *   SSLRequest, GSSENCRequest   at most once each; answered N, and nothing may have been sent
 *   behind them
 *   CancelRequest               handed on, never answered
 *   version                     3.x: the parameters are checked and the phase is over; others:
 *   FATAL 0A000
 *
 * A client that asks for a later minor version or an unknown protocol option is told so
 * (NegotiateProtocolVersion) before anything else, errors in its parameters included.
 */
import { SqlError } from "../base/sql-error.ts";
import type { StartupRequest } from "../sql/session/api.ts";
import { legacyError, writeNegotiateProtocolVersion } from "./encode.ts";
import type { Frame } from "./framer.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import {
  decodeStartupPacket,
  decodeStartupParameters,
  PROTOCOL_VERSION,
  parseOptions,
  refuseReplication,
  unsupportedVersion,
} from "./startup.ts";

export type StartupStep =
  /** Bytes for the client, then the next packet. */
  | { readonly kind: "answer"; readonly bytes: Buffer }
  /** The answer is due all the same: the client takes the first byte for it, whatever it is. */
  | { readonly kind: "refuse"; readonly bytes: Buffer; readonly error: SqlError }
  | { readonly kind: "cancel"; readonly processId: number; readonly secret: number }
  /** Bytes for the client, if any, then the end. */
  | { readonly kind: "close"; readonly bytes?: Buffer }
  /** `settings` throws what is wrong with `options`: a matter for after AuthenticationOk. */
  | {
      readonly kind: "request";
      readonly user: string;
      readonly database: string;
      readonly settings: () => StartupRequest["settings"];
    };

const REFUSED = Buffer.from("N");
const CLOSE: StartupStep = { kind: "close" };

export class StartupPhase {
  #sslAsked = false;
  #gssAsked = false;

  /** `behind` is the number of bytes that follow the frame already. Throws FATAL SqlErrors. */
  next(frame: Frame, behind: number, out: OutputBuffer): StartupStep {
    const packet = decodeStartupPacket(frame);
    switch (packet.kind) {
      case "cancel":
        return packet;
      case "malformedCancel":
        return CLOSE;
      case "ssl":
        if (this.#sslAsked) throw unsupportedVersion(frame.bytes.readUInt32BE(frame.start));
        this.#sslAsked = true;
        return refuseEncryption(behind, "SSL request");
      case "gss":
        if (this.#gssAsked) throw unsupportedVersion(frame.bytes.readUInt32BE(frame.start));
        this.#gssAsked = true;
        return refuseEncryption(behind, "GSSAPI encryption request");
      case "version":
        return readRequest(frame, packet.version, out);
    }
  }
}

/** What came before the answer was sent before the client knew whether it would be encrypted. */
function refuseEncryption(behind: number, request: string): StartupStep {
  if (behind === 0) return { kind: "answer", bytes: REFUSED };
  const detail =
    "This could be either a client-software bug or evidence of an attempted " +
    "man-in-the-middle attack.";
  const message = `received unencrypted data after ${request}`;
  const error = new SqlError("08P01", message, { detail }, "FATAL");
  return { kind: "refuse", bytes: REFUSED, error };
}

function readRequest(frame: Frame, version: number, out: OutputBuffer): StartupStep {
  const major = version >>> 16;
  if (major < 3) return { kind: "close", bytes: legacyError(unsupportedVersion(version)) };
  if (major > 3) throw unsupportedVersion(version);
  const parameters = decodeStartupParameters(frame);
  refuseReplication(parameters.replication);
  if (version !== PROTOCOL_VERSION || parameters.unrecognized.length > 0) {
    writeNegotiateProtocolVersion(out, PROTOCOL_VERSION, parameters.unrecognized);
  }
  const { user, database, options, settings } = parameters;
  if (user === "") {
    throw new SqlError("28000", "no PostgreSQL user name specified in startup packet", {}, "FATAL");
  }
  return {
    kind: "request",
    user,
    database: database === "" ? user : database,
    settings: () => [...parseOptions(options), ...settings],
  };
}
