/**
 * What INSERT, UPDATE and DELETE need of the engine: rows and locks of the transaction, expressions
 * run for one row, plans of the tables that foreign keys lead to.
 */
import { assert } from "../../base/assert.ts";
import type { Epoch, Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import type { CommitXids } from "../../pages/commit-xids.ts";
import type { RowStore } from "../../pages/row-store.ts";
import type { Deferrable } from "../../txn/deferred-checks.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { Wait } from "../../txn/wait.ts";
import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import type { BoundQuery, Expression, Query } from "../bind/tree.ts";
import { Spending, type TimeShare } from "../execute/query-runner.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import type { ScalarCall } from "../functions/registry.ts";
import type { StoredRows } from "../rows/fill.ts";
import { type FoundRow, sameValues } from "../rows/foreign-keys.ts";
import type { ViewChanges } from "../rows/maintain.ts";
import type { ModifyEngine } from "../rows/modify-engine.ts";
import type { RowRules } from "../rows/modify-plan.ts";
import type { RowStep } from "../rows/row-step.ts";
import type { Steps } from "../rows/steps.ts";
import { columnOf, type TableShape } from "../rows/table-shape.ts";
import { TableWriter } from "../rows/table-writer.ts";
import type { Happening, Row, Trigger } from "../rows/triggers.ts";
import type { ViewRows } from "../rows/view-rows.ts";
import type { StatementContext } from "../session/engine.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { ExclusionAccess } from "./exclusion-access.ts";
import { KeyedRows } from "./keyed-rows.ts";
import { StartAgain } from "./start-again.ts";
import { versionFinder } from "./version-finder.ts";

/** What the access needs of the engine's transaction. */
export interface ModifyHost {
  readonly transaction: CatalogTransaction;
  readonly catalog: CatalogReader;
  /** At the head. */
  readonly stored: Pick<RowStore, "changes" | "estimate" | "epochOf" | "get">;
  readonly xids: Pick<CommitXids, "find">;
  rules(relation: Oid): RowRules;
  shape(relation: Oid): TableShape;
  translate(bound: BoundQuery): Translation;
  /** The kept translation of that name, or what is made. */
  findTranslation(name: string, make: () => BoundQuery): Translation;
  /** Every row at once, at the newest epoch without a snapshot. Throws 54001 beyond the share. */
  runNow(
    translation: Translation,
    values: readonly Scalar[],
    snapshot?: Snapshot,
    share?: TimeShare,
  ): readonly (readonly Scalar[])[];
  /** Rows of a stored query at the transaction's snapshot; `secured`: by the user's policies. */
  read(query: Query, secured?: boolean): StoredRows;
  openChanges(view: Oid, query: Query, since: Epoch | "now" | undefined): ViewChanges;
  readonly viewRows: ViewRows;
  /** What is committed, and the transaction's own bulks. */
  unstaged(): Snapshot;
  /** Columns of a storage's table in the pages; undefined = it has none. */
  storedWidth(storage: Oid): number | undefined;
  /** Equal for values that the type's own operator finds equal. */
  comparable(type: Oid, value: Scalar): Scalar;
  /** What a function computes of arguments of these types. */
  callOf(id: Oid, args: readonly Oid[]): ScalarCall;
  /** One row that reads nothing stored. */
  evaluate(translation: Translation, values: readonly Scalar[]): readonly Scalar[];
  printKey(index: Oid, key: number): string;
  /** May throw a Wait. */
  nextval(sequence: Oid): bigint;
  equality(type: Oid): { readonly operator: Oid; readonly function: Oid };
  defaultOf(relation: Oid, attribute: number): Expression | undefined;
  /** What the function answers; undefined = NULL. */
  callTrigger(shape: TableShape, trigger: Trigger, happened: Happening): Row | undefined;
}

export class ModifyAccess implements ModifyEngine {
  readonly types: StatementContext;
  readonly #host: ModifyHost;
  readonly #context: StatementContext;
  readonly #writers = new Map<Oid, TableWriter>();
  readonly #marks: readonly number[];
  readonly #begun: Snapshot | undefined;
  readonly #spending: Spending | undefined;
  readonly exclusions: ExclusionAccess;
  readonly #keyed = new KeyedRows(this);

  /**
   * `begun`: what expressions of the statement see of tables, if they read any. `share`: it is
   * within a call, and done at once.
   */
  constructor(
    host: ModifyHost,
    context: StatementContext,
    marks: readonly number[],
    begun: Snapshot | undefined,
    share?: TimeShare,
  ) {
    this.#host = host;
    this.#begun = begun;
    this.#spending = share && new Spending(share);
    this.#context = context;
    this.types = context;
    this.exclusions = new ExclusionAccess({ ...host, rows: host.transaction.rows }, context);
    this.#marks = [...marks, host.transaction.rows.mark];
  }

  get rows() {
    return this.#host.transaction.rows;
  }
  get meter() {
    return this.#context.meter;
  }
  get atOnce(): boolean {
    return this.#spending !== undefined;
  }
  get xid(): number {
    return this.#host.transaction.xid;
  }
  xidOf(storage: Oid, version: number): number {
    const { transaction, stored, xids } = this.#host;
    const made = stored.get(storage, version)?.xmin;
    const committed = made === undefined ? undefined : stored.epochOf(made);
    return committed === undefined ? transaction.xid : xids.find(committed);
  }
  get isRepeatable(): boolean {
    return this.#host.transaction.isolation !== "read committed";
  }

  get isReplica(): boolean {
    return this.#context.setting("session_replication_role") === "replica";
  }

  /** What a step reads of tables is what they were when the statement began. */
  evaluate({ translation }: RowStep, values: readonly Scalar[]): readonly Scalar[] {
    if (translation.flags.constant) return this.#host.evaluate(translation, values);
    const [row] = this.#host.runNow(translation, values, this.#snapshot());
    assert(row, "one row of expressions");
    return row;
  }

  /** All rows of a query at once. */
  readNow(
    translation: Translation,
    values: readonly Scalar[],
    snapshot: Snapshot,
    share: TimeShare,
  ) {
    return this.#host.runNow(translation, values, snapshot, share);
  }

  /** Rows that became a bulk meanwhile would be there twice. */
  #snapshot(): Snapshot | undefined {
    const begun = this.#begun;
    return begun && begun.bulks.length === this.rows.bulks.length ? begun : undefined;
  }

  read(query: Query, secured?: boolean): StoredRows {
    return this.#host.read(query, secured);
  }

  get viewRows(): ViewRows {
    return this.#host.viewRows;
  }
  openChanges(view: Oid, query: Query, since: Epoch | "now" | undefined): ViewChanges {
    return this.#host.openChanges(view, query, since);
  }

  printKey(index: Oid, key: number): string {
    return this.#host.printKey(index, key);
  }

  writerOf(relation: Oid): TableWriter {
    let writer = this.#writers.get(relation);
    if (!writer) {
      const rules = this.#host.rules(relation);
      // Rows are routed to it by their keys alone.
      if (rules.shape.partitionOf !== undefined) this.#lockWritten(relation);
      writer = new TableWriter(rules, this);
      this.#writers.set(relation, writer);
    }
    return writer;
  }

  /** May throw a Wait. */
  #lockWritten(relation: Oid): void {
    const { transaction } = this.#host;
    transaction.lock(relationTag(transaction.database, relation), "RowExclusive");
  }

  callTrigger(shape: TableShape, trigger: Trigger, happened: Happening): Row | undefined {
    return this.#host.callTrigger(shape, trigger, happened);
  }

  asTrigger<T>(work: () => T): T {
    this.#context.triggerDepth++;
    try {
      return work();
    } finally {
      this.#context.triggerDepth--;
    }
  }

  shapeOf(relation: Oid): TableShape {
    return this.#host.shape(relation);
  }

  translate(bound: BoundQuery): Translation {
    return this.#host.translate(bound);
  }

  findRows(
    shape: TableShape,
    attributes: readonly number[],
    values: readonly Scalar[],
  ): FoundRow[] {
    const known = this.#keyed.find(shape, attributes, values);
    if (known) return known;
    const { overlay } = this.rows;
    const { storage } = shape;
    const width = this.#host.storedWidth(storage);
    if (width !== undefined && overlay.widthOf(storage) > width) {
      return this.#queryRows(shape, attributes, values);
    }
    // A query would be shown all that is staged, each time: what is staged is looked through here.
    const unstaged = this.#host.unstaged();
    const stored = width === undefined ? [] : this.#queryRows(shape, attributes, values, unstaged);
    const left = stored.filter(({ version }) => !overlay.hasEnded(storage, version));
    return [...left, ...this.#stagedRows(shape, attributes, values)];
  }

  gather(): Steps<void> | undefined {
    return this.#keyed.gather();
  }

  epoch(): Epoch {
    return this.#host.unstaged().epoch;
  }
  changedSince(storage: Oid, epoch: Epoch): readonly number[] | undefined {
    return this.#host.stored.changes.since(storage, epoch, this.epoch());
  }
  estimate(storage: Oid): number {
    return this.#host.stored.estimate(storage);
  }
  comparable(type: Oid, value: Scalar): Scalar {
    return this.#host.comparable(type, value);
  }

  #queryRows(
    shape: TableShape,
    attributes: readonly number[],
    values: readonly Scalar[],
    snapshot?: Snapshot,
  ): FoundRow[] {
    const name = `${shape.oid}/${attributes.join()}`;
    const find = this.#host.findTranslation(name, () => this.#finder(shape, attributes));
    return this.#host.runNow(find, values, snapshot).map(([version = null, ...columns]) => {
      const row: Scalar[] = new Array(shape.width).fill(null);
      shape.columns.forEach(({ number }, at) => {
        row[number - 1] = columns[at] ?? null;
      });
      return { version: Number(version), row };
    });
  }

  #stagedRows(
    shape: TableShape,
    attributes: readonly number[],
    values: readonly Scalar[],
  ): FoundRow[] {
    const added = this.rows.overlay.addedTo(shape.storage);
    if (added.length === 0) return [];
    const writer = this.writerOf(shape.oid);
    const comparable = (at: number, value: Scalar): Scalar =>
      this.#host.comparable(columnOf(shape.columns, attributes[at] ?? 0)?.type as Oid, value);
    const wanted = values.map((value, at) => comparable(at, value));
    return added.flatMap(([version, staged]) => {
      const row = writer.padded(staged as readonly Scalar[]);
      const own = attributes.map((attribute, at) => comparable(at, row[attribute - 1] ?? null));
      return sameValues(wanted, own) ? [{ version, row: [...row] }] : [];
    });
  }

  /** SELECT version, columns FROM table WHERE attribute = $n AND … */
  #finder(shape: TableShape, attributes: readonly number[]): BoundQuery {
    const { columns } = shape;
    const parameterTypes: Oid[] = [];
    const conditions = attributes.map((attribute, at): Expression => {
      const column = columnOf(columns, attribute);
      assert(column, "a foreign key is over columns");
      const { type, typmod, collation } = column;
      parameterTypes.push(type);
      const value: Expression = { kind: "parameter", number: at + 1, type, typmod, collation };
      const equality = this.#host.equality(type);
      const bool = { type: 16 as Oid, typmod: -1, collation: 0 as Oid };
      return { kind: "operator", ...equality, args: [column, value], returnsSet: false, ...bool };
    });
    const all = columns.map(({ number }) => columnOf(columns, number) as Expression);
    return versionFinder(shape, conditions, all, { parameterTypes });
  }

  defaultOf(shape: TableShape, attribute: number): Scalar {
    const value = this.#host.defaultOf(shape.oid, attribute);
    if (!value) return null;
    if (value.kind === "constant") return value.value;
    const query = plainSelect([plainTarget(value)]);
    const translation = this.#host.translate({ query, parameterTypes: [] });
    return this.#host.evaluate(translation, [])[0] ?? null;
  }

  readonly marks = (): readonly number[] => this.#marks;

  serializationFailure(deleted: boolean): Error {
    const what = deleted ? "delete" : "update";
    return new SqlError("40001", `could not serialize access due to concurrent ${what}`);
  }

  checkSeen(storage: Oid, version: number): void {
    const { transaction } = this.#host;
    if (!this.isRepeatable) return;
    if (transaction.rows.wasThere(storage, version, transaction.snapshotEpoch())) return;
    throw this.serializationFailure(false);
  }

  readonly startAgain = (): never => {
    throw new StartAgain();
  };

  defer(constraint: Deferrable, check: () => void, relation?: Oid): boolean {
    const { catalog, transaction } = this.#host;
    // What waited for a constraint that was dropped meanwhile is over with it.
    const whileThere = () => {
      if (catalog.find(pgConstraint, "key", [constraint.constraint])) check();
    };
    return transaction.deferred.defer(constraint, whileThere, relation);
  }

  nextval(sequence: Oid): bigint {
    return this.#host.nextval(sequence);
  }

  wait(wait: Wait): Promise<void> {
    if (this.atOnce) throw wait;
    return this.#context.wait(wait);
  }

  until<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#context.interrupts;
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    });
  }

  attempt<T>(work: () => T): T {
    const { transaction } = this.#host;
    const mark = transaction.mark();
    try {
      return work();
    } catch (error) {
      if (error instanceof Wait) transaction.rollbackTo(mark, true);
      throw error;
    }
  }
  checkInterrupts(): void {
    this.#context.interrupts.check();
    this.#spending?.check();
    const left = this.#context.timeoutMs;
    if (left !== undefined && left <= 0) {
      throw new SqlError("57014", "canceling statement due to statement timeout");
    }
  }
}
