/** pg_sleep and its kin: the session waits and runs the statement again, so that no thread is held. */
import { assert } from "../../base/assert.ts";
import type { FunctionContext, FunctionDefinition, SessionEffects } from "../functions/registry.ts";
import { floatOf } from "../types/floats.ts";
import { intervalOf, intervalSpan } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";

/** What a session offers beside the effects that the registry knows. */
interface SleepingEffects extends SessionEffects {
  /** Throws a Wait the first time, returns when the statement runs again. */
  sleep?(seconds: number): void;
}

const VOID = "";

function sleep(context: FunctionContext, seconds: number): Scalar {
  const effects: SleepingEffects | undefined = context.effects;
  assert(effects?.sleep, "pg_sleep outside of a session");
  effects.sleep(seconds);
  return VOID;
}

const MICROSECONDS = 1_000_000;

/** To be registered beside the functions of sql/functions; they need a session's context. */
export const sleepFunctions: readonly FunctionDefinition[] = [
  {
    signature: "pg_sleep(float8)",
    call: (context, seconds) => sleep(context, floatOf(seconds as Uint8Array)),
  },
  {
    signature: "pg_sleep_for(interval)",
    call: (context, span) =>
      sleep(context, Number(intervalSpan(intervalOf(span as Uint8Array))) / MICROSECONDS),
  },
  {
    signature: "pg_sleep_until(timestamptz)",
    call: (context, until) =>
      sleep(context, Number((until as bigint) - context.statementTime) / MICROSECONDS),
  },
];
