/**
 * PLANNING: a query's tree bound (names at the newest epoch, each user relation locked),
 * translated, and kept for the next time where nothing of it is the transaction's own.
 */
import type { Oid } from "../../base/ids.ts";
import { FIRST_USER_OID } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { relationByOid } from "../../catalog/all-relations.ts";
import { childrenOf, withDescendants } from "../../catalog/inheritance.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { BindContext, ReadLock } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { runnableTree } from "../bind/query.ts";
import type { BoundQuery } from "../bind/tree.ts";
import { BOOL, TEXT } from "../bind/type-oids.ts";
import { isVolatileQuery } from "../bind/with-modifying.ts";
import { planTree } from "../execute/query-plan.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import type { ScalarCall } from "../functions/registry.ts";
import { parseBody, parseQuery, rememberShape } from "../parse/parse.ts";
import { findUserTable } from "../rows/user-tables.ts";
import type { PlanRequest, QueryPlan, StatementContext } from "../session/engine.ts";
import type { ExplainedPlan, PlanNode } from "../session/explained.ts";
import { readsBackwards } from "../translate/backward-scan.ts";
import { translate as translateQuery } from "../translate/translate.ts";
import type {
  PartitionedRead,
  SourceName,
  TranslateContext,
  Translation,
} from "../translate/translation.ts";
import { typeFacts } from "../translate/type-facts.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { forCursor } from "./current-rows.ts";
import { firstLock, liftFromQuery } from "./locking-steps.ts";
import { type Evaluate, PartitionedReads } from "./partitioned-reads.ts";
import type { EngineParts } from "./parts.ts";
import {
  type AliasNames,
  checkTypes,
  isImmutable,
  namesAMoment,
  type Plan,
  planKey,
  type StepPlan,
  widthsHold,
} from "./plan.ts";
import { whatIsDenied } from "./readable.ts";
import { planRoutines } from "./routines.ts";
import { withVersions } from "./row-locking.ts";
import { bindSecuredQuery } from "./row-security.ts";
import { checkSubject } from "./subject.ts";

/** Literals of the reg* types look names up, which a kept plan must know of. */
const typesOver = (catalog: CatalogReader, context: StatementContext): TypeContext => ({
  catalog,
  user: context.user,
  searchPath: context.searchPath,
  setting: (name) => context.setting(name),
  transactionTime: context.transactionTime,
  checkDomain: (domain, value) => context.effects.checkDomain(domain, value),
});

/** Steps stand below the plan that their rows are given to. */
const withSteps = (tree: PlanNode, steps: readonly PlanNode[]): PlanNode => ({
  ...tree,
  subplans: [...tree.subplans, ...steps.map((plan, at) => ({ name: `InitPlan ${at + 1}`, plan }))],
});

let lastPartitionedQuery = 0;

const isSameRead = (a: PartitionedRead, b: PartitionedRead | undefined): boolean =>
  a.relation === b?.relation && a.table === b.table && a.conditions.length === b.conditions.length;

export class Planner {
  readonly #parts: EngineParts;
  readonly #transaction: CatalogTransaction;
  readonly #catalog: CatalogReader;
  readonly #evaluate: Evaluate;
  #partitionedReads: PartitionedReads | undefined;

  /** `evaluate`: one row that is computed from values alone. */
  constructor(
    parts: EngineParts,
    transaction: CatalogTransaction,
    catalog: CatalogReader,
    evaluate: Evaluate,
  ) {
    this.#evaluate = evaluate;
    this.#parts = parts;
    this.#transaction = transaction;
    this.#catalog = catalog;
  }

  plan(request: PlanRequest): QueryPlan {
    const { text } = request.statement;
    // What was staged is nobody else's, and "now" is not the same twice.
    if (!this.#transaction.overlay.isEmpty || namesAMoment.test(text)) {
      return this.#makePlan(request, this.#catalog);
    }
    const key = request.variables?.key ?? keyOf(request);
    const plan = this.#shapedPlan(request) ?? this.#keptPlan(request, key);
    for (const [relation, mode] of plan.relations) this.lockForReading(relation, mode);
    return plan;
  }

  explain(request: PlanRequest, snapshot: Snapshot): ExplainedPlan<QueryPlan> {
    const names: AliasNames = new Map();
    const plan = this.#makePlan(request, this.#catalog, names);
    const settled = ({ translation }: StepPlan) =>
      this.settled(translation, undefined, request.context, names);
    const treeOf = (translation: Translation) =>
      planTree(this.#parts.runner.explain(translation, snapshot), names.get(translation.sql));
    const shown = settled(plan);
    const steps = plan.steps.map((step) => treeOf(settled(step)));
    return { plan, tree: withSteps(treeOf(shown), steps), sql: shown.sql };
  }

  /** The plan of a text of the same shape with this text's literals, where that is the same. */
  #shapedPlan(request: PlanRequest): Plan | undefined {
    const { shape } = request.query;
    if (!shape || request.forCursor || request.place) return undefined;
    const shared = this.#parts.fixedLiterals.share(
      shape,
      request.context,
      (key) => this.#keptPlan(request, key),
      ({ translation }) => translation,
    );
    if (!shared) return undefined;
    rememberShape(shape, request.statement);
    return { ...shared.kept, translation: shared.translation };
  }

  #keptPlan(request: PlanRequest, text: string): Plan {
    const { plans, storage } = this.#parts;
    const key = planKey(request, this.#transaction.database, text);
    return plans.getOrMake(
      key,
      storage.sequencer.catalogEpoch,
      this.#catalog,
      (catalog) => this.#makePlan(request, catalog),
      ({ widths }) => widthsHold(widths, this.widthOf),
    );
  }

  #makePlan(request: PlanRequest, catalog: CatalogReader, names?: AliasNames): Plan {
    return this.#parts.fixedLiterals.planAnew(
      request.forCursor || request.place ? undefined : request.query.shape,
      request.context,
      () => this.#planAnew(request, catalog, names),
      ({ locking, steps, routines, translation }) =>
        locking || steps.length > 0 || routines.length > 0 ? undefined : translation,
    );
  }

  #planAnew(request: PlanRequest, catalog: CatalogReader, names?: AliasNames): Plan {
    const { context } = request;
    const relations = new Map<Oid, ReadLock>();
    checkTypes(request.parameterTypes, this.#parts.builtin, catalog);
    const { subject } = request.query;
    if (subject) checkSubject(subject, catalog, context);
    const variables = request.variables?.open();
    const binding: BindContext = {
      ...this.bindContext(context, catalog),
      ...(variables ? { variables } : {}),
      parameterTypes: request.parameterTypes,
      inferParameters: request.inferParameters,
      runsRoutines: true,
      lockRelation: (relation, mode = "AccessShare") => {
        this.lockForReading(relation, mode);
        if (relations.get(relation) !== "RowShare") relations.set(relation, mode);
      },
    };
    const bound = bindSecuredQuery(request.query.node, binding, request.place);
    const routines = planRoutines(bound, (query) => this.planOf(query, context, catalog));
    const denied = whatIsDenied(bound, catalog, context.user.oid);
    const { query, steps } = this.#lift(bound, context, catalog);
    const parameterTypes = [...bound.parameterTypes, ...[...routines, ...steps].map(() => TEXT)];
    const read = { query, parameterTypes };
    const plan = this.#lockingPlan(request, read, catalog, relations, names);
    const locks = firstLock(bound.query);
    if (routines.length > 0) {
      const { parameterTypes: own } = bound;
      const uses = variables?.uses;
      return { ...plan, denied, parameterTypes: own, immutable: false, routines, uses };
    }
    if (steps.length === 0) return { denied, locks, ...plan, uses: variables?.uses };
    const widths = new Map(plan.widths);
    return {
      ...plan,
      denied,
      locks,
      parameterTypes: bound.parameterTypes,
      immutable: false,
      steps: steps.map((step): StepPlan => {
        const versions = withVersions({ query: step.query, parameterTypes }, catalog);
        const translation = this.translate(versions.bound, context, catalog, widths, names);
        return { translation, locking: versions.locking };
      }),
      widths,
    };
  }

  #lift(bound: BoundQuery, context: StatementContext, catalog: CatalogReader) {
    const names = new Names(this.#parts.builtin, catalog, context.searchPath);
    return liftFromQuery(bound.query, bound.parameterTypes.length, catalog, (query) =>
      isVolatileQuery(names, query),
    );
  }

  #lockingPlan(
    { context, forCursor: isCursor }: PlanRequest,
    bound: BoundQuery,
    catalog: CatalogReader,
    relations: ReadonlyMap<Oid, ReadLock>,
    names: AliasNames | undefined,
  ): Plan {
    const read = withVersions(bound, catalog);
    const cursor = isCursor ? forCursor(bound, read, catalog) : undefined;
    const { bound: versioned, locking } = cursor ?? read;
    const plan = this.planOf(versioned, context, catalog, [...relations], names);
    const columns = plan.columns.slice(0, cursor?.width ?? locking?.width);
    return { ...plan, locking, columns, cursorTables: cursor?.cursorTables };
  }

  planOf(
    bound: BoundQuery,
    context: StatementContext,
    catalog: CatalogReader = this.#catalog,
    relations: Plan["relations"] = [],
    names?: AliasNames,
  ): Plan {
    const widths = new Map<Oid, number | undefined>();
    const translation = this.translate(bound, context, catalog, widths, names);
    const { parameterTypes } = bound;
    const { columns } = translation;
    const immutable = isImmutable(translation, this.#parts.registry);
    return {
      parameterTypes,
      columns,
      immutable,
      readsBackwards: readsBackwards(bound.query),
      translation,
      steps: [],
      routines: [],
      relations,
      widths,
    };
  }

  /** What a function computes of arguments of these types. Throws 0A000 where nothing does. */
  callOf(id: Oid, args: readonly Oid[]): ScalarCall {
    const found = this.#parts.registry.scalar(id);
    if (!found) throw notSupported(`function ${id}`);
    return found.callFor({ args, result: BOOL, variadic: false });
  }

  /** Where partitioned tables are read, it must be `settled` before it runs. */
  translate(
    bound: BoundQuery,
    context: StatementContext,
    catalog: CatalogReader,
    widths: Map<Oid, number | undefined>,
    names?: AliasNames,
  ): Translation {
    const runnable = runnableTree(() => this.bindContext(context, catalog), bound);
    const reads: PartitionedRead[] = [];
    const none = (read: PartitionedRead) => {
      reads.push(read);
      return [];
    };
    const made = this.#translateRunnable(runnable, context, catalog, widths, none, names);
    if (reads.length === 0) return made;
    return { ...made, partitioned: { id: ++lastPartitionedQuery, bound: runnable, reads } };
  }

  /** With all partitions as the catalog has them. */
  translateWhole(
    bound: BoundQuery,
    context: StatementContext,
    catalog: CatalogReader,
  ): Translation {
    const runnable = runnableTree(() => this.bindContext(context, catalog), bound);
    const all = (read: PartitionedRead) => this.#allBelow(read, catalog);
    return this.#translateRunnable(runnable, context, catalog, new Map(), all);
  }

  #allBelow({ relation }: PartitionedRead, catalog: CatalogReader): readonly Oid[] {
    const tables = withDescendants(catalog, relation);
    for (const table of tables) this.lockForReading(table);
    return tables;
  }

  /**
   * The translation, ready to run with these parameters; undefined: with any. May throw a Wait.
   */
  settled(
    translation: Translation,
    parameters: readonly Scalar[] | undefined,
    context: StatementContext,
    names?: AliasNames,
  ): Translation {
    if (!translation.partitioned) return translation;
    this.#partitionedReads ??= new PartitionedReads({
      parts: this.#parts,
      transaction: this.#transaction,
      catalog: this.#catalog,
      widthOf: this.widthOf,
      lock: (relation) => this.lockForReading(relation),
      evaluate: this.#evaluate,
      translate: (bound, given, catalog) => this.translate(bound, given, catalog, new Map()),
      translateFor: ({ bound, reads }, chosen, given, catalog, widths, aliases) => {
        let place = 0;
        const next = (read: PartitionedRead): readonly Oid[] => {
          const at = place++;
          return isSameRead(read, reads[at]) ? (chosen[at] ?? []) : this.#allBelow(read, catalog);
        };
        return this.#translateRunnable(bound, given, catalog, widths, next, aliases);
      },
    });
    return this.#partitionedReads.settled(translation, { parameters, context }, names);
  }

  #translateRunnable(
    runnable: BoundQuery,
    context: StatementContext,
    catalog: CatalogReader,
    widths: Map<Oid, number | undefined>,
    partitionsRead: TranslateContext["partitionsRead"],
    names?: AliasNames,
  ): Translation {
    const types = typeFacts(catalog);
    const widthOf = (storage: Oid): number | undefined => {
      const width = this.widthOf(storage);
      widths.set(storage, width);
      return width;
    };
    const aliases = names && new Map<string, SourceName>();
    const translation = translateQuery(runnable, {
      catalog,
      registry: this.#parts.registry,
      types,
      relation: (relation) => relationByOid(relation),
      userTable: (relation) => findUserTable(catalog, types, context, widthOf, relation),
      partitionsRead,
      searchPath: context.searchPath,
      ...(aliases === undefined ? {} : { names: aliases }),
    });
    if (aliases) names.set(translation.sql, aliases);
    return translation;
  }

  /** Columns of a storage's SQLite table, the transaction's own rows shown. */
  readonly widthOf = (storage: Oid): number | undefined => {
    const stored = this.#parts.storage.store.rows.widthOf(storage);
    const staged = this.#transaction.rows.overlay.widthOf(storage);
    return staged > (stored ?? 0) ? staged : stored;
  };

  bindContext(context: StatementContext, catalog: CatalogReader = this.#catalog): BindContext {
    return {
      catalog,
      builtin: this.#parts.builtin,
      searchPath: context.searchPath,
      databaseName: context.databaseName,
      types: catalog === this.#catalog ? context : typesOver(catalog, context),
      positionOf: (offset) => (offset < 0 ? undefined : offset + 1),
      parameterTypes: [],
      lockRelation: (relation, mode) => this.lockForReading(relation, mode),
      parseQuery,
      parseBody,
    };
  }

  lockForReading(relation: Oid, mode: ReadLock = "AccessShare"): void {
    const transaction = this.#transaction;
    transaction.noteRead(transaction.database, relation);
    if (relation < FIRST_USER_OID) return;
    transaction.lock(relationTag(transaction.database, relation), mode);
    // Partitions are locked when it is known which are read.
    if (this.#catalog.find(pgClass, "key", [relation])?.relkind === "p") return;
    for (const child of childrenOf(this.#catalog, relation)) this.lockForReading(child, mode);
  }
}

/** What a text means is up to its use, and to which of its relations it reads at another time. */
function keyOf({ statement: { text }, query: { asOf }, forCursor }: PlanRequest): string {
  const since = asOf === undefined ? "" : asOf.since.join(" ");
  return `${forCursor ? "cursor\0" : ""}${since === "" ? "" : `since ${since}\0`}${text}`;
}
