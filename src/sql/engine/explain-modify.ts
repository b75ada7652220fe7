/** EXPLAIN of INSERT, UPDATE and DELETE: what is done with the rows that the plan below finds. */
import { notSupported } from "../../base/sql-error.ts";
import type { ModifyPlan } from "../rows/modify-plan.ts";
import type { WritingPlan } from "../rows/writing-plan.ts";
import type { PlanNode } from "../session/engine.ts";
import type { Translation } from "../translate/translation.ts";
import { withSteps } from "./planner.ts";

const operations = { insert: "Insert", update: "Update", delete: "Delete" } as const;

/** 0A000 for a statement that writes in its WITH. */
export function explainWriting(
  { main, steps }: WritingPlan,
  treeOf: (source: Translation) => PlanNode,
): { readonly tree: PlanNode; readonly sql: string } {
  const read = steps.flatMap((step) => (step.kind === "read" ? [step.source] : []));
  if (main.kind !== "write" || read.length < steps.length) {
    throw notSupported("EXPLAIN of a statement that writes in its WITH");
  }
  const { source } = main.plan;
  const tree = withSteps(modifyTree(main.plan, treeOf(source)), read.map(treeOf));
  return { tree, sql: source.sql };
}

/** The table is the one that is written to, through whatever views. */
function modifyTree({ bound, rules }: ModifyPlan, below: PlanNode): PlanNode {
  const operation = operations[bound.kind];
  const { name } = rules.shape;
  return {
    kind: "ModifyTable",
    title: `${operation} on ${name}`,
    titled: ["Operation", "Relation Name"],
    cost: undefined,
    details: [["Operation", operation], ["Relation Name", name], ...conflictDetails(bound, rules)],
    children: [below],
    subplans: [],
  };
}

function conflictDetails(bound: ModifyPlan["bound"], { shape }: ModifyPlan["rules"]) {
  const onConflict = bound.kind === "insert" ? bound.onConflict : undefined;
  if (!onConflict) return [];
  const details: [string, string][] = [
    ["Conflict Resolution", onConflict.action.kind.toUpperCase()],
  ];
  const arbiters = shape.indexes.filter(({ oid }) => onConflict.arbiter?.indexes.includes(oid));
  const names = arbiters.map((index) => index.name).join(", ");
  if (names !== "") details.push(["Conflict Arbiter Indexes", names]);
  return details;
}
