/**
 * What all of the translation shares: the values to bind, the functions in use, fresh aliases, and
 * the way back to the translators of expressions and queries (they call each other, but their files
 * need not).
 *
 * SQL is built as strings. A value to bind is written as a marker, so that pieces may be moved,
 * repeated or dropped; `finish` turns markers into `?` in the order of the text.
 */
import { createHash } from "node:crypto";
import { assert } from "../../base/assert.ts";
import { FIRST_USER_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { isRoutine } from "../bind/routine-facts.ts";
import type { Expression, Query } from "../bind/tree.ts";
import type { CallTypes, RegisteredFunction } from "../functions/registry.ts";
import type { Scalar } from "../types/scalar.ts";
import { T } from "../types/type-oids.ts";
import type { Scope } from "./scope.ts";
import type { Binding, Demand, FunctionUse, TranslateContext } from "./translation.ts";
import type { UserTable } from "./user-table.ts";
import { walk } from "./walk.ts";

/** SQLite joins at most 64 tables. https://www.sqlite.org/limits.html */
const JOIN_TABLES_MAX = 64;
/** SQLite makes one join of a query's sub-selects; some of them may be in it more than once. */
const TABLES_WITH_INDEX_MAX = 24;

function tablesIn(root: unknown): number {
  let count = 0;
  walk(root, (node) => {
    if (node.kind === "relation") count++;
    return node.kind !== "constant";
  });
  return count;
}

export interface Translators {
  /** An expression's value. */
  expression(emitter: Emitter, scope: Scope, expression: Expression): string;
  /** The same where NULL is as good as false: WHERE, ON, HAVING, FILTER, CASE WHEN. */
  condition(emitter: Emitter, scope: Scope, expression: Expression): string;
  /** A SELECT whose columns are c1 … cn. */
  query(emitter: Emitter, scope: Scope | undefined, query: Query): string;
}

export class Emitter {
  readonly context: TranslateContext;
  effects = false;
  routines = false;
  private volatileRoutine = false;
  catalogFunctions = false;
  volatile = false;
  readsRelations = false;
  /** Of users' tables that are read, and of their indexes. */
  readonly storages = new Set<Oid>();
  readonly demands = new Map<number, Demand>();
  /** The first error that PostgreSQL finds when it plans, behind parse analysis. */
  planError: SqlError | undefined;
  private readonly translators: Translators;
  private readonly values: Binding[] = [];
  private readonly uses = new Map<string, FunctionUse>();
  private aliases = 0;
  private readonly replaced = new Map<Expression, string>();
  /** What `replace` has replaced, newest last. */
  private readonly replacements: (readonly [Expression, string | undefined])[] = [];
  /** The value that `caseTest` stands for, innermost last. */
  private readonly caseTests: string[] = [];
  /** The same of VALUE. */
  private readonly domainValues: string[] = [];

  /** So many tables that a join has no room for an index in front of each. */
  readonly isCrowded: boolean;

  constructor(context: TranslateContext, translators: Translators, root: unknown) {
    this.context = context;
    this.translators = translators;
    this.isCrowded = tablesIn(root) > TABLES_WITH_INDEX_MAX;
  }

  expression(scope: Scope, expression: Expression): string {
    return this.translators.expression(this, scope, expression);
  }
  condition(scope: Scope, expression: Expression): string {
    return this.translators.condition(this, scope, expression);
  }
  query(scope: Scope | undefined, query: Query): string {
    return this.translators.query(this, scope, query);
  }

  /** From here on the expression's value is this text: a column of some sub-select. */
  replace(expression: Expression, text: string): void {
    this.replacements.push([expression, this.replaced.get(expression)]);
    this.replaced.set(expression, text);
  }
  replacement(expression: Expression): string | undefined {
    return this.replaced.get(expression);
  }
  /** What `run` replaces is so until it returns: one tree may be translated several times. */
  scoped<T>(run: () => T): T {
    const before = this.replacements.length;
    try {
      return run();
    } finally {
      for (const [expression, text] of this.replacements.splice(before).reverse()) {
        if (text === undefined) this.replaced.delete(expression);
        else this.replaced.set(expression, text);
      }
    }
  }

  /** The table is read: what is staged of it must be seen. */
  noteRead({ storage, indexes }: UserTable): void {
    this.storages.add(storage);
    for (const index of indexes) this.storages.add(index.storage);
  }

  alias(prefix: string): string {
    return `${prefix}${++this.aliases}`;
  }

  bind(binding: Binding): string {
    return `\u0001${this.values.push(binding) - 1};`;
  }
  /** Another literal in this one's place must be like it in this. */
  demand({ position }: { readonly position?: number | undefined }, demand: Demand): void {
    if (position !== undefined) this.demands.set(position, demand);
  }
  constant(value: Scalar): string {
    return value === null ? "NULL" : this.bind({ kind: "constant", value });
  }
  /** A constant of the query itself, which remembers its place. */
  written({ value, type, typmod, position }: Extract<Expression, { kind: "constant" }>): string {
    if (value === null || position === undefined) return this.constant(value);
    return this.bind({ kind: "constant", value, literal: { position, type, typmod } });
  }

  use(use: FunctionUse): string {
    if (!this.uses.has(use.name)) {
      this.uses.set(use.name, use);
      // Names of objects, enum labels, composite types: texts and orders of values may depend on
      // the catalog.
      if (use.kind !== "scalar" && use.kind !== "internal") this.catalogFunctions = true;
    }
    return use.name;
  }
  internal(name: string): string {
    if (readingCatalog.has(name)) this.catalogFunctions = true;
    return this.use({ name, kind: "internal" });
  }

  /** A registered scalar function. Throws 0A000 when there is none. */
  scalar(oid: Oid, types: CallTypes): string {
    const found = this.context.registry.scalar(oid);
    if (!found) throw this.missingFunction(oid);
    this.note(found, types);
    if ([...types.args, types.result].some(isOfCatalog)) this.catalogFunctions = true;
    const name = found.polymorphic ? `f${oid}_${typeSuffix(types)}` : `f${oid}`;
    return this.use({ name, kind: "scalar", function: oid, types });
  }

  /** A function that runs as it is when it is called; undefined: it is none. */
  routine(oid: Oid, types: CallTypes): string | undefined {
    const row = this.findRoutine(oid);
    if (!row) return undefined;
    const { provolatile } = row;
    const name = `u${oid}${provolatile}_${typeSuffix(types)}`;
    const immutable = provolatile === "i";
    return this.use({ name, kind: "routine", function: oid, types, immutable });
  }

  /** Notes that it is called. */
  findRoutine(oid: Oid) {
    const { catalog } = this.context;
    const row = oid < FIRST_USER_OID ? undefined : catalog.find(pgProc, "key", [oid]);
    if (!row || !isRoutine(catalog, row)) return undefined;
    this.notesQueries();
    if (row.provolatile === "v") {
      this.volatile = true;
      this.volatileRoutine = true;
    }
    return row;
  }

  /** What is called runs queries of its own. */
  notesQueries(): void {
    this.effects = true;
    this.routines = true;
    this.catalogFunctions = true;
  }

  /**
   * Whether what is emitted calls volatile functions in PL/pgSQL: it may not be computed twice.
   * `varies`: it calls a volatile function of any kind.
   */
  emitsOnce(emit: () => string) {
    const before = { routine: this.volatileRoutine, any: this.volatile };
    this.volatileRoutine = false;
    this.volatile = false;
    const text = emit();
    const [once, varies] = [this.volatileRoutine, this.volatile];
    this.volatileRoutine ||= before.routine;
    this.volatile ||= before.any;
    return { text, once, varies };
  }

  /** Runs a check whose error comes when the query is to run, not when it is described. */
  whenPlanned(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.planError ??= error;
    }
  }

  /** What a call of the function means for how the query may run. */
  note(called: RegisteredFunction<unknown>, types: CallTypes): void {
    const { volatility, session, runsQueries } = called;
    if (runsQueries?.(types, this.context.catalog)) this.notesQueries();
    if (volatility === "v") this.volatile = true;
    if (volatility !== "i") this.catalogFunctions = true;
    if (session) this.effects = true;
  }

  missingFunction(oid: Oid): SqlError {
    const row = this.context.catalog.find(pgProc, "key", [oid]);
    const types = row?.proargtypes.map(
      (type) => this.context.catalog.find(pgType, "key", [type])?.typname ?? String(type),
    );
    return notSupported(`function ${row?.proname ?? oid}(${types?.join(", ") ?? ""})`);
  }

  withCaseTest<T>(value: string, run: () => T): T {
    this.caseTests.push(value);
    try {
      return run();
    } finally {
      this.caseTests.pop();
    }
  }
  caseTest(): string {
    const value = this.caseTests.at(-1);
    assert(value !== undefined, "a case test outside of its expression");
    return value;
  }

  /** Runs with VALUE of a domain's check standing for this text. */
  withDomainValue<R>(value: string, run: () => R): R {
    this.domainValues.push(value);
    try {
      return run();
    } finally {
      this.domainValues.pop();
    }
  }
  domainValue(): string {
    const value = this.domainValues.at(-1);
    assert(value !== undefined, "VALUE outside of a domain's check");
    return value;
  }

  countTables(count: number): void {
    if (count > JOIN_TABLES_MAX) {
      throw new SqlError("54001", "statement too complex", {
        detail: `A query level joins ${count} relations; at most ${JOIN_TABLES_MAX} are supported.`,
      });
    }
  }

  functions(): readonly FunctionUse[] {
    return [...this.uses.values()];
  }

  finish(text: string): { sql: string; bindings: readonly Binding[] } {
    const bindings: Binding[] = [];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the marker cannot occur in SQL text
    const sql = text.replace(/\u0001(\d+);/g, (_marker, index: string) => {
      const binding = this.values[Number(index)];
      assert(binding, "an unknown marker");
      bindings.push(binding);
      return "?";
    });
    return { sql, bindings };
  }
}

/** Different for different types: functions are registered by names. */
export function typeSuffix({ args, result, variadic, columns }: CallTypes): string {
  const defined = columns ? createHash("sha1").update(JSON.stringify(columns)).digest("hex") : "";
  return `${args.join("_")}_r${result}${variadic ? "v" : ""}${defined}`;
}

/** Names of columns may be words of SQLite's grammar. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const ROWS: ReadonlySet<Oid> = new Set([T.record, oid(2287)]);

/** Internal functions that ask for the types of fields, or for names in messages. */
const readingCatalog: ReadonlySet<string> = new Set([
  "record_as",
  "record_field",
  "record_is_null",
  "record_is_not_null",
  "not_collatable",
  "domain_null",
  "domain_check",
  "xml_value",
]);

/** What is immutable, too, looks for the labels of enums, the columns of rows, and the like. */
const isOfCatalog = (type: Oid): boolean => type >= FIRST_USER_OID || ROWS.has(type);
