/** Before a statement changes rows: whether those who follow publications could tell which. */
import type { Oid } from "../../base/ids.ts";
import type { RowRules } from "../rows/modify-plan.ts";
import { changesOf, modifyPlans, type WritingPlan } from "../rows/writing-plan.ts";
import type { Translation } from "../translate/translation.ts";

interface IdentityHost {
  /** The query, ready to run. */
  settled(source: Translation): Translation;
  rules(relation: Oid): Pick<RowRules, "unidentified">;
}

/** Throws 55000 and 42P10. */
export function checkIdentities(plan: WritingPlan, host: IdentityHost): void {
  for (const part of modifyPlans(plan)) {
    if (part.published.length === 0) continue;
    const { chosen } = host.settled(part.source);
    const changes = changesOf(part);
    for (const table of part.published) {
      if (chosen && !chosen.includes(table)) continue;
      const { unidentified } = host.rules(table);
      for (const change of changes) if (unidentified?.[change]) throw unidentified[change]();
    }
  }
}
