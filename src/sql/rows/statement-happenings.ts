/** WHAT FIRES ONCE FOR A STATEMENT, whether it finds rows or not. */
import type { ModifyPlan } from "./modify-plan.ts";
import type { Happening } from "./triggers.ts";

export function statementHappenings({ bound, actions }: ModifyPlan): Happening[] {
  switch (bound.kind) {
    case "insert": {
      const action = bound.onConflict?.action;
      if (action?.kind !== "update") return [{ event: "insert" }];
      return [{ event: "insert" }, { event: "update", columns: action.columns }];
    }
    case "update":
      return [{ event: "update", columns: bound.columns }];
    case "delete":
      return [{ event: "delete" }];
    case "merge": {
      const made: Happening[] = [];
      const kinds = actions.map(({ action }) => action);
      const columns = kinds.flatMap((each) => (each.kind === "update" ? each.columns : []));
      if (kinds.some(({ kind }) => kind === "insert")) made.push({ event: "insert" });
      if (kinds.some(({ kind }) => kind === "update")) made.push({ event: "update", columns });
      if (kinds.some(({ kind }) => kind === "delete")) made.push({ event: "delete" });
      return made;
    }
  }
}
