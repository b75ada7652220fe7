/** Every function that the server computes, those that only a session can among them. */
import { type Implementations, implementations } from "../functions/registrations.ts";
import { liveFunctions, sleepFunctions } from "../session/session-functions.ts";
import { printers } from "./printing.ts";

export function allImplementations(): Implementations {
  const { scalars, sets, aggregates } = implementations(printers);
  return {
    scalars: [...scalars, ...sleepFunctions],
    sets: [...sets, ...liveFunctions],
    aggregates,
  };
}
