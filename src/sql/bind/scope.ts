/**
 * SCOPES: what one query level of parse analysis may name. Levels are chained from the innermost
 * outwards. The recursion between expressions and queries goes through `Binding`, so that their
 * modules need no cycle.
 */
import type { Node, WindowDef } from "@pgsql/types";
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { BindContext } from "./context.ts";
import type { BoundModify, BoundStep, Unparameterized } from "./modify.ts";
import type { Names } from "./names.ts";
import type { Column, Expression, Query, RangeTableEntry } from "./tree.ts";

/** Where an expression stands, as messages name it. */
export type ExpressionKind =
  | "SELECT"
  | "WHERE"
  | "HAVING"
  | "FILTER"
  | "GROUP BY"
  | "ORDER BY"
  | "DISTINCT ON"
  | "LIMIT"
  | "OFFSET"
  | "VALUES"
  | "VALUES alone"
  | "JOIN/ON"
  | "JOIN/USING"
  | "sub-SELECT in FROM"
  | "function in FROM"
  | "window PARTITION BY"
  | "window ORDER BY"
  | "window RANGE"
  | "window ROWS"
  | "window GROUPS"
  | "DEFAULT"
  | "parameter DEFAULT"
  | "CHECK"
  | "POLICY"
  | "GENERATED"
  | "index expression"
  | "index predicate"
  | "transform expression"
  | "partition bound"
  | "partition key"
  | "statistics expression"
  | "COPY FROM WHERE"
  | "TRIGGER WHEN"
  | "MERGE WHEN"
  | "EXECUTE"
  | "CALL"
  | "INSERT"
  | "UPDATE"
  | "RETURNING";

/** What a column name of a namespace item stands for. */
export interface NamespaceColumn {
  readonly name: string;
  readonly table: number;
  readonly attribute: number;
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
  /** See Column in tree.ts. */
  readonly through?: Column["through"];
  /** A star does not stand for it. */
  readonly hidden?: true;
}

/** One thing in FROM as names see it. */
export interface NamespaceItem {
  readonly entry: RangeTableEntry;
  /** 1-based number in the range table. */
  readonly table: number;
  readonly name: string;
  readonly columns: readonly NamespaceColumn[];
  /** `x` alone finds its columns. */
  readonly columnsVisible: boolean;
  /** `name.x` finds it. */
  readonly relationVisible: boolean;
  /** Reachable through LATERAL only, and whether that is allowed here. */
  readonly lateralOnly: boolean;
  readonly lateralOk: boolean;
  /** The table that the statement changes. */
  readonly isTarget?: boolean;
  readonly qualified?: { readonly schema: string; readonly relation: Oid };
}

/** `node` as written, by which calls share a window. */
export interface WindowInScope {
  /** Of the WINDOW clause. */
  readonly name?: string;
  readonly node: WindowDef;
}

export interface CommonTableInScope {
  readonly name: string;
  /** Absent while its own recursive query is being bound. */
  query?: Query;
  /** Known from its first arm on. */
  columns: EntryColumns | undefined;
  /** Those of SEARCH and CYCLE, behind the others. */
  readonly carried: readonly TypedColumn[];
  references: number;
  /** Its recursive arm is being bound. */
  self: boolean;
  /** It writes and has no RETURNING: nothing can be read from it. */
  readonly returnsNothing?: boolean;
}

export interface TypedColumn {
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
}

/** Columns of an entry, side by side as the tree keeps them. */
export interface EntryColumns {
  readonly names: readonly string[];
  readonly types: readonly Oid[];
  readonly typmods: readonly number[];
  readonly collations: readonly Oid[];
}

/** Shared by all levels of a statement. */
export interface Binding {
  readonly context: BindContext;
  readonly names: Names;
  readonly parameters: Parameters;
  /** Views that FROM has named: they stand as relations until expand-views.ts. */
  readonly views: Set<Oid>;
  /** How often a view was read in another one's place: each time counts. */
  readonly expansions: { count: number };
  /** The statement is CREATE VIEW. */
  readonly definesView?: boolean;
  readonly bindExpression: (scope: Scope, node: Node) => Expression;
  /** What VALUE means in a domain's check. */
  readonly domainValue?: Expression;
  /** Of a statement that may write: where its queries of WITH go that are run by themselves. */
  readonly steps?: BoundStep[];
  /** It is one of those: none of its own may write. */
  readonly isStep?: boolean;
  /** Of a statement that is kept, and bound again when it is to run. */
  readonly isStored?: boolean;
  /** INSERT, UPDATE or DELETE in WITH, whose level is `scope`. */
  readonly bindModifying: (scope: Scope, node: Node) => Unparameterized<BoundModify>;
  /** A query below this level. `resolveUnknown`: literals of the targets become text. */
  readonly bindSubquery: (scope: Scope, node: Node, resolveUnknown: boolean) => Query;
}

export class Scope {
  readonly binding: Binding;
  readonly parent: Scope | undefined;
  readonly rangeTable: RangeTableEntry[] = [];
  namespace: NamespaceItem[] = [];
  readonly commonTables: CommonTableInScope[] = [];
  /** Names that WITH gives further behind. */
  laterTables: readonly string[] = [];
  readonly windows: WindowInScope[] = [];
  kind: ExpressionKind = "SELECT";
  lateralActive = false;
  hasAggregates = false;
  hasWindowCalls = false;
  hasSetReturning = false;
  /** Of the last set-returning call. */
  setPosition: number | undefined;

  constructor(binding: Binding, parent: Scope | undefined) {
    this.binding = binding;
    this.parent = parent;
  }

  get names(): Names {
    return this.binding.names;
  }

  /** Client's position of a byte offset of the parser. -1 = unknown, absent = 0. */
  at(location: number | undefined): number | undefined {
    if (location === -1) return undefined;
    return this.binding.context.positionOf(location ?? 0);
  }

  bind(node: Node, kind: ExpressionKind): Expression {
    const saved = this.kind;
    this.kind = kind;
    const bound = this.binding.bindExpression(this, node);
    this.kind = saved;
    return bound;
  }

  /** An expression inside another: of the same kind. */
  bindInner(node: Node): Expression {
    return this.binding.bindExpression(this, node);
  }

  addEntry(entry: RangeTableEntry): number {
    this.rangeTable.push(entry);
    return this.rangeTable.length;
  }

  /** The scope this many levels out. */
  up(levels: number): Scope {
    let scope: Scope = this;
    for (let level = 0; level < levels; level++) {
      if (!scope.parent) throw new Error("no such query level");
      scope = scope.parent;
    }
    return scope;
  }

  /** A level inside this one that has these entries: for looking into a bound sub-select. */
  nested(rangeTable: readonly RangeTableEntry[]): Scope {
    const scope = new Scope(this.binding, this);
    scope.rangeTable.push(...rangeTable);
    return scope;
  }

  entryOf(column: Column): RangeTableEntry | undefined {
    return this.up(column.levelsUp).rangeTable[column.table - 1];
  }
}

/** Types of $1 …: given by the client, or fixed by the first context that has a type. */
export class Parameters {
  readonly types: Oid[];
  readonly #allowed: boolean;

  constructor(given: readonly Oid[], infer: boolean) {
    this.types = [...given];
    this.#allowed = infer;
  }

  reference(number: number, position: number | undefined): Oid {
    if (number < 1 || (!this.#allowed && number > this.types.length)) {
      throw new SqlError("42P02", `there is no parameter $${number}`).at(position);
    }
    while (this.types.length < number) this.types.push(oid(0));
    const known = this.types[number - 1] ?? oid(0);
    return known === 0 ? oid(705) : known;
  }

  known(number: number): Oid {
    return this.types[number - 1] ?? oid(0);
  }

  fix(number: number, type: Oid): void {
    this.types[number - 1] = type;
  }
}
