/** What bodies of routines do to their session. */
import type { Oid } from "../../base/ids.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { Statement, VacuumStatement } from "../parse/statement.ts";
import type { CursorPort } from "../plpgsql/port.ts";
import type { ResultColumn } from "./api.ts";
import type { CurrentOf, CursorRow, CursorTables, ResultRow, VacuumRequest } from "./engine.ts";

/** A cursor that a body has opened, with all its rows. */
export interface OpenedCursor {
  readonly name: string | undefined;
  readonly text: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly ResultRow[];
  readonly scroll: boolean;
  readonly tables: CursorTables | undefined;
  readonly relations: readonly Oid[];
}

/** The session's cursors for bodies of routines. Its methods may throw a Wait. */
export interface BodyCursors extends CursorPort {
  /** Answers its name. */
  open(cursor: OpenedCursor): string;
  /** Whether one of them is over the relation. */
  read(relation: Oid): boolean;
  /** The row that WHERE CURRENT OF means. Throws 34000, 24000. */
  current(asked: CurrentOf): CursorRow;
  /** What was opened behind a mark goes. */
  readonly mark: number;
  closeSince(mark: number): void;
}

/** What a message says of where it was raised. */
export const placesOf = ({ places }: { readonly places: readonly (() => string)[] }): string[] =>
  places.map((place) => place()).reverse();

export interface SessionAnswer {
  readonly columns: readonly ResultColumn[] | undefined;
  readonly rows: readonly ResultRow[];
}

/** What of the session goes back with a part of a body. */
export interface BodyMark {
  readonly settings: number;
  readonly notifications: number;
  readonly texts: number;
}

/** Of bodies of routines, those that are no queries. */
export interface BodyStatements {
  /** What the engine is to run; undefined: it is no DDL. Throws 0A000, 25001, 25006. */
  beginDdl(statement: Statement): DdlStatement | undefined;
  /** What ANALYZE asks for. */
  beginAnalyze(statement: Statement, body: VacuumStatement): VacuumRequest;
  /** Undefined: it is not about the session. */
  runOfSession(statement: Statement): SessionAnswer | undefined;
  mark(): BodyMark;
  rollbackTo(mark: BodyMark): void;
}
