/**
 * EXPLAIN of INSERT, UPDATE, DELETE and MERGE: what is done with the rows that the plan below
 * finds; the queries that are run by themselves stand below all that, as they run.
 */
import { notSupported } from "../../base/sql-error.ts";
import type { ModifyPlan } from "../rows/modify-plan.ts";
import type { PartPlan, WritingPlan } from "../rows/writing-plan.ts";
import type { ExplainedPlan, PlanNode } from "../session/explained.ts";
import type { Translation } from "../translate/translation.ts";

const operations = {
  insert: "Insert",
  update: "Update",
  delete: "Delete",
  merge: "Merge",
} as const;

/** How a query finds its rows, and its text as it runs. */
interface Shown {
  readonly sql: string;
  treeOf(): PlanNode;
}

export function explainWriting(
  { steps, names, main, order }: WritingPlan,
  show: (source: Translation) => Shown,
): Omit<ExplainedPlan<unknown>, "plan"> {
  const sourceOf = (part: PartPlan) => (part.kind === "read" ? part : part.plan).source;
  const partTree = (part: PartPlan): PlanNode => {
    const below = show(sourceOf(part)).treeOf();
    return part.kind === "read" ? below : modifyTree(part.plan, below);
  };
  if (main.kind === "ruled") throw notSupported("EXPLAIN of a statement on a relation with rules");
  const run = order.map((at) => steps[at] ?? main);
  let unnamed = 0;
  const subplans = order.flatMap((at) => {
    const step = steps[at];
    if (!step) return [];
    const name = names[at] === undefined ? `InitPlan ${++unnamed}` : `CTE ${names[at]}`;
    return [{ name, plan: partTree(step) }];
  });
  const tree = partTree(main);
  const texts = run.map((part) => show(sourceOf(part)).sql);
  return { tree: { ...tree, subplans: [...tree.subplans, ...subplans] }, sql: texts.join("; ") };
}

/** The table is the one that is written to, through whatever views. */
function modifyTree({ bound, shape }: ModifyPlan, below: PlanNode): PlanNode {
  const operation = operations[bound.kind];
  const { name } = shape;
  return {
    kind: "ModifyTable",
    title: `${operation} on ${name}`,
    titled: ["Operation", "Relation Name"],
    cost: undefined,
    details: [["Operation", operation], ["Relation Name", name], ...conflictDetails(bound, shape)],
    children: [below],
    subplans: [],
  };
}

function conflictDetails(bound: ModifyPlan["bound"], shape: ModifyPlan["shape"]) {
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
