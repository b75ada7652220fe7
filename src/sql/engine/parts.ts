/** What all sessions of one server share. */
import type { Oid } from "../../base/ids.ts";
import type { SystemCache } from "../../catalog/ddl/context.ts";
import type { Storage } from "../../txn/storage.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import type { QueryRunner } from "../execute/query-runner.ts";
import type { Registry } from "../functions/registry.ts";
import type { Routing } from "../rows/modify-plan.ts";
import type { TranslationCache } from "../translate/translation-cache.ts";
import type { KnownEventTriggers } from "./event-triggers.ts";
import type { Plan } from "./plan.ts";
import type { Statistics } from "./server-facts.ts";
import type { FixedLiterals } from "./shaped-plan.ts";
import type { KeptTranslation, WritingPlans } from "./writing-plans.ts";

export interface EngineParts {
  readonly storage: Storage;
  readonly builtin: BuiltinCatalog;
  readonly registry: Registry;
  readonly runner: QueryRunner;
  readonly plans: TranslationCache<Plan>;
  readonly fixedLiterals: FixedLiterals;
  /** How tables are partitioned. */
  readonly routings: TranslationCache<Routing | undefined>;
  /** Queries over partitioned tables, by what is read of these. */
  readonly chosen: TranslationCache<KeptTranslation>;
  readonly writing: WritingPlans;
  readonly system: SystemCache;
  readonly eventTriggers: KnownEventTriggers;
  readonly sessions: SessionCounts;
  readonly statistics: Statistics;
}

/**
 * Sessions by what they hold: limits of roles and databases, and who is in the way of DROP
 * DATABASE.
 */
export class SessionCounts {
  readonly #open = new Map<number, { readonly database: Oid; readonly role: Oid }>();

  add(processId: number, database: Oid, role: Oid): void {
    this.#open.set(processId, { database, role });
  }
  remove(processId: number): void {
    this.#open.delete(processId);
  }
  sessionsIn(database: Oid): number {
    return this.processesIn(database).length;
  }
  sessionsOf(role: Oid): number {
    let count = 0;
    for (const session of this.#open.values()) if (session.role === role) count++;
    return count;
  }
  processesIn(database: Oid): number[] {
    return [...this.#open].filter(([, at]) => at.database === database).map(([id]) => id);
  }
}
