/**
 * HANDING OVER BEFORE A STATEMENT. A query is shown what its transaction has staged of the tables
 * that it reads, row by row, so a transaction that changes a table by many statements would show
 * each of them what all before it did. When that is much, it becomes a bulk first, which is in the
 * pages.
 */
import type { Oid } from "../../base/ids.ts";
import type { Mark } from "../../txn/transaction.ts";
import type { TransactionRows } from "../../txn/transaction-rows.ts";
import { modifyPlans } from "../rows/writing-plan.ts";
import type { ModifyQueryPlan } from "../session/engine.ts";
import type { KeptModify } from "./writing-plans.ts";

/** Staged changes that a query may be shown: as much work as making a bulk durable. */
const SHOWN_CHANGES_MAX = 256;

const storagesRead = ({ plan }: KeptModify): Set<Oid> =>
  new Set(modifyPlans(plan).flatMap(({ source }) => [...source.storages]));

/** `marks`: points to which the transaction may yet go back. */
export function afterHandingOver<T>(
  rows: TransactionRows,
  plan: ModifyQueryPlan,
  marks: readonly unknown[],
  run: () => T | Promise<T>,
): T | Promise<T> {
  if (rows.overlay.mark <= SHOWN_CHANGES_MAX) return run();
  if (rows.overlay.changesOf(storagesRead(plan as KeptModify)) <= SHOWN_CHANGES_MAX) return run();
  const handed = rows.spill(marks.map((mark) => (mark as Mark).rows));
  return handed === undefined ? run() : handed.then(run);
}
