/** What all transactions of a server keep of what they have written. */
import type { RowRules } from "../rows/modify-plan.ts";
import { ViewRows } from "../rows/view-rows.ts";
import type { WritingPlan } from "../rows/writing-plan.ts";
import type { ModifyQueryPlan } from "../session/engine.ts";
import type { Translation } from "../translate/translation.ts";
import { TranslationCache } from "../translate/translation-cache.ts";
import type { Plan, Widths } from "./plan.ts";
import type { LockingPlan } from "./row-locking.ts";
import { type Fit, FixedLiterals } from "./shaped-plan.ts";

/** A bound and translated INSERT, UPDATE or DELETE. */
export interface KeptModify extends ModifyQueryPlan {
  readonly plan: WritingPlan;
  /** Tables that are read. */
  readonly relations: Plan["relations"];
  readonly widths: Widths;
  /** Of the queries that lock rows. */
  readonly locking: ReadonlyMap<Translation, LockingPlan>;
  /** What the literals of the text became in the source. */
  readonly fit?: Fit | undefined;
}

export interface KeptTranslation {
  readonly translation: Translation;
  readonly widths: Widths;
}

/** A row may go to each of many partitions. */
const RULES_MAX = 8_192;

export class WritingPlans {
  readonly modify = new TranslationCache<KeptModify>();
  readonly rules = new TranslationCache<RowRules>(RULES_MAX);
  readonly finders = new TranslationCache<KeptTranslation>();
  readonly fixedLiterals = new FixedLiterals();
  readonly viewRows = new ViewRows();
}
