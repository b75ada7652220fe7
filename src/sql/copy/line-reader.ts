/**
 * LINES out of COPY's data, as PostgreSQL cuts them. The first line's end decides what ends the
 * others: \n, \r or \r\n; another one unquoted is an error. `\.` ends the data. In CSV a line end
 * inside quotes is data, and `\.` counts at a line's start only.
 *
 * The bytes come in pieces that may be cut anywhere. A line is scanned once: where a piece ends the
 * scan stops, and goes on from there with the next one; before a `\` or `\r`, whose meaning depends
 * on the three bytes behind it, it waits for those or for the end.
 *
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/copyfromparse.c
 * (CopyReadLineText)
 */
import { SqlError } from "../../base/sql-error.ts";

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
/** Bytes that decide what a backslash or a carriage return means. */
const LOOKAHEAD = 4;
/** Bytes of one line: 54000. */
const LINE_BYTES_MAX = 256 * 1024 * 1024;

export interface LineFormat {
  readonly isCsv: boolean;
  readonly quote: string;
  readonly escapeCharacter: string;
}

const badFormat = (message: string, hint?: string): SqlError =>
  new SqlError("22P04", message, hint === undefined ? {} : { hint });

export class LineReader {
  readonly #isCsv: boolean;
  readonly #quote: number;
  /** Of no meaning of its own where it is the quote. */
  readonly #escape: number;
  #bytes: Buffer = Buffer.alloc(0);
  /** Where the line begins that is being scanned, and how far it is scanned. */
  #start = 0;
  #at = 0;
  #ended = false;
  /** The marker was met: what follows is not looked at. */
  #stopped = false;
  #lineEnd: "unknown" | "lf" | "cr" | "crlf" = "unknown";
  #inQuote = false;
  #afterEscape = false;
  /** Line ends that were data. */
  #inner = 0;

  constructor({ isCsv, quote, escapeCharacter }: LineFormat) {
    this.#isCsv = isCsv;
    this.#quote = isCsv ? quote.charCodeAt(0) : -1;
    this.#escape = isCsv && escapeCharacter !== quote ? escapeCharacter.charCodeAt(0) : -1;
  }

  push(piece: Buffer): void {
    if (this.#stopped) return;
    const rest = this.#bytes.subarray(this.#start);
    if (rest.length + piece.length > LINE_BYTES_MAX) throw new SqlError("54000", "line too long");
    this.#at -= this.#start;
    this.#start = 0;
    this.#bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true;
  }

  /** The end of the data was met: no line follows. */
  get isOver(): boolean {
    return this.#stopped;
  }

  /** Line ends inside quotes since the last call: they count as lines. */
  takeInnerLines(): number {
    const inner = this.#inner;
    this.#inner = 0;
    return inner;
  }

  /**
   * The bytes of the next line without its end. undefined: more must be pushed, or nothing is left.
   * Throws 22P04.
   */
  next(): Buffer | undefined {
    if (this.#stopped) return undefined;
    for (;;) {
      const at = this.#at;
      const byte = this.#bytes[at];
      if (byte === undefined) return this.#ended ? this.#last(at) : undefined;
      if ((byte === BACKSLASH || byte === CR) && this.#needsMore(at)) return undefined;
      if (this.#isCsv) this.#noteQuote(byte);
      this.#at = at + 1;
      if (byte === CR && !this.#inQuote) {
        this.#carriageReturn(at);
        return this.#cut(at);
      }
      if (byte === LF && !this.#inQuote) {
        this.#lineFeed();
        return this.#cut(at);
      }
      const isMarker = byte === BACKSLASH && (!this.#isCsv || at === this.#start);
      if (isMarker && this.#backslash(at)) {
        this.#stopped = true;
        return at > this.#start ? this.#bytes.subarray(this.#start, at) : undefined;
      }
    }
  }

  #needsMore(at: number): boolean {
    return !this.#ended && this.#bytes.length - at < LOOKAHEAD;
  }

  #last(at: number): Buffer | undefined {
    this.#stopped = true;
    return at > this.#start ? this.#bytes.subarray(this.#start, at) : undefined;
  }

  /** The line ends before `end`; the next one begins where the scan is. */
  #cut(end: number): Buffer {
    const line = this.#bytes.subarray(this.#start, end);
    this.#start = this.#at;
    return line;
  }

  #noteQuote(byte: number): void {
    if (this.#inQuote && byte === this.#escape) this.#afterEscape = !this.#afterEscape;
    if (byte === this.#quote && !this.#afterEscape) this.#inQuote = !this.#inQuote;
    if (byte !== this.#escape) this.#afterEscape = false;
    if (this.#inQuote && byte === (this.#lineEnd === "lf" ? LF : CR)) this.#inner++;
  }

  #carriageReturn(at: number): void {
    if (this.#lineEnd === "lf") throw this.#literal("carriage return", "r");
    if (this.#lineEnd === "cr") return;
    if (this.#bytes[at + 1] === LF) {
      this.#at = at + 2;
      this.#lineEnd = "crlf";
    } else {
      if (this.#lineEnd === "crlf") throw this.#literal("carriage return", "r");
      this.#lineEnd = "cr";
    }
  }

  #lineFeed(): void {
    if (this.#lineEnd === "cr" || this.#lineEnd === "crlf") throw this.#literal("newline", "n");
    this.#lineEnd = "lf";
  }

  #literal(what: string, letter: string): SqlError {
    return this.#isCsv
      ? badFormat(`unquoted ${what} found in data`, `Use quoted CSV field to represent ${what}.`)
      : badFormat(`literal ${what} found in data`, `Use "\\${letter}" to represent ${what}.`);
  }

  /** True when it begins the end-of-data marker. In text it takes the byte behind it along. */
  #backslash(at: number): boolean {
    const bytes = this.#bytes;
    if (at + 1 >= bytes.length) return false;
    if (bytes[at + 1] !== DOT) {
      if (!this.#isCsv) this.#at = at + 2;
      return false;
    }
    this.#at = at + 2;
    let next = bytes[this.#at];
    if (this.#lineEnd === "crlf") {
      if (next === LF)
        return this.#noMarker("end-of-copy marker does not match previous newline style");
      if (next !== CR) return this.#noMarker("end-of-copy marker corrupt");
      this.#at++;
      next = bytes[this.#at];
    }
    if (next !== CR && next !== LF) return this.#noMarker("end-of-copy marker corrupt");
    this.#at++;
    const wanted = { lf: LF, crlf: LF, cr: CR, unknown: next }[this.#lineEnd];
    if (next === wanted) return true;
    throw badFormat("end-of-copy marker does not match previous newline style");
  }

  /** In CSV it is data, in text an error. */
  #noMarker(message: string): false {
    if (!this.#isCsv) throw badFormat(message);
    return false;
  }
}
