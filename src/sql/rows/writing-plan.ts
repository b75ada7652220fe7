/**
 * PLANS OF WHOLE STATEMENTS THAT WRITE: the statement itself and the queries of its WITH that are
 * run by themselves, each with what it reads of the others.
 */
import type { Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { BoundPart, BoundRuled, BoundWriting } from "../bind/modify.ts";
import { stepsRead } from "../bind/with-modifying.ts";
import type { ResultColumn } from "../session/api.ts";
import type { Translation, TypeFacts } from "../translate/translation.ts";
import { type ModifyPlan, planModify } from "./modify-plan.ts";
import type { RowStep, Translate } from "./row-step.ts";

export type PartPlan =
  | { readonly kind: "write"; readonly plan: ModifyPlan }
  | { readonly kind: "read"; readonly source: Translation; readonly byRule: boolean };

/** Statements that run one after the other, and the one whose rows are counted and returned. */
export interface RuledPlan {
  readonly kind: "ruled";
  readonly parts: readonly ModifyPlan[];
  readonly answer: number | undefined;
  readonly told: BoundRuled["told"];
}

export interface WritingPlan {
  readonly parameterTypes: readonly Oid[];
  readonly columns: readonly ResultColumn[] | undefined;
  readonly steps: readonly PartPlan[];
  /** Of the steps: what WITH calls them; undefined for sub-selects. */
  readonly names: readonly (string | undefined)[];
  readonly main: PartPlan | RuledPlan;
  /** Numbers of the steps, the main part behind them, as they run. */
  readonly order: readonly number[];
}

export function planWriting(
  bound: BoundWriting,
  catalog: CatalogReader,
  types: TypeFacts,
  translate: Translate,
): WritingPlan {
  const planRuled = ({ parts, answer, told }: BoundRuled): RuledPlan => ({
    kind: "ruled",
    parts: parts.map(({ part }) => planModify(part, catalog, types, translate)),
    answer,
    told,
  });
  const planPart = (part: BoundPart): PartPlan =>
    part.kind === "select"
      ? { kind: "read", source: translate(part), byRule: part.byRule === true }
      : { kind: "write", plan: planModify(part, catalog, types, translate) };
  const main = bound.main.kind === "ruled" ? planRuled(bound.main) : planPart(bound.main);
  return {
    parameterTypes: bound.parameterTypes,
    columns: columnsOf(main),
    steps: bound.steps.map(({ part }) => planPart(part)),
    names: bound.steps.map(({ name }) => name),
    main,
    order: orderOf(bound),
  };
}

function columnsOf(main: PartPlan | RuledPlan): readonly ResultColumn[] | undefined {
  if (main.kind === "ruled") return main.parts[main.answer ?? -1]?.columns;
  return main.kind === "read" ? main.source.columns : main.plan.columns;
}

/**
 * Each behind those that it reads; what locks rows first. As in PostgreSQL, steps that write and
 * that nobody reads come after the main part, the last one first; others that nobody reads are not
 * run.
 */
function orderOf({ steps, main }: Pick<BoundWriting, "steps" | "main">): number[] {
  const parts = [...steps.map(({ part }) => part), main];
  const order: number[] = [];
  const visit = (at: number): void => {
    if (order.includes(at)) return;
    for (const read of stepsRead(parts[at] as BoundPart, steps)) visit(read);
    order.push(at);
  };
  for (const [at, { locks }] of steps.entries()) if (locks) visit(at);
  visit(steps.length);
  for (let at = steps.length - 1; at >= 0; at--) if (parts[at]?.kind !== "select") visit(at);
  return order;
}

/** The plan of a statement that is one part. */
export const aloneIn = ({ steps, main }: WritingPlan): ModifyPlan | undefined =>
  steps.length === 0 && main.kind === "write" ? main.plan : undefined;

/** Of every part that writes. */
export const modifyPlans = ({ steps, main }: WritingPlan): ModifyPlan[] =>
  [main, ...steps].flatMap((part) => {
    if (part.kind === "ruled") return part.parts;
    return part.kind === "write" ? [part.plan] : [];
  });

/** Some expression that is run for single rows looks into tables. */
export const readsTables = (plan: ModifyPlan): boolean => factsOf(plan).reads;

/** Some such expression calls what runs statements of its own. */
export const callsRoutines = (plan: ModifyPlan): boolean => factsOf(plan).calls;

/** Plans are kept, and run for a row each time. */
const facts = new WeakMap<ModifyPlan, { readonly reads: boolean; readonly calls: boolean }>();

function factsOf(plan: ModifyPlan) {
  const known = facts.get(plan);
  if (known) return known;
  const flags = rowSteps(plan).map(({ translation }) => translation.flags);
  const made = {
    reads: flags.some(({ constant }) => !constant),
    calls: flags.some(({ routines }) => routines),
  };
  facts.set(plan, made);
  return made;
}

function rowSteps(plan: ModifyPlan): RowStep[] {
  const { returning, conflict, viewChecks, policyChecks, defaults, actions } = plan;
  const checked = [viewChecks, policyChecks, conflict?.existing, conflict?.changed];
  const checks = checked.map((each) => each?.step);
  const merged = actions.flatMap((each) => [
    ...[each.condition, each.values, each.defaults.others],
    ...[each.existing?.step, each.changed?.step],
  ]);
  const late = [plan.late, ...(plan.lateRows ?? [])].flatMap((each) =>
    each ? [...each.conditions, each.step] : [],
  );
  const written = [returning, conflict?.values, conflict?.where, defaults.others];
  const steps = [...written, ...checks, ...late];
  return [...steps, ...merged].filter((step) => step !== undefined);
}

/** What it may do to rows that are there. */
export function changesOf({ bound }: ModifyPlan): readonly ("update" | "delete")[] {
  if (bound.kind === "insert") {
    return bound.onConflict?.action.kind === "update" ? ["update"] : [];
  }
  if (bound.kind !== "merge") return [bound.kind];
  return bound.actions.flatMap(({ kind }) => (kind === "update" || kind === "delete" ? kind : []));
}

/** Columns whose values the statement says. */
export function givenBy(bound: ModifyPlan["bound"]): readonly number[] {
  switch (bound.kind) {
    case "insert": {
      const action = bound.onConflict?.action;
      return [...bound.named, ...(action?.kind === "update" ? action.columns : [])];
    }
    case "update":
      return bound.columns;
    case "delete":
      return [];
    case "merge":
      return bound.actions.flatMap((action) => ("columns" in action ? action.columns : []));
  }
}
