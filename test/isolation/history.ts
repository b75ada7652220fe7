/**
 * A HISTORY: what concurrent transactions asked and were told.
 *
 * Each key holds a list, each write appends a value that no other write has. So whoever reads a
 * list reads, in order, all writes that came before: versions and their order need not be guessed.
 * https://www.vldb.org/pvldb/vol14/p268-alvaro.pdf
 */

export type Level = "READ COMMITTED" | "REPEATABLE READ" | "SERIALIZABLE";

/** Moments are numbers that count up. */
export interface Read {
  readonly kind: "read";
  /** Reads of one statement have the same number. */
  readonly statement: number;
  readonly startedAt: number;
  readonly key: number;
  /** A key without a row has an empty list. */
  readonly values: readonly number[];
}

export interface Append {
  readonly kind: "append";
  readonly key: number;
  readonly value: number;
  /** Taken back by ROLLBACK TO. */
  undone: boolean;
}

export interface Transaction {
  readonly name: string;
  readonly level: Level;
  /** Start of the first statement that takes a snapshot. */
  startedAt: number | undefined;
  /** When COMMIT was answered; undefined = it was not, and nothing of it may be seen. */
  committedAt: number | undefined;
  readonly operations: (Read | Append)[];
}

export interface History {
  readonly transactions: readonly Transaction[];
  /** What is there at the end, by key. */
  readonly end: ReadonlyMap<number, readonly number[]>;
}
