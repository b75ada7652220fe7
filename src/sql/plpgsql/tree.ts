/**
 * A BODY IN PL/pgSQL AS A TREE. What is SQL in it stands as its text: it is bound where it runs,
 * over the variables that it sees there.
 * https://www.postgresql.org/docs/15/plpgsql-structure.html
 */

/** A query or an expression as written, blanks for what is not SQL in it. */
export interface SqlText {
  readonly text: string;
  /** Where it begins in the body, in UTF-16 units. */
  readonly start: number;
}

/** Folded parts of a dotted name. */
export type Path = readonly string[];

/** Where values go: one row or record, or variables and fields. */
export interface Into {
  readonly paths: readonly Path[];
  readonly strict: boolean;
}

export type DeclaredType =
  | { readonly kind: "type"; readonly text: string; readonly start: number }
  /** name%TYPE, of a variable or a column. */
  | { readonly kind: "like"; readonly path: Path; readonly start: number }
  /** table%ROWTYPE */
  | { readonly kind: "rowOf"; readonly path: Path; readonly start: number };

/** A cursor that is bound to a query. */
export interface CursorDeclaration {
  readonly kind: "cursor";
  readonly name: string;
  readonly line: number;
  readonly scroll: boolean | undefined;
  readonly parameters: readonly { readonly name: string; readonly type: DeclaredType }[];
  readonly query: SqlText;
}

export type Declaration =
  | CursorDeclaration
  | {
      readonly kind: "variable";
      readonly name: string;
      readonly line: number;
      readonly type: DeclaredType;
      readonly collation: Path | undefined;
      readonly isConstant: boolean;
      readonly notNull: boolean;
      readonly initial: SqlText | undefined;
    }
  | { readonly kind: "alias"; readonly name: string; readonly of: Path; readonly line: number }
  | { readonly kind: "refused"; readonly name: string; readonly what: string };

export interface Handler {
  readonly conditions: readonly string[];
  /** SQLSTATEs; "others" is every one but 57014 and P0004. */
  readonly codes: readonly string[];
  readonly body: readonly Statement[];
}

export interface Block {
  readonly kind: "block";
  readonly label: string | undefined;
  readonly declarations: readonly Declaration[];
  readonly body: readonly Statement[];
  readonly handlers: readonly Handler[] | undefined;
}

export interface Branch {
  readonly condition: SqlText;
  readonly body: readonly Statement[];
}

export type RaiseLevel = "debug" | "log" | "info" | "notice" | "warning" | "exception";

export interface Raise {
  readonly kind: "raise";
  readonly level: RaiseLevel;
  /** A name or a SQLSTATE, turned into codes. */
  readonly condition: { readonly name: string; readonly code: string } | undefined;
  readonly format: string | undefined;
  readonly values: readonly SqlText[];
  readonly options: readonly { readonly name: string; readonly value: SqlText }[];
  /** Nothing behind RAISE: the error that is being handled. */
  readonly again: boolean;
}

export type Direction = "forward" | "backward" | "absolute" | "relative";

export interface Fetch {
  readonly kind: "fetch";
  readonly cursor: Path;
  readonly direction: Direction;
  /** Infinity = ALL */
  readonly count: SqlText | number;
  /** Absent: it is MOVE. */
  readonly into: Into | undefined;
}

export interface Open {
  readonly kind: "open";
  readonly cursor: Path;
  readonly scroll: boolean | undefined;
  /** Absent: of the cursor itself, with these arguments. */
  readonly source: SqlText | Dynamic | undefined;
  readonly args: readonly SqlText[];
}

export interface ForCursor {
  readonly kind: "forCursor";
  readonly label: string | undefined;
  readonly variable: string;
  readonly cursor: Path;
  readonly args: readonly SqlText[];
  readonly body: readonly Statement[];
}

export type Dynamic = { readonly query: SqlText; readonly using: readonly SqlText[] };

export type Action =
  | Block
  | {
      readonly kind: "assign";
      readonly target: Path;
      /** The target as written, where it may be a part of what a variable holds. */
      readonly place: SqlText | undefined;
      /** It has subscripts. */
      readonly isPart: boolean;
      /** The text before the value. */
      readonly before: string;
      readonly value: SqlText;
    }
  | {
      readonly kind: "if";
      readonly branches: readonly Branch[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "case";
      readonly subject: SqlText | undefined;
      readonly branches: readonly {
        readonly values: SqlText;
        readonly body: readonly Statement[];
      }[];
      readonly otherwise: readonly Statement[] | undefined;
    }
  | {
      readonly kind: "loop";
      readonly label: string | undefined;
      /** WHILE */
      readonly condition: SqlText | undefined;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "forInteger";
      readonly label: string | undefined;
      readonly variable: string;
      readonly from: SqlText;
      readonly to: SqlText;
      readonly by: SqlText | undefined;
      readonly reverse: boolean;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "forRows";
      readonly label: string | undefined;
      readonly into: Into;
      readonly source: SqlText | Dynamic;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "forEach";
      readonly label: string | undefined;
      readonly into: Into;
      /** 0 = elements */
      readonly slice: number;
      readonly array: SqlText;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "exit" | "continue";
      readonly label: string | undefined;
      readonly when: SqlText | undefined;
    }
  | { readonly kind: "return"; readonly value: SqlText | undefined }
  /** Without a value: what the OUT parameters hold. */
  | { readonly kind: "returnNext"; readonly value: SqlText | undefined }
  | { readonly kind: "returnQuery"; readonly source: SqlText | Dynamic }
  | Raise
  | {
      readonly kind: "assert";
      readonly condition: SqlText;
      readonly message: SqlText | undefined;
    }
  | { readonly kind: "perform"; readonly query: SqlText }
  | { readonly kind: "sql"; readonly query: SqlText; readonly into: Into | undefined }
  | { readonly kind: "execute"; readonly dynamic: Dynamic; readonly into: Into | undefined }
  | {
      readonly kind: "diagnostics";
      readonly stacked: boolean;
      readonly items: readonly { readonly target: Path; readonly item: string }[];
    }
  | Open
  | Fetch
  | ForCursor
  | { readonly kind: "close"; readonly cursor: Path }
  | { readonly kind: "call" | "do"; readonly query: SqlText }
  | { readonly kind: "end"; readonly commits: boolean; readonly chain: boolean }
  | { readonly kind: "null" };

export type Statement = Action & { readonly line: number };

/** What the trees below a statement are. */
export function bodiesOf(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.kind) {
    case "block":
      return [statement.body, ...(statement.handlers ?? []).map(({ body }) => body)];
    case "if":
      return [...statement.branches.map(({ body }) => body), statement.otherwise];
    case "case":
      return [...statement.branches.map(({ body }) => body), statement.otherwise ?? []];
    case "loop":
    case "forInteger":
    case "forRows":
    case "forEach":
    case "forCursor":
      return [statement.body];
    default:
      return [];
  }
}

/** Of a message's CONTEXT. */
export function statementName(statement: Statement): string {
  switch (statement.kind) {
    case "block":
      return "statement block";
    case "assign":
      return "assignment";
    case "loop":
      return statement.condition ? "WHILE" : "LOOP";
    case "forInteger":
      return "FOR with integer loop variable";
    case "forRows":
      return "query" in statement.source ? "FOR over EXECUTE statement" : "FOR over SELECT rows";
    case "forEach":
      return "FOREACH over array";
    case "forCursor":
      return "FOR over cursor";
    case "end":
      return statement.commits ? "COMMIT" : "ROLLBACK";
    case "fetch":
      return statement.into ? "FETCH" : "MOVE";
    case "sql":
      return "SQL statement";
    case "returnNext":
      return "RETURN NEXT";
    case "returnQuery":
      return "RETURN QUERY";
    case "diagnostics":
      return statement.stacked ? "GET STACKED DIAGNOSTICS" : "GET DIAGNOSTICS";
    default:
      return statement.kind.toUpperCase();
  }
}
