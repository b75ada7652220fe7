/** Limits of the wire, each with what its excess does. */
export interface WireLimits {
  /** Sessions at one time; one more gets 53300. */
  readonly connectionsMax: number;
  /**
   * Body of one Query, Parse, Bind, FunctionCall or CopyData; a larger one ends the connection with
   * 54000.
   */
  readonly messageBytesMax: number;
  /** From accept to the first ReadyForQuery. */
  readonly authenticationTimeoutMs: number;
  /** Unsent output at which a connection stops reading and its sink says `full`. */
  readonly outputBytesMark: number;
  /** Unread input at which a busy connection stops reading. */
  readonly inputBytesMark: number;
  /**
   * How long a closed connection may take to read its last message, and a server to end its
   * sessions.
   */
  readonly closeTimeoutMs: number;
  /** How long the server looks for a client's next message before it sleeps; 0: not at all. */
  readonly busyPollMicros: number;
}

export const defaultLimits: WireLimits = {
  connectionsMax: 100,
  messageBytesMax: 64 * 1024 * 1024,
  authenticationTimeoutMs: 60_000,
  outputBytesMark: 256 * 1024,
  inputBytesMark: 64 * 1024,
  closeTimeoutMs: 5_000,
  busyPollMicros: 100,
};

/**
 * Payload of a start-up packet. https://www.postgresql.org/docs/15/protocol-message-formats.html
 */
export const STARTUP_BYTES_MAX = 10_000;
/** Length word of Sync, Flush, Execute and the like. */
export const SMALL_MESSAGE_BYTES_MAX = 10_000;
/** Length word of any message, in either direction. */
export const MESSAGE_BYTES_MAX = 0x3fff_fffe;
/** Data of COPY FROM STDIN that waits for its session, at which a connection stops reading. */
export const COPY_INPUT_BYTES_MARK = 256 * 1024;
/** Output is handed to the socket when it has grown to this. */
export const OUTPUT_BYTES_FLUSH = 64 * 1024;
