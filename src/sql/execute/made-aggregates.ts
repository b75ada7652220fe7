/**
 * A user's aggregate as it runs: a state that the transition function takes from row to row.
 * https://www.postgresql.org/docs/15/xaggr.html
 */
import { assert } from "../../base/assert.ts";
import type {
  AggregateSteps,
  CallTypes,
  FunctionContext,
  Registry,
} from "../functions/registry.ts";
import type { MadeAggregate, MadeStep } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseText } from "../types/type-io.ts";
import { routineRows } from "./rows-functions.ts";

interface State {
  value: Scalar;
  /** No row has been taken, and there is no first value. */
  isOpen: boolean;
  isBegun: boolean;
}

function callOf(registry: Registry, { function: called, isRoutine }: MadeStep, types: CallTypes) {
  if (isRoutine) {
    return (context: FunctionContext, ...values: readonly Scalar[]): Scalar =>
      routineRows(context, called, types, values)[0]?.[0] ?? null;
  }
  const found = registry.scalar(called);
  assert(found, `function ${called} is registered`);
  return found.callFor(types);
}

export function madeSteps(registry: Registry, made: MadeAggregate): AggregateSteps {
  const { transition, final, state: type, args, initial, result } = made;
  const stepTypes = { args: [type, ...args], result: type, variadic: false };
  const step = callOf(registry, transition, stepTypes);
  const extra = made.finalExtra ? args : [];
  const finalTypes = { args: [type, ...extra], result, variadic: false };
  const finish = final && callOf(registry, final, finalTypes);
  const begun = (context: FunctionContext, state: unknown): State => {
    const all = state as State;
    if (!all.isBegun && initial !== null) all.value = parseText(type, initial, -1, context);
    all.isBegun = true;
    return all;
  };
  return {
    start: (): State => ({ value: null, isOpen: initial === null, isBegun: false }),
    step: (context, state, ...given) => {
      const all = begun(context, state);
      if (transition.strict) {
        if (given.includes(null)) return all;
        if (all.isOpen) {
          all.value = given[0] ?? null;
          all.isOpen = false;
          return all;
        }
        if (all.value === null) return all;
      }
      all.value = step(context, all.value, ...given);
      return all;
    },
    result: (context, state) => {
      const { value } = begun(context, state);
      if (!final || !finish) return value;
      // Behind the state all of its arguments are NULL.
      if (final.strict && (value === null || extra.length > 0)) return null;
      return finish(context, value, ...extra.map(() => null));
    },
  };
}
