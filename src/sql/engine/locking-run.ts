/**
 * RUNNING QUERIES THAT LOCK ROWS: steps first, each given to what follows, then the query. All read
 * one snapshot. A query that left the session's thread is gathered before its rows are locked, and
 * the statement then runs again with what was gathered.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { Wait } from "../../txn/wait.ts";
import type { Expression } from "../bind/tree.ts";
import { givenRows } from "../rows/given-rows.ts";
import type { QuerySnapshot, ResultRow, StatementContext } from "../session/engine.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import type { PartOptions, Plan } from "./plan.ts";
import { type LockingPlan, lockRows } from "./row-locking.ts";

type Rows = readonly ResultRow[];
type Source = Rows | AsyncIterable<Rows>;

/** What running needs of the transaction that it is part of. */
export interface LockingHost {
  readonly transaction: CatalogTransaction;
  takeSnapshot(): QuerySnapshot;
  run(
    translation: Translation,
    parameters: readonly Scalar[],
    context: StatementContext,
    options: PartOptions,
  ): Source;
  /** Of an expression that reads no row of the query that it stands in. */
  valueOf(
    expression: Expression,
    parameters: readonly Scalar[],
    context: StatementContext,
  ): Scalar | undefined;
}

/** What a statement of this number has read before it runs again. */
interface Gathered {
  readonly statement: number;
  readonly snapshot: QuerySnapshot;
  readonly rows: Map<Translation, Rows>;
}

export class LockingRuns {
  readonly #host: LockingHost;
  #gathered: Gathered | undefined;

  constructor(host: LockingHost) {
    this.#host = host;
  }

  /** May throw a Wait, and what `lockRows` throws. */
  run(
    { translation, locking, steps, parameterTypes }: Plan,
    given: readonly Scalar[],
    context: StatementContext,
    options: PartOptions,
  ): Source {
    const gathered = this.#takeGathered(context.statementNumber);
    const { snapshot } = gathered;
    const parameters = parameterTypes.map((_, at) => given[at] ?? null);
    let isOver = true;
    try {
      let continues = false;
      for (const step of steps) {
        const rows = this.#read(step.translation, parameters, context, gathered, continues);
        const locked = step.locking ? this.#lock(step.locking, rows, parameters, context) : rows;
        parameters.push(givenRows(locked));
        continues = true;
      }
      if (!locking) {
        const last = { ...options, snapshot, continues };
        return this.#host.run(translation, parameters, context, last);
      }
      const rows = this.#read(translation, parameters, context, gathered, continues);
      return this.#lock(locking, rows, parameters, context);
    } catch (error) {
      isOver = !(error instanceof GatherWait);
      throw error;
    } finally {
      if (isOver) snapshot.release();
    }
  }

  /** Rows of a part of a statement that writes. May reject with a Wait. */
  async rows(
    locking: LockingPlan,
    translation: Translation,
    parameters: readonly Scalar[],
    context: StatementContext,
    options: PartOptions,
  ): Promise<Rows> {
    const source = this.#host.run(translation, parameters, context, options);
    return this.#lock(locking, await gather(source), parameters, context);
  }

  /** Of rows that have been read in the step that is running. May throw a Wait. */
  lockNow(
    locking: LockingPlan,
    rows: Rows,
    parameters: readonly Scalar[],
    context: StatementContext,
  ): Rows {
    return this.#lock(locking, rows, parameters, context);
  }

  #takeGathered(statement: number): Gathered {
    const gathered = this.#gathered;
    this.#gathered = undefined;
    if (gathered?.statement === statement) return gathered;
    gathered?.snapshot.release();
    return { statement, snapshot: this.#host.takeSnapshot(), rows: new Map() };
  }

  #read(
    translation: Translation,
    parameters: readonly Scalar[],
    context: StatementContext,
    gathered: Gathered,
    continues: boolean,
  ): Rows {
    const known = gathered.rows.get(translation);
    if (known) return known;
    const { snapshot } = gathered;
    const found = this.#host.run(translation, parameters, context, { snapshot, continues });
    if (isRows(found)) return found;
    throw new GatherWait(found, (rows) => {
      gathered.rows.set(translation, rows);
      this.#gathered = gathered;
    });
  }

  #lock(
    locking: LockingPlan,
    rows: Rows,
    parameters: readonly Scalar[],
    context: StatementContext,
  ): Rows {
    const first = this.#count("offset", locking, parameters, context) ?? 0;
    const most = this.#count("limit", locking, parameters, context);
    const end = most === undefined ? undefined : first + most;
    const locked = lockRows(this.#host.transaction, locking, rows, end);
    return first === 0 ? locked : locked.slice(first);
  }

  #count(
    which: "limit" | "offset",
    { [which]: count }: LockingPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
  ): number | undefined {
    const value = count && this.#host.valueOf(count, parameters, context);
    if (value === null || value === undefined) return undefined;
    if (Number(value) >= 0) return Number(value);
    const [code, name] = which === "limit" ? ["2201W", "LIMIT"] : ["2201X", "OFFSET"];
    throw new SqlError(code, `${name} must not be negative`);
  }
}

const isRows = (source: Source): source is Rows => Array.isArray(source);

async function gather(source: Source): Promise<Rows> {
  if (isRows(source)) return source;
  const rows: ResultRow[] = [];
  for await (const batch of source) for (const row of batch) rows.push(row);
  return rows;
}

/** A query that left the session's thread is gathered before its rows are locked. */
class GatherWait extends Wait {
  override readonly what = "rows";
  readonly #source: AsyncIterable<Rows>;
  readonly #done: (rows: Rows) => void;

  constructor(source: AsyncIterable<Rows>, done: (rows: Rows) => void) {
    super();
    this.#source = source;
    this.#done = done;
  }

  override start() {
    return { done: gather(this.#source).then(this.#done), cancel: () => {} };
  }
}
