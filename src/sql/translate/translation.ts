/**
 * TRANSLATIONS: a bound query as SQLite's SQL, with what is needed to run it.
 *
 * Values never stand in the SQL text: constants, $n, the epoch and the database are bound in order,
 * so that equal shapes have equal texts and share one prepared statement. The functions that the
 * text calls are listed by specification; a connection registers those that it does not know yet
 * (execute/register.ts).
 */
import type { Oid } from "../../base/ids.ts";
import type { SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Relation } from "../../catalog/relation.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import type { CallTypes, Registry } from "../functions/registry.ts";
import type { ResultColumn } from "../session/api.ts";
import type { Scalar, StorageClass } from "../types/scalar.ts";
import type { UserTable } from "./user-table.ts";

export interface LiteralOrigin {
  /** 1-based, in characters of the client's text. */
  readonly position: number;
  readonly type: Oid;
  readonly typmod: number;
}

/** What one `?` of the text is filled with. */
export type Binding =
  | {
      readonly kind: "constant";
      readonly value: Scalar;
      /** The literal of the text that it is, read as `type`. */
      readonly literal?: LiteralOrigin;
    }
  | { readonly kind: "parameter"; readonly number: number }
  | { readonly kind: "epoch" }
  /** The id of the transaction that looks. */
  | { readonly kind: "xid" }
  /** One of the other epochs of a query that reads at several. */
  | { readonly kind: "since"; readonly at: number }
  | { readonly kind: "database" }
  /** A column of a sequence's one row, by attnum: last_value, log_cnt, is_called. */
  | { readonly kind: "sequence"; readonly sequence: Oid; readonly attribute: number };

/**
 * One function of a rows-from: arguments are told apart from NULL by storage class (see rowsName).
 */
export interface RowsCall {
  /** 0 = the one argument is the one row. */
  readonly function: Oid;
  readonly types: CallTypes;
  readonly args: readonly StorageClass[];
  readonly columns: number;
  /** What it yields is one value, whose fields are the columns. */
  readonly opened: boolean;
  /** Columns that the type of such a value has lost, from 0: they are there, and NULL. */
  readonly lost: readonly number[];
  /** It is in PL/pgSQL. */
  readonly isRoutine: boolean;
}

/** A function that an aggregate is made of. */
export interface MadeStep {
  readonly function: Oid;
  readonly strict: boolean;
  /** It is a user's, in SQL or PL/pgSQL. */
  readonly isRoutine: boolean;
}

/** An aggregate out of functions; types are those of the call. */
export interface MadeAggregate {
  readonly transition: MadeStep;
  readonly final: MadeStep | undefined;
  /** The final function is given as many NULLs as the aggregate has arguments. */
  readonly finalExtra: boolean;
  readonly state: Oid;
  readonly initial: string | null;
  readonly args: readonly Oid[];
  readonly result: Oid;
}

/**
 * A function that the text calls by `name`. Equal names mean equal specifications, on every
 * connection.
 */
export type FunctionUse = { readonly name: string } & (
  | { readonly kind: "scalar"; readonly function: Oid; readonly types: CallTypes }
  /** A user's, in PL/pgSQL. */
  | {
      readonly kind: "routine";
      readonly function: Oid;
      readonly types: CallTypes;
      readonly immutable: boolean;
    }
  | {
      readonly kind: "aggregate";
      readonly function: Oid;
      readonly types: CallTypes;
      /** Values arrive sorted and without duplicates, as DISTINCT in PostgreSQL delivers them. */
      readonly distinct: boolean;
      /** Rows also leave the frame. */
      readonly window: boolean;
      /** Of a user's aggregate: what it is made of. */
      readonly made?: MadeAggregate;
    }
  /** Table-valued: `calls` in lock-step, padded with NULL; columns c1 … cn, then `ord`. */
  | { readonly kind: "rows"; readonly calls: readonly RowsCall[] }
  /** Output and input function of a type; the order key of its values. */
  | { readonly kind: "output" | "input" | "sortKey"; readonly type: Oid }
  | { readonly kind: "internal" }
);

/** What running the query needs beside rows. */
export interface TranslationFlags {
  /**
   * Calls a function with side effects (nextval, set_config, …): it may run on the session's thread
   * only.
   */
  readonly effects: boolean;
  /** Calls functions in PL/pgSQL, whose bodies are run on this thread. */
  readonly routines: boolean;
  /** Calls a volatile function: running it again from the start is not the same. */
  readonly volatile: boolean;
  /** Calls functions that may read the catalog while the query runs. */
  readonly catalogFunctions: boolean;
  /** Reads no stored relation. */
  readonly constant: boolean;
}

/** "flat array": of one dimension, from 1 on; "oid": not negative. */
export type Demand = "regular expression" | "flat array" | "oid";

export interface Translation {
  readonly sql: string;
  readonly bindings: readonly Binding[];
  readonly functions: readonly FunctionUse[];
  readonly columns: readonly ResultColumn[];
  readonly flags: TranslationFlags;
  /** Of users' tables that it reads, and of their indexes. */
  readonly storages: ReadonlySet<Oid>;
  /** What must be chosen before it can run; its text reads no partition yet. */
  readonly partitioned?: PartitionedQuery;
  /** Of one that can run: the partitions that it reads. */
  readonly chosen?: readonly Oid[];
  /** By positions of literals: what another literal there must be, for this to be right of it. */
  readonly demands: ReadonlyMap<number, Demand>;
  /** It can be described but not run. */
  readonly planError?: SqlError;
}

/** A query that reads partitioned tables: which partitions, its values say. */
export interface PartitionedQuery {
  /** No other has it. */
  readonly id: number;
  readonly bound: BoundQuery;
  /** In the order in which the translator comes to them. */
  readonly reads: readonly PartitionedRead[];
}

/** One reading of a partitioned table. */
export interface PartitionedRead {
  readonly relation: Oid;
  /** Of its range table entry. */
  readonly table: number;
  /** Whatever row is read satisfies them, or it is of no use. */
  readonly conditions: readonly Expression[];
}

/** Types as the translator must know them. */
export interface TypeFacts {
  storage(type: Oid): StorageClass;
  /**
   * What SQLite's comparison of stored forms is worth: "ordered" = PostgreSQL's equality and order,
   * "equal" = its equality alone, "none" = neither (a sort key has both).
   */
  order(type: Oid): "ordered" | "equal" | "none";
  /** pg_type.typlen */
  length(type: Oid): number;
  /** A domain's base type; else the type itself. */
  base(type: Oid): Oid;
  /** The type modifier of a domain's base type; -1 for other types. */
  baseTypmod(type: Oid): number;
  /** The element type of an array type or vector, else undefined. */
  element(type: Oid): Oid | undefined;
  /** Values are rows: composite types and record. */
  isComposite(type: Oid): boolean;
  /** Values are strings, or made of them: they are compared by a collation. */
  isCollatable(type: Oid): boolean;
  /** Which of a row's values an attribute is, from 1: there are none of those that were dropped. */
  fieldPlace(type: Oid, attribute: number): number;
}

/** What an alias of the text stands for. */
export interface SourceName {
  /** "table": a user's in which nothing was ever stored; "index": one of a user's table. */
  readonly kind: "relation" | "table" | "index" | "function" | "subquery" | "cte" | "values";
  readonly name: string;
  /** The alias that the client's text gave it. */
  readonly alias: string | undefined;
  /** Of a stored relation: names of its indexes in the order of its layout. */
  readonly indexes: readonly string[];
  /** Of an index of a user's table: the columns that are its keys. */
  readonly keys?: readonly string[];
}

export interface TranslateContext {
  readonly catalog: CatalogReader;
  readonly registry: Registry;
  readonly types: TypeFacts;
  /** The catalog's relation with this pg_class oid; undefined = it is a user's. */
  readonly relation: (relation: Oid) => Relation | undefined;
  /** What is stored of a user's table; undefined = nothing ever was. */
  readonly userTable: (relation: Oid) => UserTable | undefined;
  /** The tables whose rows are read, in order, without the partitioned ones among them. */
  readonly partitionsRead: (read: PartitionedRead) => readonly Oid[];
  /**
   * Effective search path, when the translation may depend on it (whoever keeps translations has it
   * in the key); else functions that need it ask for it at run time.
   */
  readonly searchPath?: readonly Oid[];
  /** Filled with what each alias stands for, when somebody wants to know. */
  readonly names?: Map<string, SourceName>;
}
