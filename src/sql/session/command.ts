/** A COMMAND is a statement ready to run: its columns are known, its parameters have values. */
import type { Oid } from "../../base/ids.ts";
import type { FormatCode, ResultColumn } from "./api.ts";
import type { CursorTables, ResultRow } from "./engine.ts";

export type RowSource = readonly ResultRow[] | AsyncIterable<readonly ResultRow[]>;

export type Outcome =
  | { readonly kind: "done"; readonly tag: string }
  /** `tag` is followed by the number of rows, unless it stands alone (SHOW). */
  | {
      readonly kind: "rows";
      readonly source: RowSource;
      readonly tag: string;
      readonly counted: boolean;
    };

export interface Command {
  /** undefined = it answers no rows. */
  readonly columns: readonly ResultColumn[] | undefined;
  /** A binary cursor's rows are sent in binary whatever was asked for. */
  readonly format?: FormatCode;
  /** In a simple query its columns are described when it has run: FETCH, EXECUTE, EXPLAIN. */
  readonly describedLate?: boolean;
  /** Of a query in a portal whose rows say which rows of tables they are. */
  readonly cursorTables?: CursorTables | undefined;
  /** Of a query in a portal: what it reads. */
  readonly relations?: readonly Oid[];
  /** `kept`: all its rows will be kept, and those before an error count. */
  run(kept?: boolean): Outcome | Promise<Outcome>;
  /** It will not run; a command that did has released what it held. */
  release?(): void;
}

/** A command without rows, from the work that it does. */
export const plainCommand = (run: () => Outcome | Promise<Outcome>): Command => ({
  columns: undefined,
  run,
});

export const done = (tag: string): Outcome => ({ kind: "done", tag });

export const rowsOutcome = (source: RowSource, tag: string, counted: boolean): Outcome => ({
  kind: "rows",
  source,
  tag,
  counted,
});
