/** What parse analysis is given by whoever runs a statement. */
import type { Oid } from "../../base/ids.ts";
import type { SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import type { BuiltinCatalog } from "./builtin.ts";
import type { Field } from "./field.ts";
import type { Expression } from "./tree.ts";

/** AccessShare to read a relation, RowShare to lock rows of it. */
export type ReadLock = "AccessShare" | "RowShare";

/** `node`: the parser's tree; undefined where parse analysis looks into nothing of it. */
export interface BodyStatement {
  readonly kind: "query" | "modify" | "call" | "other";
  readonly node: unknown;
}

/** Variables of the language that the statement stands in. */
export interface Variables {
  /** What is meant where a name is a column's, too. */
  readonly conflict: "error" | "use_variable" | "use_column";
  /** $1 … are among them, and not what the text is executed with. */
  readonly numbered: boolean;
  find(names: readonly string[]): BoundVariable | undefined;
  /** Names of a row's fields; undefined = it is no row. */
  fieldsOf(names: readonly string[]): readonly string[] | undefined;
  /** Rows that are a table by this name; it hides relations. */
  table(name: string): BoundTableVariable | undefined;
  /** What is wrong with a name that begins with a row's. */
  missing(names: readonly string[]): SqlError | undefined;
}

/** A variable as a parameter. */
export interface BoundVariable {
  readonly number: number;
  /** It is this constant instead: what is bound is stored. */
  readonly constant?: Scalar;
  readonly type: Oid;
  readonly typmod: number;
  /** Absent or 0: that of its type. */
  readonly collation?: Oid | undefined;
}

/** Rows as a parameter; see rows/given-rows.ts. */
export interface BoundTableVariable {
  readonly number: number;
  readonly columns: readonly Field[];
}

export interface BindContext {
  readonly catalog: CatalogReader;
  readonly builtin: BuiltinCatalog;
  /** Effective: pg_catalog included where it is implied. */
  readonly searchPath: readonly Oid[];
  readonly databaseName: string;
  /** Settings and time by which literals become constants. */
  readonly types: TypeContext;
  /** 1-based position, in characters of the client's text, of a byte offset of the parser. */
  readonly positionOf: (byteOffset: number) => number | undefined;
  /** The client's types of $1 …; 0 or absent = infer. */
  readonly parameterTypes: readonly Oid[];
  /**
   * false = the statement came without parameters (simple query): $n beyond `parameterTypes` is
   * 42P02.
   */
  readonly inferParameters?: boolean;
  /** Takes the lock that reading a relation, or locking its rows, needs; may throw Wait. */
  readonly lockRelation?: (relation: Oid, mode?: ReadLock) => void;
  /** Takes the lock that writing to a table needs; may throw Wait. */
  readonly lockTarget?: (relation: Oid) => void;
  /** The sequence behind an identity column. */
  readonly identitySequence?: (relation: Oid, column: number) => Oid | undefined;
  /** The SelectStmt node of a query text; for the definitions of system views. */
  readonly parseQuery: (text: string) => unknown;
  /** The statements of a routine's body. Throws 42601. */
  readonly parseBody: (text: string) => readonly BodyStatement[];
  /** Whoever runs the query runs routines whose rows it reads before it. */
  readonly runsRoutines?: boolean;
  /** The value of an expression without columns, for what a definition is judged by. */
  readonly compute?: (expression: Expression) => Scalar;
  readonly variables?: Variables;
  /** What is bound is the body of a routine: names that are no column's are its parameters'. */
  readonly routine?: { readonly name: string; readonly parameters: readonly string[] };
}
