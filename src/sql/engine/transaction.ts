/**
 * A transaction as a session uses it: DDL, queries and expressions on one CatalogTransaction.
 *
 *   executeDdl   catalog/ddl, at the newest committed epoch under the overlay
 *   plan         bind (names at the newest epoch, each user relation locked AccessShare), translate
 *   run          at the transaction's snapshot, the overlay shown for the length of one step
 */
import { type Epoch, type Oid, xid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { relationByOid } from "../../catalog/all-relations.ts";
import { Catalog } from "../../catalog/catalog.ts";
import type { DdlContext } from "../../catalog/ddl/context.ts";
import { executeDdl } from "../../catalog/ddl/execute.ts";
import type { RowWork } from "../../catalog/ddl/row-work.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { DdlStatement, TypeName } from "../../catalog/statement.ts";
import { resolveTypeName } from "../../catalog/type-name.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { Lease } from "../../txn/snapshot-leases.ts";
import type { CatalogTransaction, Mark } from "../../txn/transaction.ts";
import type { CommitInfo, Mutation } from "../../wal/fragment.ts";
import type { BindContext, ReadLock } from "../bind/context.ts";
import { isVolatile } from "../bind/mutable.ts";
import { Names } from "../bind/names.ts";
import { bindExecuteParameters, bindQuery } from "../bind/query.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import { encodeRow, encodersOf } from "../execute/output.ts";
import { planTree } from "../execute/query-plan.ts";
import { type Snapshot, SnapshotReader } from "../execute/snapshot-reader.ts";
import type { TransactionIds, XidSnapshot } from "../functions/server.ts";
import { parseQuery, rememberShape } from "../parse/parse.ts";
import { formatMissing } from "../rows/missing.ts";
import { stepOf } from "../rows/modify-plan.ts";
import { runTableWork } from "../rows/table-work.ts";
import { findUserTable } from "../rows/user-tables.ts";
import { WorkQueue } from "../rows/work-queue.ts";
import type { FormatCode, ResultColumn, WireValue } from "../session/api.ts";
import type {
  DdlExplanation,
  ExplainedPlan,
  ModifyQueryPlan,
  ModifyRequest,
  ModifyResult,
  PlanRequest,
  QueryPlan,
  QuerySnapshot,
  ReceiverTarget,
  ResultRow,
  RowReceiver,
  RunOptions,
  StatementContext,
  Transaction,
  TransactionMark,
} from "../session/engine.ts";
import { readsBackwards } from "../translate/backward-scan.ts";
import { translate } from "../translate/translate.ts";
import type { SourceName, Translation } from "../translate/translation.ts";
import { typeFacts } from "../translate/type-facts.ts";
import { decodeUtf8, type TypeContext } from "../types/codec.ts";
import { timestamptz } from "../types/datetimes.ts";
import type { Scalar } from "../types/scalar.ts";
import { decodeBinary, parseText } from "../types/type-io.ts";
import type { SessionAdvisoryLocks } from "./advisory-access.ts";
import { explainDdl } from "./explain-ddl.ts";
import { ExpressionStore } from "./expression-store.ts";
import { boundCall } from "./function-call.ts";
import type { EngineParts } from "./parts.ts";
import { checkTypes, isImmutable, namesAMoment, type Plan, planKey, widthsHold } from "./plan.ts";
import { printIndexKey } from "./printing.ts";
import { whatIsDenied } from "./readable.ts";
import { RelationExpressions } from "./relation-expressions.ts";
import type { SessionSequences } from "./sequence-access.ts";
import { slotsOf, withLiterals } from "./shaped-plan.ts";
import { Writing, type WritingHost } from "./writing.ts";

/** What the query that is running sees, for the functions that it calls. */
export interface Step {
  catalog?: (() => CatalogReader) | undefined;
  readonly sequences: SessionSequences;
  readonly advisory: SessionAdvisoryLocks;
}

/** Another thread reads the epoch until its rows are through. */
async function* leased<T>(batches: AsyncIterable<T>, lease: Lease): AsyncGenerator<T> {
  try {
    yield* batches;
  } finally {
    lease.release();
  }
}

type EngineSnapshot = QuerySnapshot & Snapshot;

/** Literals of the reg* types look names up, which a kept plan must know of. */
const typesOver = (catalog: CatalogReader, context: StatementContext): TypeContext => ({
  catalog,
  searchPath: context.searchPath,
  setting: (name) => context.setting(name),
  transactionTime: context.transactionTime,
});

/** Of a transaction that leaves nothing in the log. */
const NOTHING: CommitInfo = { user: "", session: 0, time: 0n, statement: "" };

/** Relations below this oid are the system's: nobody locks or drops them. */
const FIRST_USER_OID = 16384;

export class EngineTransaction implements Transaction {
  readonly transaction: CatalogTransaction;
  readonly catalog: Catalog;
  readonly #parts: EngineParts;
  readonly #step: Step;
  #madeWriting: Writing | undefined;
  #xidSnapshot: XidSnapshot | undefined;

  constructor(parts: EngineParts, transaction: CatalogTransaction, step: Step) {
    this.#parts = parts;
    this.#step = step;
    this.transaction = transaction;
    this.catalog = new Catalog(transaction);
  }

  get epoch(): number | undefined {
    return this.transaction.overlay.isEmpty ? this.#parts.storage.sequencer.epoch : undefined;
  }
  get xid(): number | undefined {
    return this.transaction.hasXid ? this.transaction.xid : undefined;
  }

  mark(): Mark {
    return this.transaction.mark();
  }
  rollbackTo(mark: unknown, keepLocks: boolean): void {
    this.transaction.rollbackTo(mark as Mark, keepLocks);
    if (!keepLocks) this.#step.advisory.settle();
  }
  commit(info: () => CommitInfo): void | Promise<void> {
    const said = this.transaction.isEmpty ? NOTHING : info();
    this.#parts.statistics.ended(this.transaction.database, true);
    return this.#parts.storage.commit(this.transaction, said);
  }
  abort(): void {
    if (this.transaction.state === "open") {
      this.#parts.statistics.ended(this.transaction.database, false);
    }
    this.transaction.abort();
    this.#step.advisory.settle();
  }

  get xids(): TransactionIds {
    const { transaction } = this;
    const { storage } = this.#parts;
    return {
      current: () => transaction.xid,
      assigned: () => this.xid,
      next: () => storage.allocator.nextXid,
      snapshot: () => this.#takeXidSnapshot(),
      statusOf: (id) => storage.xids.statusOf(xid(id)),
    };
  }

  #takeXidSnapshot(): XidSnapshot {
    if (this.#xidSnapshot) return this.#xidSnapshot;
    const { end, running } = this.#parts.storage.xids.snapshot();
    const snapshot = { end, running: running.filter((id) => id !== this.xid) };
    if (this.transaction.isolation !== "read committed") this.#xidSnapshot = snapshot;
    return snapshot;
  }

  executeDdl(
    statement: DdlStatement,
    context: StatementContext,
    marks: readonly unknown[],
  ): void | Promise<void> {
    const rows = this.#workQueue(context);
    executeDdl(this.#ddlContext(context, rows), statement);
    if (rows.isEmpty) return undefined;
    const points = marks.map((mark) => (mark as Mark).rows);
    this.#step.sequences.beginPass(context.statementNumber, context.user.oid);
    return runTableWork(rows, this.#writing.access(context, points));
  }

  /** Work on rows that a DDL statement leads to. */
  #workQueue(context: StatementContext): WorkQueue {
    const evaluate = (tree: Expression, target: { type: Oid; typmod: number }) => {
      const names = new Names(this.#parts.builtin, this.catalog, context.searchPath);
      if (isVolatile(names, tree)) return undefined;
      const access = this.#writing.access(context, []);
      const [value = null] = access.evaluate(
        stepOf((bound) => access.translate(bound), [tree], []),
        [],
      );
      return value === null ? null : formatMissing(value, target, context);
    };
    return new WorkQueue((storage) => this.#widthOf(storage) !== undefined, evaluate);
  }

  plan(request: PlanRequest): QueryPlan {
    const { text } = request.statement;
    // What was staged is nobody else's, and "now" is not the same twice.
    if (!this.transaction.overlay.isEmpty || namesAMoment.test(text)) {
      return this.#makePlan(request, this.catalog);
    }
    const plan = this.#shapedPlan(request) ?? this.#keptPlan(request, text);
    for (const [relation, mode] of plan.relations) this.#lockForReading(relation, mode);
    return plan;
  }

  /** The plan of a text of the same shape with this text's literals, where that is the same. */
  #shapedPlan(request: PlanRequest): Plan | undefined {
    const { shape } = request.query;
    if (!shape) return undefined;
    const kept = this.#keptPlan(request, shape.key);
    const plan = withLiterals(kept, shape, request.context);
    if (plan) rememberShape(shape);
    return plan;
  }

  #keptPlan(request: PlanRequest, text: string): Plan {
    const { plans, storage } = this.#parts;
    const key = planKey(request, this.transaction.database, text);
    return plans.getOrMake(
      key,
      storage.sequencer.epoch,
      this.catalog,
      (catalog) => this.#makePlan(request, catalog),
      ({ widths }) => widthsHold(widths, this.#widthOf),
    );
  }

  #makePlan(request: PlanRequest, catalog: CatalogReader, names?: Map<string, SourceName>): Plan {
    const { context } = request;
    const relations = new Map<Oid, ReadLock>();
    checkTypes(request.parameterTypes, this.#parts.builtin, catalog);
    const bound = bindQuery(request.query.node, {
      ...this.#bindContext(context, catalog),
      parameterTypes: request.parameterTypes,
      inferParameters: request.inferParameters,
      lockRelation: (relation, mode = "AccessShare") => {
        this.#lockForReading(relation, mode);
        if (relations.get(relation) !== "RowShare") relations.set(relation, mode);
      },
    });
    const denied = whatIsDenied(bound, catalog, context.user.oid);
    const plan = this.#planOf(bound, context, catalog, [...relations], names);
    return { denied, ...plan, slots: slotsOf(plan.translation, request.query.shape, context) };
  }

  planModify(request: ModifyRequest): ModifyQueryPlan {
    checkTypes(request.parameterTypes, this.#parts.builtin, this.catalog);
    return this.#writing.plan(request);
  }

  modify(
    plan: ModifyQueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    marks: readonly unknown[],
  ): ModifyResult | Promise<ModifyResult> {
    const points = marks.map((mark) => (mark as Mark).rows);
    return this.#writing.run(plan, parameters, context, points);
  }

  get hasDeferred(): boolean {
    return !this.transaction.deferred.isEmpty;
  }
  checkDeferred(): void {
    this.transaction.deferred.checkAll();
  }

  planCall(called: Oid, context: StatementContext): QueryPlan {
    const names = new Names(this.#parts.builtin, this.catalog, context.searchPath);
    return this.#planOf(boundCall(names, called), context);
  }

  takeSnapshot(): EngineSnapshot {
    const epoch = this.transaction.snapshotEpoch();
    const lease = this.transaction.lease(epoch);
    return { ...this.#snapshotAt(epoch), release: () => lease.release() };
  }

  run(
    plan: QueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    options: RunOptions = {},
  ): readonly ResultRow[] | AsyncIterable<readonly ResultRow[]> {
    const { translation } = plan as Plan;
    return this.#run(translation, parameters, context, options);
  }

  #run(
    translation: Translation,
    parameters: readonly Scalar[],
    context: StatementContext,
    { snapshot: given, rowsBeforeError }: RunOptions = {},
  ): readonly ResultRow[] | AsyncIterable<readonly ResultRow[]> {
    const { runner } = this.#parts;
    const snapshot =
      (given as EngineSnapshot | undefined) ?? this.#snapshotAt(this.transaction.snapshotEpoch());
    this.#step.sequences.beginPass(context.statementNumber, context.user.oid);
    this.#step.advisory.beginPass(context.statementNumber);
    return this.#inStep(snapshot, () => {
      const result = runner.run(translation, parameters, snapshot, context, {
        timeoutMs: context.timeoutMs,
        rowsBeforeError,
        sequence: (sequence) => this.#step.sequences.row(this.catalog, sequence),
        // Asked for only by a query that leaves this thread.
        get signal() {
          return context.interrupts.signal;
        },
      });
      if (result.kind === "rows") return result.rows;
      return leased(result.batches, this.transaction.lease(snapshot.epoch));
    });
  }

  /** Functions of what runs may look into the catalog. */
  #inStep<T>(snapshot: Snapshot, work: () => T): T {
    const { store } = this.#parts.storage;
    this.#step.catalog = () => new SnapshotReader(store.reader(), snapshot);
    try {
      return work();
    } finally {
      this.#step.catalog = undefined;
    }
  }

  #snapshotAt(epoch: Epoch): Snapshot {
    const { transaction } = this;
    const { overlay, bulks } = transaction.rows;
    const { database } = transaction;
    return { epoch, database, mutations: this.#mutations(), rows: overlay.changes(), bulks };
  }

  explain(request: PlanRequest): ExplainedPlan {
    const names = new Map<string, SourceName>();
    const plan = this.#makePlan(request, this.catalog, names);
    const { translation } = plan;
    const rows = this.#parts.runner.explain(translation);
    return { plan, tree: planTree(rows, names), sql: translation.sql };
  }

  explainDdl(
    statement: DdlStatement,
    context: StatementContext,
    before: TransactionMark,
  ): DdlExplanation {
    const { nextOid } = this.#parts.storage.allocator;
    const rows = this.#workQueue(context);
    return explainDdl(
      { ...this.#ddlContext(context, rows), rows },
      statement,
      before as Mark,
      nextOid,
    );
  }

  openReceiver({ name }: ReceiverTarget): RowReceiver {
    throw new SqlError("0A000", `COPY FROM into table "${name}" is not supported`, {
      detail: "Tables hold no rows.",
    });
  }

  evaluate(
    expressions: readonly unknown[],
    types: readonly Oid[],
    context: StatementContext,
  ): readonly Scalar[] {
    if (expressions.length === 0) return [];
    const bound = bindExecuteParameters(expressions, types, this.#bindContext(context));
    const rows = this.run(this.#planOf(bound, context), [], context);
    return (rows as readonly ResultRow[])[0] ?? [];
  }

  resolveType(type: TypeName, context: StatementContext): Oid {
    return resolveTypeName(this.catalog, type, context.searchPath).row.oid;
  }

  decode(type: Oid, format: FormatCode, bytes: Uint8Array, context: StatementContext): Scalar {
    const types = context;
    if (format === 1) return decodeBinary(type, bytes, -1, types);
    return parseText(type, decodeUtf8(bytes), -1, types);
  }

  encoder(
    columns: readonly ResultColumn[],
    formats: readonly FormatCode[],
    context: StatementContext,
  ): (row: ResultRow) => readonly WireValue[] {
    const encoders = encodersOf(columns, formats, context);
    return (row) => encodeRow(encoders, row);
  }

  #planOf(
    bound: BoundQuery,
    context: StatementContext,
    catalog: CatalogReader = this.catalog,
    relations: Plan["relations"] = [],
    names?: Map<string, SourceName>,
  ): Plan {
    const widths = new Map<Oid, number | undefined>();
    const translation = this.#translate(bound, context, catalog, widths, names);
    const { parameterTypes } = bound;
    const { columns } = translation;
    const immutable = isImmutable(translation, this.#parts.registry);
    return {
      parameterTypes,
      columns,
      immutable,
      readsBackwards: readsBackwards(bound.query),
      translation,
      relations,
      widths,
    };
  }

  #translate(
    bound: BoundQuery,
    context: StatementContext,
    catalog: CatalogReader,
    widths: Map<Oid, number | undefined>,
    names?: Map<string, SourceName>,
  ): Translation {
    const types = typeFacts(catalog);
    const widthOf = (storage: Oid): number | undefined => {
      const width = this.#widthOf(storage);
      widths.set(storage, width);
      return width;
    };
    return translate(bound, {
      catalog,
      registry: this.#parts.registry,
      types,
      relation: (relation) => relationByOid(relation),
      userTable: (relation) => findUserTable(catalog, types, context, widthOf, relation),
      searchPath: context.searchPath,
      ...(names === undefined ? {} : { names }),
    });
  }

  /** Columns of a storage's SQLite table, the transaction's own rows shown. */
  readonly #widthOf = (storage: Oid): number | undefined => {
    const stored = this.#parts.storage.store.rows.widthOf(storage);
    const staged = this.transaction.rows.overlay.widthOf(storage);
    return staged > (stored ?? 0) ? staged : stored;
  };

  get #writing(): Writing {
    this.#madeWriting ??= new Writing(this.#writingHost());
    return this.#madeWriting;
  }

  #writingHost(): WritingHost {
    const { parts, self } = { parts: this.#parts, self: this };
    return {
      transaction: this.transaction,
      catalog: this.catalog,
      plans: parts.writing,
      runner: parts.runner,
      epoch: () => parts.storage.sequencer.epoch,
      get mayKeep() {
        return self.transaction.overlay.isEmpty;
      },
      widthOf: this.#widthOf,
      bindContext: (context, catalog) => this.#bindContext(context, catalog),
      translate: (...args) => this.#translate(...args),
      lockForReading: (relation, mode) => this.#lockForReading(relation, mode),
      run: (...args) => this.#run(...args),
      newest: () => this.#snapshotAt(parts.storage.sequencer.epoch),
      printKey: (index, key, context) => printIndexKey(parts.builtin, index, key, context),
      nextval: (sequence) => this.#step.sequences.nextval(this.catalog, sequence),
      inStep: (snapshot, work) => this.#inStep(snapshot, work),
    };
  }

  #mutations(): readonly Mutation[] {
    return this.transaction.overlay.isEmpty ? [] : this.transaction.mutations();
  }

  #bindContext(context: StatementContext, catalog: CatalogReader = this.catalog): BindContext {
    return {
      catalog,
      builtin: this.#parts.builtin,
      searchPath: context.searchPath,
      databaseName: context.databaseName,
      types: catalog === this.catalog ? context : typesOver(catalog, context),
      positionOf: (offset) => (offset < 0 ? undefined : offset + 1),
      parameterTypes: [],
      lockRelation: (relation, mode) => this.#lockForReading(relation, mode),
      parseQuery,
    };
  }

  #lockForReading(relation: Oid, mode: ReadLock = "AccessShare"): void {
    const { transaction } = this;
    transaction.noteRead(transaction.database, relation);
    if (relation < FIRST_USER_OID) return;
    transaction.lock(relationTag(transaction.database, relation), mode);
  }

  #ddlContext(context: StatementContext, rows: RowWork): DdlContext {
    const { storage, system, sessions } = this.#parts;
    const { catalog, transaction } = this;
    return {
      transaction,
      catalog,
      user: context.user,
      sessionUser: context.sessionUser,
      databaseName: context.databaseName,
      searchPath: context.searchPathNames,
      allocateOid: storage.allocator.oid,
      notice: (notice) => context.notice(notice),
      expressions: new ExpressionStore(() => this.#bindContext(context)),
      relations: new RelationExpressions(() => this.#bindContext(context), context),
      rows,
      system,
      sequences: storage.sequences,
      settings: context.storedSettings,
      values: { timestamp: (text) => timestamptz.parse(text, -1, context) },
      sessions: {
        count: (database) => sessions.sessionsIn(database),
        terminate: (database) => {
          for (const processId of sessions.processesIn(database)) {
            context.effects.terminateBackend(processId, 0);
          }
        },
      },
    };
  }
}
