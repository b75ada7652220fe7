/** EXPLAIN of INSERT, UPDATE and DELETE: what is done with the rows that the plan below finds. */
import type { ModifyPlan } from "../rows/modify-plan.ts";
import type { PlanNode } from "../session/engine.ts";

const operations = {
  insert: "Insert",
  update: "Update",
  delete: "Delete",
  merge: "Merge",
} as const;

/** The table is the one that is written to, through whatever views. */
export function modifyTree({ bound, rules }: ModifyPlan, below: PlanNode): PlanNode {
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
