/** ROWS IN: what COPY FROM reads, whatever the format. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { BinaryRowReader } from "./binary-row-reader.ts";
import type { CopyFormat } from "./options.ts";
import { TextRowReader } from "./text-row-reader.ts";

export interface CopyColumn {
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
}

export interface CopyTarget {
  /** Without its schema. */
  readonly relation: string;
  readonly columns: readonly CopyColumn[];
}

export interface RowReader {
  /** The next bytes, cut anywhere. */
  push(piece: Buffer): void;
  /** Nothing more will come. */
  end(): void;
  /**
   * The next row in stored form; undefined: more must be pushed, or nothing is left. Throws 22P04,
   * and what the types' input functions throw.
   */
  next(): readonly Scalar[] | undefined;
  /** Where it is, as the CONTEXT of an error; undefined in a binary header. */
  readonly place: string | undefined;
}

export const rowReader = (target: CopyTarget, format: CopyFormat, types: TypeContext): RowReader =>
  format.kind === "binary"
    ? new BinaryRowReader(target, types)
    : new TextRowReader(target, format, types);

/** A row that the index does not let in. */
const CONFLICTS: ReadonlySet<string> = new Set(["23505", "23P01"]);

/**
 * The error as it is reported while the reader stands where it stands. `isBatched`: PostgreSQL adds
 * rows to indexes many at a time, and has forgotten what was written in the line by then.
 */
export function placed(error: unknown, reader: RowReader, isBatched: boolean): unknown {
  const { place } = reader;
  if (!(error instanceof SqlError) || place === undefined) return error;
  if (!isBatched || !CONFLICTS.has(error.code)) return error.within(place);
  return error.within(place.replace(/^(COPY .*?, line \d+).*$/s, "$1"));
}
