/**
 * STATEMENTS: what a client's text becomes. Closed; one exhaustive switch per use.
 * The parser's own trees go no further than sql/parse and sql/bind.
 */
import type { SqlError } from "../../base/sql-error.ts";
import type { JobStatement } from "../../catalog/job-statement.ts";
import type { SettingValue } from "../../catalog/role-statement.ts";
import type { LiteralPlace } from "../../catalog/routine-statement.ts";
import type {
  CreateTableAs,
  DdlStatement,
  QualifiedName,
  TypeName,
} from "../../catalog/statement.ts";
import type { StatementOption } from "../../catalog/statement-option.ts";
import type { TextShape } from "./shape.ts";

export type IsolationLevel =
  | "read uncommitted"
  | "read committed"
  | "repeatable read"
  | "serializable";

export interface TransactionModes {
  readonly isolation?: IsolationLevel;
  readonly readOnly?: boolean;
  readonly deferrable?: boolean;
}

export type TransactionStatement =
  | { readonly kind: "begin"; readonly start: boolean; readonly modes: TransactionModes }
  | { readonly kind: "commit"; readonly chain: boolean }
  | { readonly kind: "rollback"; readonly chain: boolean }
  | { readonly kind: "savepoint"; readonly name: string }
  | { readonly kind: "release"; readonly name: string }
  | { readonly kind: "rollbackTo"; readonly name: string }
  /** There are no prepared transactions: each of the two says so. */
  | { readonly kind: "prepareTransaction" }
  | { readonly kind: "endPrepared"; readonly identifier: string };

export type SettingStatement =
  | {
      readonly kind: "set";
      readonly name: string;
      /** Empty with DEFAULT. */
      readonly values: readonly SettingValue[];
      readonly toDefault: boolean;
      readonly local: boolean;
    }
  | { readonly kind: "importSnapshot"; readonly snapshot: string }
  | { readonly kind: "setTransaction"; readonly modes: TransactionModes; readonly session: boolean }
  | { readonly kind: "show"; readonly name: string } /** "all" = SHOW ALL */
  | { readonly kind: "reset"; readonly name: string }; /** "all" = RESET ALL */

export type PreparedStatement =
  | {
      readonly kind: "prepare";
      readonly name: string;
      readonly types: readonly TypeName[];
      readonly statement: Statement;
    }
  | {
      readonly kind: "execute";
      readonly name: string;
      readonly parameters: readonly unknown[];
      readonly position?: number;
    }
  | {
      /** CREATE TABLE AS EXECUTE. */
      readonly kind: "executeInto";
      readonly name: string;
      readonly parameters: readonly unknown[];
      /** Its query is that of the prepared statement. */
      readonly into: CreateTableAs;
    }
  | { readonly kind: "deallocate"; readonly name: string | undefined };

export type CursorStatement =
  | {
      readonly kind: "declareCursor";
      readonly name: string;
      readonly hold: boolean;
      readonly scroll: boolean | undefined;
      readonly insensitive: boolean;
      readonly binary: boolean;
      readonly query: QueryStatement;
    }
  | {
      readonly kind: "fetch";
      readonly cursor: string;
      readonly direction: "forward" | "backward" | "absolute" | "relative";
      /** Infinity = ALL */
      readonly count: number;
      readonly move: boolean;
    }
  | { readonly kind: "closeCursor"; readonly name: string | undefined };

export type NotifyStatement =
  | { readonly kind: "listen"; readonly channel: string }
  /** undefined = every channel */
  | { readonly kind: "unlisten"; readonly channel: string | undefined }
  | { readonly kind: "notify"; readonly channel: string; readonly payload: string };

/** SELECT, VALUES, TABLE. `node` is libpg-query's SelectStmt; only sql/bind opens it. */
export interface QueryStatement {
  readonly kind: "query";
  readonly node: unknown;
  /** The text apart from its literals, when it is one plain statement; see shape.ts. */
  readonly shape?: TextShape;
  readonly asOf?: AsOf;
  /** Its rows are followed by this tag alone, not by SELECT and their number. */
  readonly tag?: string;
  /** SHOW CREATE: what it asks about has to be of a kind. */
  readonly subject?: RelationSubject;
}

/** FOR SYSTEM_TIME AS OF: the trees of the times that it names. */
export interface AsOf {
  readonly times: readonly unknown[];
  /** All else is read as it is now; if not, at the first of the times. */
  readonly isBesideNow: boolean;
  /** Where relations stand that are read at another time, and which of the others it is. */
  readonly since: readonly (readonly [place: number, at: number])[];
}

export interface RelationSubject {
  readonly name: QualifiedName;
  /** What it has to be, in words. */
  readonly noun: string;
  /** Any of these. */
  readonly relkinds: string;
}

/** COPY. What it copies is resolved when it runs; `where` is an expression's tree. */
export interface CopyStatement {
  readonly kind: "copy";
  readonly source:
    | {
        readonly kind: "relation";
        readonly name: QualifiedName;
        /** Empty = all. */
        readonly columns: readonly string[];
      }
    | QueryStatement
    | ModifyStatement
    | UnsupportedStatement
    | RefusedStatement;
  readonly isFrom: boolean;
  /** A file of the server's, or a program's text; undefined = the client. */
  readonly file: string | undefined;
  readonly isProgram: boolean;
  readonly options: readonly StatementOption[];
  readonly where: unknown;
}

export interface ExplainStatement {
  readonly kind: "explain";
  readonly options: readonly StatementOption[];
  readonly statement: Statement;
}

/** INSERT, UPDATE, DELETE. `node` is libpg-query's tree; only sql/bind opens it. */
export interface ModifyStatement {
  readonly kind: "modify";
  readonly node: unknown;
  /** It has RETURNING. */
  readonly returns: boolean;
  /** As of a query. */
  readonly shape?: TextShape;
}

/** PostgreSQL has it and this server has not: answered with 0A000 when executed. `tag` names it. */
export interface UnsupportedStatement {
  readonly kind: "unsupported";
  readonly what: string;
}

/**
 * It parses, and executing it can only raise this: a clause that is not supported, an option given
 * twice.
 */
export interface RefusedStatement {
  readonly kind: "refused";
  readonly error: SqlError;
}

/** `node`: libpg-query's FuncCall; only sql/bind opens it. */
export interface CallStatement {
  readonly kind: "call";
  readonly node: unknown;
}

/** DO. */
export interface InlineCodeStatement {
  readonly kind: "inlineCode";
  readonly source: string;
  readonly language: string;
  readonly place?: LiteralPlace;
}

/**
 * VACUUM and ANALYZE. https://www.postgresql.org/docs/15/sql-vacuum.html,
 * https://www.postgresql.org/docs/15/sql-analyze.html
 */
export interface VacuumStatement {
  readonly kind: "vacuum";
  readonly isVacuum: boolean;
  /** None: every one in the database. */
  readonly targets: readonly {
    readonly relation: QualifiedName;
    readonly columns: readonly string[];
  }[];
  readonly options: readonly StatementOption[];
}

export type StatementBody =
  | DdlStatement
  | TransactionStatement
  | SettingStatement
  | PreparedStatement
  | CursorStatement
  | NotifyStatement
  | QueryStatement
  | ModifyStatement
  | CallStatement
  | InlineCodeStatement
  | CopyStatement
  | ExplainStatement
  | { readonly kind: "discard"; readonly what: "all" | "plans" | "sequences" | "temp" }
  | { readonly kind: "checkpoint" }
  | { readonly kind: "kill"; readonly processId: number }
  | VacuumStatement
  | JobStatement
  | UnsupportedStatement
  | RefusedStatement;

export interface Statement {
  readonly body: StatementBody;
  /** Command tag without counts: "CREATE TABLE", "SELECT", "BEGIN", … */
  readonly tag: string;
  /** The text of this statement alone, as PostgreSQL shows it in pg_prepared_statements. */
  readonly text: string;
  /** What of it may stand in the log, where that is not all: passwords may not. */
  readonly loggedText?: string;
  /** The whole text that it came in, with the statements around it. */
  readonly source: string;
  /** Number of the highest $n in it. */
  readonly parameterCount: number;
}
