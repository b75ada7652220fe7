/** What running a body needs of the engine. All of it is synchronous; each may throw a Wait. */
import type { Oid } from "../../base/ids.ts";
import type { Notice } from "../../base/sql-error.ts";
import type { OutputPlace } from "../bind/call.ts";
import type { Field } from "../bind/field.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Conflict } from "./parse-body.ts";
import type { Direction, Path, SqlText } from "./tree.ts";
import type { Frame } from "./variables.ts";

export interface Rows {
  /** Undefined: it answers no rows. */
  readonly columns: readonly Field[] | undefined;
  readonly rows: readonly (readonly Scalar[])[];
  /** Of rows that it has answered or changed. */
  readonly count: number;
  /** It changes rows. */
  readonly writes: boolean;
  /** That it reads and writes. */
  readonly relations: readonly Oid[];
  /** As errors show the statement. */
  readonly text: string;
  readonly tag: string;
}

export interface TypeTarget {
  readonly type: Oid;
  readonly typmod: number;
  /** Absent or 0: that of the type. */
  readonly collation?: Oid | undefined;
}

/** SQL of a body where it stands. */
export interface PlacedSql {
  readonly sql: SqlText;
  /** Text before it, which is not the body's, and how errors show that. */
  readonly before: "" | "SELECT ";
  readonly shown: string;
  /** What errors call it, those while it runs too where it is a statement. */
  readonly noun: "SQL statement" | "SQL expression" | "PL/pgSQL assignment";
  /** What it is assigned to, where that is a part of what a variable holds: the whole is made. */
  readonly part?: { readonly place: string; readonly variable: Path };
  /** Its rows are fetched one by one as far as errors are concerned. */
  readonly isFetched?: boolean;
  /** The body's own. */
  readonly id: number;
  readonly conflict: Conflict;
}

/** A text that was made, with values for $1, $2, … */
export interface MadeSql {
  readonly made: string;
  readonly values: readonly (TypeTarget & { readonly value: Scalar })[];
  readonly isFetched?: boolean;
}

export interface Opening {
  /** Absent: one is made. */
  readonly name: string | undefined;
  readonly scroll: boolean | undefined;
}

export interface CursorMove {
  readonly direction: Direction;
  readonly count: number;
  readonly move: boolean;
}

/** Of CALL or DO. */
export interface ProcedureCall {
  /** As errors show it. */
  readonly text: string;
  /** The engine's. */
  readonly code: unknown;
  readonly values: readonly Scalar[];
  /** Of its row, and what stands for each; undefined: it gives none. */
  readonly columns: readonly Field[] | undefined;
  readonly outputs: readonly OutputPlace[];
}

/** COMMIT or ROLLBACK. */
export interface Ending {
  readonly commits: boolean;
  readonly chain: boolean;
}

/** The session's cursors, by their names. */
export interface CursorPort {
  has(name: string): boolean;
  /** Throws 34000, 55000. */
  move(
    name: string,
    move: CursorMove,
  ): Pick<Rows, "rows" | "count"> & { columns: readonly Field[] };
  /** Throws 34000. */
  close(name: string): void;
  /** A name that is made for a loop over a query, too. */
  nextName(): string;
}

export interface Port {
  readonly types: TypeContext;
  readonly cursors: CursorPort;
  /** Answers its name. Throws 42P11 and what the query throws. */
  openCursor(query: PlacedSql | MadeSql, frame: Frame, opening: Opening): string;
  run(sql: PlacedSql, frame: Frame): Rows;
  execute(sql: MadeSql, frame: Frame): Rows;
  /** By assignment, or by way of the value's text. */
  cast(value: Scalar, from: Oid, to: TypeTarget): Scalar;
  resolveType(text: string): TypeTarget;
  /** Columns of rows of the type; undefined = it is no row type. */
  fieldsOf(type: Oid): readonly Field[] | undefined;
  /** What a dotted name means as table, or table and column. */
  rowTypeOf(path: readonly string[]): Oid;
  columnType(path: readonly string[]): TypeTarget;
  /** Throws 42704, and 42804 where the type has none. */
  collation(path: readonly string[], type: Oid): Oid;
  /** Finds the procedure of CALL and computes its arguments, or reads the body of DO. */
  procedure(sql: PlacedSql, frame: Frame): ProcedureCall;
  /** Its row, if it gives one. `isGuarded`: it may end no transaction. */
  runProcedure(call: ProcedureCall, isGuarded: boolean): Rows["rows"];
  /** Absent: it may not. Does not return: the body begins again, and is told what it was told. */
  readonly endTransaction?: ((end: Ending) => void) | undefined;
  mark(): unknown;
  rollbackTo(mark: unknown): void;
  /** Where it was said is added. */
  notice(notice: Notice): void;
  /** Runs what is at a place, which is asked for when somebody wants to know. */
  at<T>(place: () => string, work: () => T): T;
  /** The relations must not be altered meanwhile. */
  during<T>(relations: readonly Oid[], work: () => T): T;
  /** The places that are running, the innermost first. */
  places(): readonly string[];
  /** Throws when the statement was cancelled or took too long. */
  checkInterrupts(): void;
}
