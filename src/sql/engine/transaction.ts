/**
 * A transaction as a session uses it: DDL, queries and expressions on one CatalogTransaction.
 *
 *   executeDdl   catalog/ddl, at the newest committed epoch under the overlay
 *   plan         bind (names at the newest epoch, each user relation locked AccessShare), translate
 *   run          at the transaction's snapshot, the overlay shown for the length of one step
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import { Catalog } from "../../catalog/catalog.ts";
import type { DdlContext } from "../../catalog/ddl/context.ts";
import type { DdlStatement, TypeName } from "../../catalog/statement.ts";
import { resolveTypeName } from "../../catalog/type-name.ts";
import type { CatalogTransaction, Mark } from "../../txn/transaction.ts";
import type { CommitInfo } from "../../wal/fragment.ts";
import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import { bindExecuteParameters } from "../bind/query.ts";
import type { Expression } from "../bind/tree.ts";
import { rowEncoder } from "../execute/output.ts";
import type { TimeShare } from "../execute/query-runner.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import type { TransactionIds } from "../functions/server.ts";
import { givenRows } from "../rows/given-rows.ts";
import { after } from "../session/after.ts";
import type { FormatCode } from "../session/api.ts";
import type {
  CallRequest,
  CursorRow,
  ModifyQueryPlan,
  ModifyRequest,
  ModifyResult,
  PastRows,
  PlanRequest,
  ProcedurePlan,
  PutOffChecks,
  QueryPlan,
  QuerySnapshot,
  ReceiverTarget,
  ResultRow,
  RowReceiver,
  RowsDone,
  RunOptions,
  SharedSnapshots,
  StatementContext,
  Transaction,
  TransactionMark,
  VacuumRequest,
} from "../session/engine.ts";
import type { DdlExplanation, ExplainedPlan } from "../session/explained.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { readSent } from "../types/type-io.ts";
import { relationsOf } from "./body-fields.ts";
import { ddlContextOf } from "./ddl-access.ts";
import { computed, type DdlHost, runDdl, runDdlAtOnce } from "./ddl-run.ts";
import { explainOn } from "./explain-ddl.ts";
import { planCall } from "./function-call.ts";
import { afterHandingOver } from "./handing-over.ts";
import { LargeObjectAccess } from "./large-object-access.ts";
import { leased } from "./leased.ts";
import { LockingRuns } from "./locking-run.ts";
import { LocksInPlace } from "./locks-in-place.ts";
import type { EngineParts } from "./parts.ts";
import { PastAccess } from "./past.ts";
import type { PartOptions, Plan } from "./plan.ts";
import { Planner } from "./planner.ts";
import { printIndexKey } from "./printing.ts";
import { planProcedure } from "./procedures.ts";
import { EngineRoutineRuns } from "./routine-runs.ts";
import { lookingInto, type Step, snapshotOf } from "./snapshots.ts";
import { TakenOids } from "./taken-oids.ts";
import { TransactionIdAccess } from "./transaction-ids.ts";
import { analyzeAtOnce, runVacuum } from "./vacuuming.ts";
import { Writing } from "./writing.ts";
import type { WritingHost } from "./writing-host.ts";

type EngineSnapshot = QuerySnapshot & Snapshot;

/** Of a transaction that leaves nothing in the log. */
const NOTHING: CommitInfo = { user: "", session: 0, time: 0n, statement: "" };

export class EngineTransaction implements Transaction {
  readonly transaction: CatalogTransaction;
  readonly catalog: Catalog;
  readonly #parts: EngineParts;
  readonly #step: Step;
  readonly #planner: Planner;
  readonly #oids: TakenOids;
  /** Its effect is there when it is answered. */
  #isAlterSystem = false;
  #madeWriting: Writing | undefined;
  #madeLockingRuns: LockingRuns | undefined;
  #madeLocksInPlace: LocksInPlace | undefined;
  #madeLargeObjects: LargeObjectAccess | undefined;
  #madeXids: TransactionIds | undefined;
  #madeRoutines: EngineRoutineRuns | undefined;

  constructor(parts: EngineParts, transaction: CatalogTransaction, step: Step) {
    this.#parts = parts;
    this.#step = step;
    this.transaction = transaction;
    this.catalog = new Catalog(transaction);
    this.#oids = new TakenOids(parts.storage.allocator.oid);
    this.#planner = new Planner(parts, transaction, this.catalog, (made, values, context) => {
      const snapshot = snapshotOf(this.transaction, parts.storage.sequencer.epoch);
      return this.#inStep(snapshot, () => parts.runner.evaluate(made, values, snapshot, context));
    });
  }

  get catalogEpoch(): number | undefined {
    const { sequencer } = this.#parts.storage;
    return this.transaction.overlay.isEmpty ? sequencer.catalogEpoch : undefined;
  }
  get xid(): number | undefined {
    return this.transaction.hasXid ? this.transaction.xid : undefined;
  }

  mark(): Mark {
    this.#oids.begin();
    return this.transaction.mark();
  }
  rollbackTo(mark: unknown, keepLocks: boolean): void {
    this.transaction.rollbackTo(mark as Mark, keepLocks);
    if (keepLocks) this.#oids.takeBack();
    else this.#step.advisory.settle();
  }
  commit(info: () => CommitInfo): void | Promise<void> {
    const said = this.transaction.isEmpty ? NOTHING : info();
    const { statistics, storage } = this.#parts;
    statistics.ended(this.transaction.database, true);
    const committed = storage.commit(this.transaction, said);
    return this.#isAlterSystem ? after(committed, () => storage.sequencer.publish()) : committed;
  }
  get committed(): Epoch | undefined {
    return this.transaction.committed;
  }
  abort(): void {
    if (this.transaction.state === "open") {
      this.#parts.statistics.ended(this.transaction.database, false);
    }
    this.transaction.abort();
    this.#step.advisory.settle();
  }

  get xids(): TransactionIds {
    this.#madeXids ??= new TransactionIdAccess(this.#parts.storage, this.transaction);
    return this.#madeXids;
  }

  get rowLocks(): LocksInPlace {
    this.#madeLocksInPlace ??= new LocksInPlace(this.transaction);
    return this.#madeLocksInPlace;
  }

  get largeObjects(): LargeObjectAccess {
    const { storage } = this.#parts;
    this.#madeLargeObjects ??= new LargeObjectAccess(storage, this.catalog, this.#step);
    return this.#madeLargeObjects;
  }

  get snapshots(): SharedSnapshots {
    return this.transaction;
  }
  get past(): PastRows {
    const { storage } = this.#parts;
    return new PastAccess(storage, this.transaction, this.catalog, () => this.takeSnapshot());
  }
  get isEmpty(): boolean {
    return this.transaction.isEmpty;
  }

  executeDdl(
    statement: DdlStatement,
    context: StatementContext,
    marks: readonly unknown[],
    tag?: string,
  ): undefined | Promise<RowsDone | undefined> {
    this.#isAlterSystem ||= statement.kind === "alterSystem";
    return runDdl(this.#ddlHost, statement, context, marks, tag);
  }

  get #ddlHost(): DdlHost {
    const { catalog } = this;
    const { sequences } = this.#step;
    return {
      parts: this.#parts,
      catalog,
      writing: () => this.#writing,
      isStored: (storage) => this.#planner.widthOf(storage) !== undefined,
      ddlContext: (...args) => this.#ddlContext(...args),
      beginPass: ({ statementNumber, user }) => sequences.beginPass(statementNumber, user.oid),
      oids: this.#oids,
    };
  }

  vacuum(request: VacuumRequest, context: StatementContext): Promise<void> {
    return runVacuum(this.#ddlHost, request, context);
  }

  plan(request: PlanRequest): QueryPlan {
    return this.#planner.plan(request);
  }

  planModify(request: ModifyRequest): ModifyQueryPlan {
    return this.#writing.plan(request);
  }
  explainModify(request: ModifyRequest): ExplainedPlan<ModifyQueryPlan> {
    return this.#writing.explain(request);
  }

  modify(
    plan: ModifyQueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    marks: readonly unknown[],
    current: readonly CursorRow[],
  ): ModifyResult | Promise<ModifyResult> {
    const run = () => this.#writing.run(plan, parameters, context, marks, current);
    return this.during(relationsOf(plan), () =>
      afterHandingOver(this.transaction.rows, plan, marks, run),
    );
  }

  during<T>(relations: readonly Oid[], work: () => T): T {
    return this.transaction.inUse.during(relations, work);
  }

  get deferred(): PutOffChecks {
    return this.transaction.deferred;
  }

  planCall(called: Oid, context: StatementContext): QueryPlan {
    return planCall(this.#planner, called, context);
  }

  planProcedure(request: CallRequest): ProcedurePlan {
    return planProcedure(this.#planner, this.catalog, request);
  }

  get routines(): EngineRoutineRuns {
    this.#madeRoutines ??= new EngineRoutineRuns(this.#writingHost(), this.#writing, this.#step);
    return this.#madeRoutines;
  }

  takeSnapshot(): EngineSnapshot {
    const epoch = this.transaction.snapshotEpoch();
    const lease = this.transaction.lease(epoch);
    return { ...snapshotOf(this.transaction, epoch), release: () => lease.release() };
  }

  run(
    plan: QueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    options: RunOptions = {},
  ): readonly ResultRow[] | AsyncIterable<readonly ResultRow[]> {
    const { translation, locking, steps } = plan as Plan;
    const rows = (options.routineRows ?? []).map(givenRows);
    const run = () =>
      locking || steps.length > 0
        ? this.#lockingRuns.run(plan as Plan, parameters, context, options)
        : this.#run(translation, [...parameters, ...rows], context, options);
    return translation.flags.routines ? this.during(relationsOf(plan), run) : run();
  }

  get #lockingRuns(): LockingRuns {
    this.#madeLockingRuns ??= new LockingRuns({
      transaction: this.transaction,
      takeSnapshot: () => this.takeSnapshot(),
      run: (...args) => this.#run(...args),
      valueOf: (...args) => this.#valueOf(...args)[0],
    });
    return this.#madeLockingRuns;
  }

  #valueOf(
    expression: Expression,
    parameters: readonly Scalar[],
    context: StatementContext,
  ): ResultRow {
    const bound = { query: plainSelect([plainTarget(expression)]), parameterTypes: [] };
    const { translation } = this.#planner.planOf(bound, context);
    const rows = this.#run(translation, parameters, context, { continues: true });
    return (rows as readonly ResultRow[])[0] ?? [];
  }

  #run(
    translation: Translation,
    parameters: readonly Scalar[],
    context: StatementContext,
    { snapshot: given, rowsBeforeError, continues, meter }: PartOptions = {},
  ): readonly ResultRow[] | AsyncIterable<readonly ResultRow[]> {
    const { runner } = this.#parts;
    const ready = this.#planner.settled(translation, parameters, context);
    const snapshot =
      (given as EngineSnapshot | undefined) ??
      snapshotOf(this.transaction, this.transaction.snapshotEpoch());
    if (!continues) {
      this.#step.sequences.beginPass(context.statementNumber, context.user.oid);
      this.#step.advisory.beginPass(context.statementNumber);
      this.#madeLocksInPlace?.begin();
    }
    // What it may lock it reads from the pages: they must be as new as the locks.
    if (ready.flags.effects) void this.#parts.storage.sequencer.epoch;
    const rowsIn = (share?: TimeShare) => {
      const result = runner.run(ready, parameters, snapshot, context, {
        ...{ share, timeoutMs: context.timeoutMs, rowsBeforeError, meter },
        sequence: (sequence) => this.#step.sequences.row(this.catalog, sequence),
        // Asked for only by a query that leaves this thread.
        get signal() {
          return context.interrupts.signal;
        },
      });
      if (result.kind === "rows") return result.rows;
      return leased(result.batches, this.transaction.lease(snapshot.epoch));
    };
    const { routines } = ready.flags;
    return this.#inStep(snapshot, () => (routines ? this.routines.within(rowsIn) : rowsIn()));
  }

  /** Functions of what runs may look into the catalog. */
  #inStep<T>(snapshot: Snapshot, work: () => T): T {
    return lookingInto(this.#step, this.#parts.storage.store, snapshot, work);
  }

  explain(request: PlanRequest): ExplainedPlan<QueryPlan> {
    return this.#planner.explain(
      request,
      snapshotOf(this.transaction, this.transaction.snapshotEpoch()),
    );
  }

  explainDdl(
    statement: DdlStatement,
    context: StatementContext,
    before: TransactionMark,
  ): DdlExplanation {
    const bindContext = () => this.#planner.bindContext(context);
    return explainOn(this.#ddlHost, statement, context, before as Mark, bindContext);
  }

  openReceiver(target: ReceiverTarget, context: StatementContext): RowReceiver {
    return this.#writing.receiver(target, context);
  }

  evaluate(
    expressions: readonly unknown[],
    types: readonly Oid[],
    context: StatementContext,
  ): readonly Scalar[] {
    if (expressions.length === 0) return [];
    const bound = bindExecuteParameters(expressions, types, this.#planner.bindContext(context));
    const rows = this.run(this.#planner.planOf(bound, context), [], context);
    return (rows as readonly ResultRow[])[0] ?? [];
  }

  resolveType(type: TypeName, context: StatementContext): Oid {
    return resolveTypeName(this.catalog, type, context.searchPath, context.user.oid).row.oid;
  }

  decode(type: Oid, format: FormatCode, bytes: Uint8Array, context: StatementContext): Scalar {
    return readSent(type, format, bytes, context);
  }

  encoder(...given: Parameters<typeof rowEncoder>): ReturnType<typeof rowEncoder> {
    return rowEncoder(...given);
  }

  get #writing(): Writing {
    this.#madeWriting ??= new Writing(this.#writingHost());
    return this.#madeWriting;
  }

  #writingHost(): WritingHost {
    const [parts, self] = [this.#parts, this];
    return {
      ...{ transaction: this.transaction, catalog: this.catalog },
      plans: parts.writing,
      runner: parts.runner,
      catalogEpoch: () => parts.storage.sequencer.catalogEpoch,
      get mayKeep() {
        return self.transaction.overlay.isEmpty;
      },
      planner: this.#planner,
      run: (...args) => this.#run(...args),
      runLocking: (...args) => this.#lockingRuns.rows(...args),
      lockNow: (...args) => this.#lockingRuns.lockNow(...args),
      takeSnapshot: () => this.takeSnapshot(),
      store: parts.storage.store,
      begun: () => snapshotOf(this.transaction, this.transaction.snapshotEpoch()),
      newest: () => snapshotOf(this.transaction, parts.storage.sequencer.epoch),
      epoch: () => parts.storage.sequencer.epoch,
      storedWidth: (storage) => parts.storage.store.rows.widthOf(storage),
      printKey: (index, key, context) => printIndexKey(parts.builtin, index, key, context),
      nextval: (sequence) => this.#step.sequences.nextval(this.catalog, sequence),
      runDdl: (...args) => runDdlAtOnce(this.#ddlHost, ...args),
      analyze: (...args) => analyzeAtOnce(this.#ddlHost, ...args),
      inStep: (snapshot, work) => this.#inStep(snapshot, work),
    };
  }

  #ddlContext(...given: Parameters<DdlHost["ddlContext"]>): DdlContext {
    const [context, rows, fire, variables] = given;
    const { transaction, catalog } = this;
    const compute = (expression: Expression) =>
      computed(this.#writing.access(context, []), expression);
    const seen = { compute, ...(variables && { variables }) };
    const bindContext = () => ({ ...this.#planner.bindContext(context), ...seen });
    return ddlContextOf(this.#parts, transaction, catalog, context, rows, bindContext, fire);
  }
}
