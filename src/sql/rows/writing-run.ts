/**
 * RUNNING A STATEMENT OF SEVERAL PARTS. All see the rows as they were when it began; each runs once
 * and to its end, and its rows are given to those that read them. Foreign keys follow when all are
 * through.
 */
import { assert } from "../../base/assert.ts";
import type { CurrentOf } from "../session/engine.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { EventQueue } from "./event-queue.ts";
import { givenRows } from "./given-rows.ts";
import type { ModifyEngine } from "./modify-engine.ts";
import type { ModifyPlan } from "./modify-plan.ts";
import {
  type ModifyResult,
  ModifyRun,
  type Source,
  type SourceRow,
  type Together,
} from "./modify-run.ts";
import { atOnce, awaited, inTurns, type Steps } from "./steps.ts";
import type { RuledPlan, WritingPlan } from "./writing-plan.ts";

/** Rows of a query at the statement's snapshot, those that it is to lock locked. */
export type Read = (
  translation: Translation,
  parameters: readonly Scalar[],
  currentOf?: CurrentOf,
) => Source | Promise<Source>;

/** May throw a Wait, as ModifyRun. */
function* parts(
  { steps, main, order, parameterTypes }: WritingPlan,
  engine: ModifyEngine,
  given: readonly Scalar[],
  read: Read,
): Steps<ModifyResult> {
  const together: Together = { events: new EventQueue(), own: new Map() };
  const parameters = parameterTypes.map((_, at) => given[at] ?? null);
  const answers = new Map<number, string>();
  const following: ModifyRun[] = [];
  let result: ModifyResult | undefined;
  for (const at of order) {
    const part = steps[at] ?? main;
    assert(part.kind !== "ruled", "it has no steps");
    const all = [...parameters, ...steps.map((_, step) => answers.get(step) ?? null)];
    let answer: ModifyResult;
    if (part.kind === "read") {
      answer = yield* awaited(gather(yield* awaited(read(part.source, all))));
      if (part.byRule) answer = { ...answer, count: 0 };
    } else {
      const run = new ModifyRun(part.plan, engine, all, { together });
      const source = yield* awaited(read(part.plan.source, all, part.plan.currentOf));
      yield* awaited(run.write(source));
      run.end();
      following[0] = run;
      answer = run.result;
    }
    if (part === main) result = answer;
    else answers.set(at, givenRows(answer.rows));
  }
  if (following[0]) yield* awaited(following[0].finish());
  assert(result, "the main part has run");
  return result;
}

type Given = Parameters<typeof parts>;

/** May reject with a Wait. */
export const runParts = (...given: Given): Promise<ModifyResult> => inTurns(parts(...given));

/** Whose `read` and engine let nobody else run in between. May throw a Wait. */
export const runPartsAtOnce = (...given: Given): ModifyResult => atOnce(parts(...given));

/**
 * Each sees what those before it did. `continues`: it is not the first. `tell`: what listeners are
 * told, when nothing more can wait. May throw a Wait.
 */
export function runRuled(
  { parts, answer, told }: RuledPlan,
  run: (part: ModifyPlan, continues: boolean) => ModifyResult | Promise<ModifyResult>,
  tell: (one: RuledPlan["told"][number]) => void,
): ModifyResult | Promise<ModifyResult> {
  const from = (at: number, answered: ModifyResult): ModifyResult | Promise<ModifyResult> => {
    const part = parts[at];
    if (!part) {
      told.forEach(tell);
      return answered;
    }
    const next = (done: ModifyResult) => from(at + 1, at === answer ? done : answered);
    const done = run(part, at > 0);
    return done instanceof Promise ? done.then(next) : next(done);
  };
  return from(0, { count: 0, rows: [] });
}

function gather(source: Source): ModifyResult | Promise<ModifyResult> {
  if (!Array.isArray(source)) return gatherAll(source as AsyncIterable<readonly SourceRow[]>);
  return { count: source.length, rows: source as readonly SourceRow[] };
}

async function gatherAll(source: AsyncIterable<readonly SourceRow[]>): Promise<ModifyResult> {
  const rows: SourceRow[] = [];
  for await (const batch of source) for (const row of batch) rows.push(row);
  return { count: rows.length, rows };
}
