/**
 * THE LOG: the one ordered truth. Everything else is derived from it and can be rebuilt from it.
 *
 * A file, a memory and shared engines implement this interface and pass one conformance suite
 * (test/wal/log-conformance.ts). Nothing above it may know which one runs.
 *
 * The unit of append, of flush and of validity is an entry (a group of frames). Each entry stands
 * at a position: its lsn, and the chain (hash of the entry before), so that a reader notices
 * another history.
 */
import type { Lsn } from "../base/ids.ts";

/** Where the next entry goes: its lsn and the chain that it must continue. */
export interface Position {
  readonly lsn: Lsn;
  /**
   * First 8 bytes of the SHA-256 of the entry before, as a big-endian number; 0 at the log's start.
   */
  readonly chain: bigint;
}

export interface Entry {
  readonly position: Position;
  readonly term: bigint;
  /** Encoded frames; see frame.ts. */
  readonly payload: Uint8Array;
  /** Position behind this entry. */
  readonly next: Position;
}

export interface LogInfo {
  /** Random 64 bits drawn when the log was created. */
  readonly incarnation: bigint;
  readonly first: Position;
  readonly head: Position;
}

/** The right to append, until `release` or until someone with a higher term takes it. */
export interface Leadership {
  readonly term: bigint;
  release(): Promise<void>;
}

export type AppendFailure =
  | "fenced" /** another leader has a higher term */
  | "conflict" /** the log's head is not the expected position */
  | "too-large" /** the entry exceeds ENTRY_BYTES_MAX */
  | "no-space"
  | "unavailable" /** definitely not applied, try again */
  | "ambiguous"; /** may have been applied: read the log to know */

export class AppendError extends Error {
  override readonly name = "AppendError";
  readonly failure: AppendFailure;

  constructor(failure: AppendFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** The log no longer holds the position that was asked for. */
export class TrimmedError extends Error {
  override readonly name = "TrimmedError";
}

/** The log holds another entry at the position than the asker has. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}

export interface Log {
  /**
   * Reads the log's ends, judges and truncates a torn tail; throws DataCorrupted with segment and
   * offset.
   */
  open(): Promise<LogInfo>;
  campaign(): Promise<Leadership>;
  /**
   * Appends one entry at `expected` and makes it durable. Returns the position behind it, at once
   * when `mode` is "now" and the implementation can flush synchronously, else as a promise.
   * At most one append may be in flight. Throws (or rejects with) AppendError.
   */
  append(
    leadership: Leadership,
    expected: Position,
    payload: Uint8Array,
    mode: "now" | "pooled",
  ): Position | Promise<Position>;
  /** Entries from `from` (inclusive), in order, up to `limit` of them or the head. */
  read(from: Position, limit: number): Promise<readonly Entry[]>;
  /**
   * Every entry from `from` on, once, in order; `undefined` as a sign of life while there is none.
   */
  tail(from: Position, signal: AbortSignal): AsyncIterable<Entry | undefined>;
  head(): Promise<Position>;
  /** Forgets entries before `upTo`, as far as whole segments allow. */
  trim(upTo: Position): Promise<void>;
  close(): Promise<void>;
}
