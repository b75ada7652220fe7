/**
 * A user's aggregate as it runs: a state that the transition function takes from row to row.
 * https://www.postgresql.org/docs/15/xaggr.html
 */
import { assert } from "../../base/assert.ts";
import { INVALID_OID } from "../../base/ids.ts";
import type { AggregateSteps, FunctionContext, Registry } from "../functions/registry.ts";
import type { MadeAggregate } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseText } from "../types/type-io.ts";

interface State {
  value: Scalar;
  /** No row has been taken, and there is no first value. */
  isOpen: boolean;
  isBegun: boolean;
}

export function madeSteps(registry: Registry, made: MadeAggregate): AggregateSteps {
  const transition = registry.scalar(made.transition);
  assert(transition, `function ${made.transition} is registered`);
  const { state: type, args, initial, result } = made;
  const step = transition.callFor({ args: [type, ...args], result: type, variadic: false });
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
      if (made.final === INVALID_OID) return value;
      const final = registry.scalar(made.final);
      assert(final, `function ${made.final} is registered`);
      if (final.strict && value === null) return null;
      const extra = made.finalExtra ? args : [];
      const types = { args: [type, ...extra], result, variadic: false };
      return final.callFor(types)(context, value, ...extra.map(() => null));
    },
  };
}
