/**
 * A transaction as a session uses it: DDL, queries and expressions on one CatalogTransaction.
 *
 *   executeDdl   catalog/ddl, at the newest committed epoch under the overlay
 *   plan         bind (names at the newest epoch, each user relation locked AccessShare), translate
 *   run          at the transaction's snapshot, the overlay shown for the length of one step
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { relationByOid } from "../../catalog/all-relations.ts";
import { Catalog } from "../../catalog/catalog.ts";
import type { DdlContext } from "../../catalog/ddl/context.ts";
import { executeDdl } from "../../catalog/ddl/execute.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { DdlStatement, TypeName } from "../../catalog/statement.ts";
import { resolveTypeName } from "../../catalog/type-name.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { Lease } from "../../txn/snapshot-leases.ts";
import type { CatalogTransaction, Mark } from "../../txn/transaction.ts";
import type { CommitInfo, Mutation } from "../../wal/fragment.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { bindExecuteParameters, bindQuery } from "../bind/query.ts";
import type { BoundQuery } from "../bind/tree.ts";
import { encodeRow, encodersOf } from "../execute/output.ts";
import { planTree } from "../execute/query-plan.ts";
import { type Snapshot, SnapshotReader } from "../execute/snapshot-reader.ts";
import { parseQuery, rememberShape } from "../parse/parse.ts";
import type { FormatCode, ResultColumn, WireValue } from "../session/api.ts";
import type {
  DdlExplanation,
  ExplainedPlan,
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
import type { SourceName } from "../translate/translation.ts";
import { typeFacts } from "../translate/type-facts.ts";
import { decodeUtf8 } from "../types/codec.ts";
import { timestamptz } from "../types/datetimes.ts";
import type { Scalar } from "../types/scalar.ts";
import { decodeBinary, parseText } from "../types/type-io.ts";
import { explainDdl } from "./explain-ddl.ts";
import { ExpressionStore } from "./expression-store.ts";
import { boundCall } from "./function-call.ts";
import type { EngineParts } from "./parts.ts";
import { checkTypes, isImmutable, namesAMoment, type Plan, planKey } from "./plan.ts";
import { whatIsDenied } from "./readable.ts";
import { RelationExpressions } from "./relation-expressions.ts";
import type { SessionSequences } from "./sequence-access.ts";
import { slotsOf, withLiterals } from "./shaped-plan.ts";

/** What the query that is running sees, for the functions that it calls. */
export interface Step {
  catalog?: (() => CatalogReader) | undefined;
  readonly sequences: SessionSequences;
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

/** Of a transaction that leaves nothing in the log. */
const NOTHING: CommitInfo = { user: "", session: 0, time: 0n, statement: "" };

/** Relations below this oid are the system's: nobody locks or drops them. */
const FIRST_USER_OID = 16384;

export class EngineTransaction implements Transaction {
  readonly transaction: CatalogTransaction;
  readonly catalog: Catalog;
  readonly #parts: EngineParts;
  readonly #step: Step;

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
  }
  commit(info: () => CommitInfo): void | Promise<void> {
    const said = this.transaction.overlay.isEmpty ? NOTHING : info();
    return this.#parts.storage.commit(this.transaction, said);
  }
  abort(): void {
    this.transaction.abort();
  }

  executeDdl(statement: DdlStatement, context: StatementContext): void {
    executeDdl(this.#ddlContext(context), statement);
  }

  plan(request: PlanRequest): QueryPlan {
    const { text } = request.statement;
    // What was staged is nobody else's, and "now" is not the same twice.
    if (!this.transaction.overlay.isEmpty || namesAMoment.test(text)) {
      return this.#makePlan(request, this.catalog);
    }
    const plan = this.#shapedPlan(request) ?? this.#keptPlan(request, text);
    for (const relation of plan.relations) this.#lockForReading(relation);
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
    return plans.getOrMake(key, storage.sequencer.epoch, this.catalog, (catalog) =>
      this.#makePlan(request, catalog),
    );
  }

  #makePlan(request: PlanRequest, catalog: CatalogReader, names?: Map<string, SourceName>): Plan {
    const { context } = request;
    const relations = new Set<Oid>();
    checkTypes(request.parameterTypes, this.#parts.builtin, catalog);
    const bound = bindQuery(request.query.node, {
      ...this.#bindContext(context, catalog),
      parameterTypes: request.parameterTypes,
      inferParameters: request.inferParameters,
      lockRelation: (relation) => {
        this.#lockForReading(relation);
        relations.add(relation);
      },
    });
    const denied = whatIsDenied(bound, catalog, context.user.oid);
    const plan = this.#planOf(bound, context, catalog, [...relations], names);
    return { denied, ...plan, slots: slotsOf(plan.translation, request.query.shape, context) };
  }

  planCall(called: Oid, context: StatementContext): QueryPlan {
    const names = new Names(this.#parts.builtin, this.catalog, context.searchPath);
    return this.#planOf(boundCall(names, called), context);
  }

  takeSnapshot(): EngineSnapshot {
    const lease = this.transaction.lease(this.transaction.snapshotEpoch());
    return { ...this.#snapshot(), release: () => lease.release() };
  }

  #snapshot(): Snapshot {
    const { transaction } = this;
    return {
      epoch: transaction.snapshotEpoch(),
      database: transaction.database,
      mutations: this.#mutations(),
    };
  }

  run(
    plan: QueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    { snapshot: given, rowsBeforeError }: RunOptions = {},
  ): readonly ResultRow[] | AsyncIterable<readonly ResultRow[]> {
    const { runner, storage } = this.#parts;
    const snapshot = (given as EngineSnapshot | undefined) ?? this.#snapshot();
    const { translation } = plan as Plan;
    this.#step.sequences.beginPass(context.statementNumber, context.user.oid);
    this.#step.catalog = () => new SnapshotReader(storage.store.reader(), snapshot);
    try {
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
    } finally {
      this.#step.catalog = undefined;
    }
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
    return explainDdl(this.#ddlContext(context), statement, before as Mark, nextOid);
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
    relations: readonly Oid[] = [],
    names?: Map<string, SourceName>,
  ): Plan {
    const translation = translate(bound, {
      catalog,
      registry: this.#parts.registry,
      types: typeFacts(catalog),
      relation: (relation) => relationByOid(relation),
      searchPath: context.searchPath,
      ...(names === undefined ? {} : { names }),
    });
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
      types: context,
      positionOf: (offset) => (offset < 0 ? undefined : offset + 1),
      parameterTypes: [],
      lockRelation: (relation) => this.#lockForReading(relation),
      parseQuery,
    };
  }

  #lockForReading(relation: Oid): void {
    const { transaction } = this;
    transaction.noteRead(transaction.database, relation);
    if (relation < FIRST_USER_OID) return;
    transaction.lock(relationTag(transaction.database, relation), "AccessShare");
  }

  #ddlContext(context: StatementContext): DdlContext {
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
      system,
      sequences: storage.sequences,
      settings: context.storedSettings,
      values: { timestamp: (text) => timestamptz.parse(text, -1, context) },
      sessions: {
        count: (database) => sessions.sessionsIn(database),
        terminate: (database) => {
          for (const processId of sessions.processesIn(database)) {
            context.effects.terminateBackend(processId);
          }
        },
      },
    };
  }
}
