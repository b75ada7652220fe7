/**
 * Queries over the pages: one connection's registered functions and its prepared statements. The
 * main thread and every reader thread have the same functions, registered by the same module.
 *
 * Integers come and go as bigint, so that nothing is rounded. A registered function cannot query
 * the connection that calls it; it reads the catalog through another one.
 */
import Database from "better-sqlite3";
import { QueryGuard, type QueryLimits } from "./query-guard.ts";

/** What SQLite binds and returns. */
export type SqliteValue = null | bigint | number | string | Uint8Array;
/** Values for `?`, or by name (without the sign) for `:name`; `?1` counts as the name "1". */
export type QueryParameters = readonly SqliteValue[] | { readonly [name: string]: SqliteValue };

export interface SeenBulks {
  readonly now: ReadonlySet<number>;
  /** By which of the other epochs it is. */
  readonly since: readonly ReadonlySet<number>[];
}

interface FunctionOptions {
  /** SQLite may call it once for equal arguments. */
  readonly deterministic: boolean;
}

export interface AggregateFunction {
  readonly start: () => unknown;
  /** Returns the state behind the row. */
  readonly step: (state: unknown, ...values: SqliteValue[]) => unknown;
  /** The state without the row, which makes the aggregate a window function. */
  readonly inverse?: (state: unknown, ...values: SqliteValue[]) => unknown;
  readonly result: (state: unknown) => SqliteValue;
}

export interface TableFunction {
  readonly columns: readonly string[];
  /** Names of the arguments; they must not be names of columns. */
  readonly parameters: readonly string[];
  readonly rows: (...values: SqliteValue[]) => Iterable<readonly SqliteValue[]>;
}

/** The typings of better-sqlite3 know one argument; SQLite passes as many as the query has. */
type RowStep = (state: unknown, value: unknown) => unknown;
type Statement = Database.Statement<unknown[], SqliteValue[]>;

/** Queries kept prepared on one connection; the one unused longest goes first. */
export const PREPARED_QUERIES_MAX = 512;

/** SQLite's own code of an error, SQLITE_… */
export function sqliteCode(error: unknown): string | undefined {
  return error instanceof Database.SqliteError ? error.code : undefined;
}

export class QueryConnection {
  readonly guard = new QueryGuard();
  readonly #db: Database.Database;
  readonly #queries = new Map<string, Query>();
  #seen: ReadonlySet<number> = new Set();
  #seenSince: readonly ReadonlySet<number>[] = [];

  constructor(db: Database.Database) {
    this.#db = db;
    this.registerFunction("tick", { deterministic: false }, this.guard.tick);
    this.registerFunction("seen", { deterministic: false }, (by) =>
      this.#seen.has(Number(by)) ? 1n : 0n,
    );
    this.registerFunction("seen_since", { deterministic: false }, (by, at) =>
      this.#seenSince[Number(at)]?.has(Number(by)) ? 1n : 0n,
    );
  }

  /** Takes any number of arguments: SQLite tells functions of one name apart by nothing. */
  registerFunction(
    name: string,
    options: FunctionOptions,
    call: (...values: SqliteValue[]) => SqliteValue,
  ): void {
    const { deterministic } = options;
    this.#db.function(name, { deterministic, safeIntegers: true, varargs: true }, call);
  }

  registerAggregate(name: string, options: FunctionOptions, aggregate: AggregateFunction): void {
    const { start, step, inverse, result } = aggregate;
    const { deterministic } = options;
    this.#db.aggregate<unknown>(name, {
      deterministic,
      safeIntegers: true,
      varargs: true,
      start,
      step: step as RowStep,
      result,
      ...(inverse && { inverse: inverse as RowStep }),
    });
  }

  /** A set-returning function, `FROM name(arguments)`. */
  registerTable(name: string, table: TableFunction): void {
    const { columns, parameters, rows } = table;
    this.#db.table(name, {
      columns: [...columns],
      parameters: [...parameters],
      safeIntegers: true,
      *rows(...values) {
        yield* rows(...(values as SqliteValue[]));
      },
    });
  }

  /** Sets the limits of the query that runs next on this connection. */
  limit(limits: QueryLimits): void {
    this.guard.begin(limits);
  }

  /**
   * The bulks whose rows the query that runs next sees: bulk-states.ts. `since`: those that it sees
   * of tables which it reads at other epochs.
   */
  see({ now, since }: SeenBulks): void {
    this.#seen = now;
    this.#seenSince = since;
  }

  /** The prepared query of this text: prepared once, as long as it is used often enough. */
  prepare(sql: string): Query {
    let query = this.#queries.get(sql);
    if (query) this.#queries.delete(sql);
    else query = new Query(this.#db, sql);
    this.#queries.set(sql, query);
    if (this.#queries.size > PREPARED_QUERIES_MAX) {
      for (const oldest of this.#queries.keys()) {
        this.#queries.delete(oldest);
        break;
      }
    }
    return query;
  }
}

/**
 * One query's statements: a statement cannot be iterated twice at once, so there may be several.
 */
export class Query {
  readonly sql: string;
  readonly columnCount: number;
  readonly #db: Database.Database;
  readonly #idle: Statement[] = [];

  constructor(db: Database.Database, sql: string) {
    this.sql = sql;
    this.#db = db;
    const statement = this.#prepare();
    this.columnCount = statement.columns().length;
    this.#idle.push(statement);
  }

  all(parameters: QueryParameters): SqliteValue[][] {
    const statement = this.#idle.pop() ?? this.#prepare();
    try {
      return statement.all(parameters as never);
    } finally {
      this.#idle.push(statement);
    }
  }

  /** The connection takes no write and no savepoint until the iteration has ended. */
  *iterate(parameters: QueryParameters): Generator<SqliteValue[], void, undefined> {
    const statement = this.#idle.pop() ?? this.#prepare();
    try {
      yield* statement.iterate(parameters as never);
    } finally {
      this.#idle.push(statement);
    }
  }

  #prepare(): Statement {
    const statement = this.#db.prepare<unknown[], SqliteValue[]>(this.sql);
    return statement.raw(true).safeIntegers(true);
  }
}
