/** What writing to users' tables needs of the transaction that it is part of. */
import type { Epoch, Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { PageStore } from "../../pages/page-store.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { QueryRunner } from "../execute/query-runner.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import type { Source } from "../rows/modify-run.ts";
import type {
  QuerySnapshot,
  RowsDone,
  StatementContext,
  VacuumRequest,
} from "../session/engine.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import type { InBody } from "./ddl-run.ts";
import type { PartOptions } from "./plan.ts";
import type { Planner } from "./planner.ts";
import type { LockingPlan } from "./row-locking.ts";
import type { WritingPlans } from "./writing-plans.ts";

export interface WritingHost {
  readonly planner: Planner;
  readonly transaction: CatalogTransaction;
  readonly catalog: CatalogReader;
  readonly plans: WritingPlans;
  readonly runner: QueryRunner;
  readonly store: PageStore;
  /** Of the newest commit that changed the catalog. */
  readonly catalogEpoch: () => Epoch;
  /** Nothing of the catalog is staged: what is made of it may be kept. */
  readonly mayKeep: boolean;
  /** The rows of a query at the transaction's snapshot. */
  run(
    translation: Translation,
    parameters: readonly Scalar[],
    context: StatementContext,
    options?: PartOptions,
  ): Source;
  /** Of those rows, the ones that it has locked. */
  runLocking(
    locking: LockingPlan,
    translation: Translation,
    parameters: readonly Scalar[],
    context: StatementContext,
    options: PartOptions,
  ): Promise<readonly (readonly Scalar[])[]>;
  /** Of rows that have just been read, those that it has locked. May throw a Wait. */
  lockNow(
    locking: LockingPlan,
    rows: readonly (readonly Scalar[])[],
    parameters: readonly Scalar[],
    context: StatementContext,
  ): readonly (readonly Scalar[])[];
  /** What the statement sees as it begins, kept until it is released. */
  takeSnapshot(): Snapshot & QuerySnapshot;
  /** What the statement sees as it begins. */
  begun(): Snapshot;
  /** What a query sees that must see everything committed. */
  newest(): Snapshot;
  /** The newest. */
  epoch(): Epoch;
  /** As `widthOf`, of the pages alone. */
  storedWidth(storage: Oid): number | undefined;
  printKey(index: Oid, key: number, context: StatementContext): string;
  nextval(sequence: Oid): bigint;
  /** DDL in the body of a routine. May throw a Wait. */
  runDdl(
    statement: DdlStatement,
    context: StatementContext,
    tag: string,
    inBody: InBody,
  ): RowsDone | undefined;
  /** ANALYZE in the body of a routine. May throw a Wait. */
  analyze(request: VacuumRequest, context: StatementContext, inBody: InBody): void;
  /** Runs what calls functions that look into the catalog. */
  inStep<T>(snapshot: Snapshot, work: () => T): T;
}
