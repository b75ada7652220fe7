/**
 * A transaction as a session uses it: DDL, queries and expressions on one CatalogTransaction.
 *
 *   executeDdl   catalog/ddl, at the newest committed epoch under the overlay
 *   plan         bind (names at the newest epoch, each user relation locked AccessShare), translate
 *   run          at the transaction's snapshot, the overlay shown for the length of one step
 */
import type { Oid } from "../../base/ids.ts";
import { relationByOid } from "../../catalog/all-relations.ts";
import { Catalog } from "../../catalog/catalog.ts";
import type { DdlContext } from "../../catalog/ddl/context.ts";
import { executeDdl } from "../../catalog/ddl/execute.ts";
import { hasRole } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import type { DdlStatement, TypeName } from "../../catalog/statement.ts";
import { resolveTypeName } from "../../catalog/type-name.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { CatalogTransaction, Mark } from "../../txn/transaction.ts";
import type { CommitInfo, Mutation } from "../../wal/fragment.ts";
import type { BindContext, ReadLock } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { bindExecuteParameters, bindQuery } from "../bind/query.ts";
import type { BoundQuery } from "../bind/tree.ts";
import { encodeRow, encodersOf } from "../execute/output.ts";
import { SnapshotReader } from "../execute/snapshot-reader.ts";
import { parseQuery, rememberShape } from "../parse/parse.ts";
import type { FormatCode, ResultColumn, WireValue } from "../session/api.ts";
import type {
  PlanRequest,
  QueryPlan,
  ResultRow,
  Role,
  SessionRole,
  StatementContext,
  Transaction,
} from "../session/engine.ts";
import { translate } from "../translate/translate.ts";
import { typeFacts } from "../translate/type-facts.ts";
import { decodeUtf8, type TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { decodeBinary, parseText } from "../types/type-io.ts";
import { ExpressionStore } from "./expression-store.ts";
import { boundCall } from "./function-call.ts";
import type { EngineParts } from "./parts.ts";
import { checkTypes, isImmutable, namesAMoment, type Plan, planKey } from "./plan.ts";
import type { SessionSequences } from "./sequence-access.ts";
import { slotsOf, withLiterals } from "./shaped-plan.ts";

/** What the query that is running sees, for the functions that it calls. */
export interface Step {
  catalog?: (() => CatalogReader) | undefined;
  readonly sequences: SessionSequences;
}

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
    return plans.getOrMake(key, storage.sequencer.epoch, this.catalog, (catalog) =>
      this.#makePlan(request, catalog),
    );
  }

  #makePlan(request: PlanRequest, catalog: CatalogReader): Plan {
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
    const plan = this.#planOf(bound, context, catalog, [...relations]);
    return { ...plan, slots: slotsOf(plan.translation, request.query.shape, context) };
  }

  planCall(called: Oid, context: StatementContext): QueryPlan {
    const names = new Names(this.#parts.builtin, this.catalog, context.searchPath);
    return this.#planOf(boundCall(names, called), context);
  }

  run(
    plan: QueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
  ): readonly ResultRow[] | AsyncIterable<readonly ResultRow[]> {
    const { runner, storage } = this.#parts;
    const { transaction } = this;
    const snapshot = {
      epoch: transaction.snapshotEpoch(),
      database: transaction.database,
      mutations: this.#mutations(),
    };
    const { translation } = plan as Plan;
    this.#step.sequences.beginPass(context.statementNumber);
    this.#step.catalog = () => new SnapshotReader(storage.store.reader(), snapshot);
    try {
      const result = runner.run(translation, parameters, snapshot, context, {
        timeoutMs: context.timeoutMs,
        sequence: (sequence) => this.#step.sequences.row(this.catalog, sequence),
        // Asked for only by a query that leaves this thread.
        get signal() {
          return context.interrupts.signal;
        },
      });
      return result.kind === "rows" ? result.rows : result.batches;
    } finally {
      this.#step.catalog = undefined;
    }
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

  findRole(name: string): SessionRole | undefined {
    const role = this.catalog.find(pgAuthid, "rolname", [name]);
    return role && { oid: role.oid, name: role.rolname, superuser: role.rolsuper };
  }
  isMember(member: Role, role: Role): boolean {
    return hasRole(this.catalog, member.oid, role.oid);
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
  ): Plan {
    const translation = translate(bound, {
      catalog,
      registry: this.#parts.registry,
      types: typeFacts(catalog),
      relation: (relation) => relationByOid(relation),
      searchPath: context.searchPath,
    });
    const { parameterTypes } = bound;
    const { columns } = translation;
    const immutable = isImmutable(translation, this.#parts.registry);
    return { parameterTypes, columns, immutable, translation, relations };
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

  #ddlContext(context: StatementContext): DdlContext {
    const { storage, system, templateRows, sessions } = this.#parts;
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
      system,
      sequences: storage.sequences,
      templateRows,
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
