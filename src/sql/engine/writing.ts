/**
 * WRITING TO USERS' TABLES: how a transaction plans INSERT, UPDATE and DELETE, what is kept of that
 * for the next time, and what running them asks of the engine.
 */

import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import type { Notice } from "../../base/sql-error.ts";
import { identitySequence } from "../../catalog/ddl/column-sequences.ts";
import { stillBeingCreated } from "../../catalog/jobs.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttrdef } from "../../catalog/relations/pg-attrdef.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { Mark } from "../../txn/transaction.ts";
import { decodeTree } from "../bind/codec.ts";
import type { BindContext, ReadLock } from "../bind/context.ts";
import { executable, type ModifyNode } from "../bind/query.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import { planTree } from "../execute/query-plan.ts";
import type { TimeShare } from "../execute/query-runner.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import { orderKeyOf } from "../execute/sort-keys.ts";
import { rememberShape } from "../parse/parse.ts";
import type { Port } from "../plpgsql/port.ts";
import { type ModifyPlan, type RowRules, routingOf, rulesOf } from "../rows/modify-plan.ts";
import { ModifyRun, type Source } from "../rows/modify-run.ts";
import { unidentifiedOf } from "../rows/replica-identity.ts";
import { readTableShape } from "../rows/table-shape.ts";
import { triggersOf } from "../rows/triggers.ts";
import { checkNotOtherTemporary } from "../rows/user-tables.ts";
import {
  aloneIn,
  modifyPlans,
  planWriting,
  readsTables,
  type WritingPlan,
} from "../rows/writing-plan.ts";
import { runParts, runRuled } from "../rows/writing-run.ts";
import { after } from "../session/after.ts";
import type {
  CursorRow,
  ModifyQueryPlan,
  ModifyRequest,
  ModifyResult,
  ReceiverTarget,
  RowReceiver,
  StatementContext,
} from "../session/engine.ts";
import type { ExplainedPlan } from "../session/explained.ts";
import type { Translation } from "../translate/translation.ts";
import { typeFacts } from "../translate/type-facts.ts";
import type { Scalar } from "../types/scalar.ts";
import { bodyPort } from "./body-port.ts";
import { domainCheck, insertOf, isBatched } from "./copy-insert.ts";
import { CurrentRows } from "./current-rows.ts";
import { equalityOf } from "./equality.ts";
import { explainWriting } from "./explain-modify.ts";
import { checkIdentities } from "./identity-checks.ts";
import { lockingBySource, withLocks } from "./locking-parts.ts";
import { ModifyAccess, type ModifyHost } from "./modify-access.ts";
import {
  type AliasNames,
  checkTypes,
  namesAMoment,
  planKey,
  type Widths,
  widthsHold,
} from "./plan.ts";
import { whatIsDeniedToWrite } from "./readable.ts";
import { bindSecuredModify, securedQuery } from "./row-security.ts";
import { evaluatingNow, runningNow } from "./running-now.ts";
import { callTrigger } from "./trigger-calls.ts";
import { openViewChanges } from "./view-changes.ts";
import { viewChangesHost } from "./view-changes-host.ts";
import type { WritingHost } from "./writing-host.ts";
import type { KeptModify, KeptTranslation } from "./writing-plans.ts";

export class Writing {
  readonly #host: WritingHost;

  constructor(host: WritingHost) {
    this.#host = host;
  }

  plan(request: ModifyRequest): ModifyQueryPlan {
    const { catalog, mayKeep } = this.#host;
    const { text } = request.statement;
    if (!mayKeep || namesAMoment.test(text)) return this.#makePlan(request, catalog);
    const key = request.variables?.key ?? text;
    const kept = this.#shapedPlan(request) ?? this.#keptPlan(request, key);
    for (const target of kept.targets) this.#lockTarget(target);
    for (const [relation, mode] of kept.relations)
      this.#host.planner.lockForReading(relation, mode);
    return kept;
  }

  explain(request: ModifyRequest): ExplainedPlan<ModifyQueryPlan> {
    const { catalog, runner, newest } = this.#host;
    const names: AliasNames = new Map();
    const kept = this.#makePlan(request, catalog, names);
    this.#checkIdentities(kept.plan, undefined, request.context);
    const show = (source: Translation) => {
      const shown = this.#host.planner.settled(source, undefined, request.context, names);
      const treeOf = () => planTree(runner.explain(shown, newest()), names.get(shown.sql));
      return { sql: shown.sql, treeOf };
    };
    return { plan: kept, ...explainWriting(kept.plan, show) };
  }

  /** The plan of a text of the same shape with this text's literals, where that is the same. */
  #shapedPlan(request: ModifyRequest): KeptModify | undefined {
    const { shape } = request.modify;
    if (!shape || request.place) return undefined;
    const shared = this.#host.plans.fixedLiterals.share(
      shape,
      request.context,
      (key) => this.#keptPlan(request, key),
      ({ plan }) => aloneIn(plan)?.source,
    );
    const alone = shared && aloneIn(shared.kept.plan);
    if (!alone) return undefined;
    rememberShape(shape, request.statement);
    const { kept, translation: source } = shared;
    const main = { kind: "write" as const, plan: { ...alone, source } };
    return { ...kept, plan: { ...kept.plan, main } };
  }

  #keptPlan(request: ModifyRequest, text: string): KeptModify {
    const { catalog, plans, catalogEpoch } = this.#host;
    return plans.modify.getOrMake(
      planKey(request, this.#host.transaction.database, text),
      catalogEpoch(),
      catalog,
      (reader) => this.#makePlan(request, reader),
      ({ widths }) => this.#hold(widths),
    );
  }

  /** `names` is filled with what the aliases of its queries stand for. */
  #makePlan(request: ModifyRequest, catalog: CatalogReader, names?: AliasNames): KeptModify {
    return this.#host.plans.fixedLiterals.planAnew(
      request.place ? undefined : request.modify.shape,
      request.context,
      () => this.#planAnew(request, catalog, names),
      ({ plan }) => aloneIn(plan)?.source,
    );
  }

  #planAnew(request: ModifyRequest, catalog: CatalogReader, names?: AliasNames): KeptModify {
    const { context } = request;
    const targets = new Set<Oid>();
    const relations = new Map<Oid, ReadLock>();
    const widths = new Map<Oid, number | undefined>();
    const binding = this.#host.planner.bindContext(context, catalog);
    checkTypes(request.parameterTypes, binding.builtin, catalog);
    const variables = request.variables?.open();
    const surroundings: BindContext = {
      ...binding,
      ...(variables ? { variables } : {}),
      parameterTypes: request.parameterTypes,
      inferParameters: request.inferParameters,
      lockRelation: (relation, mode = "AccessShare") => {
        this.#host.planner.lockForReading(relation, mode);
        if (relations.get(relation) !== "RowShare") relations.set(relation, mode);
      },
      lockTarget: (relation) => {
        this.#lockTarget(relation);
        targets.add(relation);
      },
      identitySequence: (table, column) => identitySequence(catalog, table, column)?.oid,
    };
    const bound = bindSecuredModify(request.modify.node as ModifyNode, surroundings, request.place);
    const translate = (query: BoundQuery) =>
      this.#host.planner.translate(query, context, catalog, widths, names);
    const denied = whatIsDeniedToWrite(bound, catalog, context.user.oid);
    const { whole, locks } = withLocks(bound, catalog);
    const plan = planWriting(whole, catalog, typeFacts(catalog), translate);
    const { parameterTypes } = plan;
    const locking = lockingBySource(plan, locks);
    const main = plan.main.kind === "read" ? locking.get(plan.main.source) : undefined;
    const columns = plan.columns?.slice(0, main?.width);
    const currentOf = modifyPlans(plan).flatMap((part) => part.currentOf ?? []);
    const byRule = plan.main.kind === "read" && plan.main.byRule;
    const reads = { currentOf, targets, relations: [...relations], widths, locking, byRule };
    return { plan, parameterTypes, columns, denied, ...reads, uses: variables?.uses };
  }

  #lockTarget(relation: Oid): void {
    const { transaction } = this.#host;
    transaction.lock(relationTag(transaction.database, relation), "RowExclusive");
    const row = this.#host.catalog.find(pgClass, "key", [relation]);
    if (row?.relispopulated === false && row.relkind === "r") throw stillBeingCreated(row);
    if (row) checkNotOtherTemporary(this.#host.catalog, row);
  }

  #hold(widths: Widths): boolean {
    return widthsHold(widths, (storage) => this.#host.planner.widthOf(storage));
  }

  run(
    kept: ModifyQueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    given: readonly unknown[],
    current: readonly CursorRow[],
  ): ModifyResult | Promise<ModifyResult> {
    const { plan } = kept as KeptModify;
    this.#checkIdentities(plan, parameters, context);
    const marks = given.map((mark) => (mark as Mark).rows);
    const rows = new CurrentRows(this.#host, current);
    const { main, steps } = plan;
    if (steps.length > 0 || main.kind === "read") {
      return this.#runParts(kept as KeptModify, parameters, context, marks, rows);
    }
    const runPart = (part: ModifyPlan, continues: boolean) => {
      const values = rows.withVersion(parameters, part.currentOf);
      return this.#runAlone(part, parameters, context, marks, () =>
        this.#host.run(part.source, values, context, { continues }),
      );
    };
    if (main.kind !== "ruled") return runPart(main.plan, false);
    return runRuled(main, runPart, ({ channel, payload }) => {
      context.effects.notify(channel, payload);
    });
  }

  #checkIdentities(
    plan: WritingPlan,
    values: readonly Scalar[] | undefined,
    context: StatementContext,
  ): void {
    checkIdentities(plan, {
      settled: (source) => this.#host.planner.settled(source, values, context),
      rules: (relation) => this.#rules(relation, context),
    });
  }

  #runAlone(
    plan: ModifyPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    marks: readonly number[],
    read: () => Source,
  ): ModifyResult | Promise<ModifyResult> {
    const begun = readsTables(plan) ? this.#host.begun() : undefined;
    const run = new ModifyRun(plan, this.access(context, marks, begun), parameters);
    let lease = begun && this.#host.transaction.lease(begun.epoch);
    try {
      const done = run.run(read());
      if (!(done instanceof Promise)) return done;
      // It lets others run in between, and looks into tables at the epoch of its beginning.
      const kept = lease;
      lease = undefined;
      return done.finally(() => kept?.release());
    } finally {
      lease?.release();
    }
  }

  async #runParts(
    { plan, locking }: KeptModify,
    parameters: readonly Scalar[],
    context: StatementContext,
    marks: readonly number[],
    current: CurrentRows,
  ): Promise<ModifyResult> {
    const snapshot = this.#host.takeSnapshot();
    try {
      const access = this.access(context, marks, snapshot);
      let continues = false;
      return await runParts(plan, access, parameters, (translation, values, currentOf) => {
        const options = { snapshot, continues };
        continues = true;
        const all = current.withVersion(values, currentOf);
        const locks = locking.get(translation);
        if (!locks) return this.#host.run(translation, all, context, options);
        return this.#host.runLocking(locks, translation, all, context, options);
      });
    } finally {
      snapshot.release();
    }
  }

  /** Takes rows of COPY FROM, as INSERT … OVERRIDING SYSTEM VALUE takes them. */
  receiver(target: ReceiverTarget, context: StatementContext): RowReceiver {
    const request = insertOf(target, context);
    // What is kept knows its text, and the condition is not in it.
    const kept =
      target.where === undefined
        ? (this.plan(request) as KeptModify)
        : this.#makePlan(request, this.#host.catalog);
    const [plan] = modifyPlans(kept.plan);
    assert(plan, "it is an INSERT");
    const marks = target.marks.map((mark) => (mark as Mark).rows);
    const access = this.access(context, marks);
    const run = new ModifyRun(plan, access, []);
    const { rules } = access.writerOf(target.relation);
    return {
      isBatched: isBatched(plan, rules, this.#host.planner.bindContext(context)),
      checkDomain: domainCheck(access, (bound) =>
        this.#host.planner.translate(bound, context, this.#host.catalog, new Map()),
      ),
      receive: (row) => run.take([row]),
      finish: () => after(run.finish(), ({ count }) => count),
    };
  }

  /** `marks`: points to which the transaction may yet go back. */
  access(
    context: StatementContext,
    marks: readonly number[],
    begun?: Snapshot,
    share?: TimeShare,
  ): ModifyAccess {
    return new ModifyAccess(this.#modifyHost(context, share), context, marks, begun, share);
  }

  #modifyHost(context: StatementContext, share?: TimeShare): ModifyHost {
    const { transaction, catalog, store } = this.#host;
    const runNow = runningNow(this.#host, context);
    return {
      runNow,
      ...{ transaction, catalog, stored: store.rows, xids: store.xids },
      rules: (relation) => this.#rules(relation, context),
      shape: (relation) => readTableShape(catalog, typeFacts(catalog), relation),
      translate: (bound) => this.#host.planner.translate(bound, context, catalog, new Map()),
      findTranslation: (key, make) => this.finder(key, make, context),
      unstaged: () => {
        const { database, rows } = transaction;
        const epoch = this.#host.epoch();
        const xid = rows.isEmpty ? 0 : transaction.xid;
        return { epoch, database, xid, mutations: [], rows: [], bulks: rows.bulks };
      },
      storedWidth: (storage) => this.#host.storedWidth(storage),
      comparable: (type, value) =>
        typeFacts(catalog).order(type) === "none" ? orderKeyOf(type, value, context) : value,
      callOf: (id, args) => this.#host.planner.callOf(id, args),
      read: (query, secured) => {
        const binding = this.#host.planner.bindContext(context, catalog);
        const stored = executable(query, binding);
        const bound = secured ? securedQuery(stored, binding) : stored;
        const translation = this.#host.planner.translate(bound, context, catalog, new Map());
        const begun = this.#host.begun();
        const rows = share
          ? runNow(translation, [], begun, share)
          : this.#host.run(translation, [], context, { meter: context.meter });
        return { rows, epoch: begun.epoch };
      },
      openChanges: (view, query, since) =>
        openViewChanges(viewChangesHost(this.#host, context), view, query, since),
      viewRows: this.#host.plans.viewRows,
      evaluate: evaluatingNow(this.#host, context),
      nextval: (sequence) => this.#host.nextval(sequence),
      printKey: (index, key) => this.#host.printKey(index, key, context),
      equality: (type) => equalityOf(this.#host.planner.bindContext(context, catalog), type),
      defaultOf: (relation, attribute): Expression | undefined => {
        const stored = catalog.find(pgAttrdef, "adrelid_adnum", [relation, attribute]);
        return stored && decodeTree(stored.adbin);
      },
      callTrigger: (shape, trigger, happened) =>
        callTrigger({
          ...{ context, shape, trigger, happened },
          rowType: catalog.find(pgClass, "key", [shape.oid])?.reltype as Oid,
          port: (notice) => this.port(context, notice),
        }),
    };
  }

  /** For a body that is called by a statement. */
  port(context: StatementContext, notice: (said: Notice) => void): Port {
    return bodyPort(this.#host, this, context, notice);
  }

  /** What each new row of a table is held against. */
  #rules(relation: Oid, context: StatementContext): RowRules {
    const { plans, mayKeep, catalogEpoch, catalog, transaction } = this.#host;
    const make = (reader: CatalogReader): RowRules => {
      const types = typeFacts(reader);
      const widths = new Map<Oid, number | undefined>();
      const translate = (bound: BoundQuery) =>
        this.#host.planner.translate(bound, context, reader, widths);
      const shape = readTableShape(reader, types, relation);
      const routing = routingOf(reader, relation, translate);
      return rulesOf(shape, translate, {
        routing,
        triggers: triggersOf(reader, relation, translate),
        unidentified: unidentifiedOf(reader, relation),
      });
    };
    if (!mayKeep) return make(catalog);
    return plans.rules.getOrMake(
      `${transaction.database}/${relation}`,
      catalogEpoch(),
      catalog,
      make,
    );
  }

  /** The kept translation of that name, or what is made. */
  finder(key: string, make: () => BoundQuery, context: StatementContext): Translation {
    const { plans, mayKeep, catalogEpoch, catalog, transaction } = this.#host;
    const translate = (reader: CatalogReader): KeptTranslation => {
      const widths = new Map<Oid, number | undefined>();
      return { translation: this.#host.planner.translate(make(), context, reader, widths), widths };
    };
    if (!mayKeep) return translate(catalog).translation;
    const name = `${transaction.database}/${key}`;
    const usable = ({ widths }: KeptTranslation) => this.#hold(widths);
    return plans.finders.getOrMake(name, catalogEpoch(), catalog, translate, usable).translation;
  }
}
