/** WHAT IS OUTSIDE, as the statements of the server's own meet it: where rows go and come from. */
import type { Oid } from "../../base/ids.ts";

export interface SinkColumn {
  readonly name: string;
  readonly type: Oid;
}

/** Values as PostgreSQL writes them. */
export type TextRow = readonly (string | null)[];

/** Takes what a sink hands over, one delivery at a time. Its errors are SqlErrors. */
export interface SinkTarget {
  begin(columns: readonly SinkColumn[]): Promise<void>;
  /** What went comes before what came. */
  remove(rows: readonly TextRow[]): Promise<void>;
  add(rows: readonly TextRow[]): Promise<void>;
  /** Everything of the delivery is kept: it is that of the epoch. Where the target goes on. */
  keep(epoch: number): Promise<{ readonly [name: string]: unknown }>;
}

/** A row of a source, and where the source goes on behind it. */
export interface SourceRow {
  /** By the columns of the source; undefined = the row has no such column. */
  readonly values: readonly (string | null)[];
  /** What it is called when it is refused: line 7 of file "a.jsonl". */
  readonly place?: string;
  readonly position: { readonly [name: string]: unknown };
  /** It could not be read. */
  readonly error?: string;
}
