/** Every function that the server computes, those that only a session can among them. */
import type { BuiltinCatalog } from "../bind/builtin.ts";
import { type Implementations, implementations } from "../functions/registrations.ts";
import { liveFunctions, statefulFunctions } from "../session/session-functions.ts";
import { printersOf } from "./printing.ts";

export function allImplementations(builtin: BuiltinCatalog): Implementations {
  const { scalars, sets, aggregates } = implementations(printersOf(builtin));
  return {
    scalars: [...scalars, ...statefulFunctions],
    sets: [...sets, ...liveFunctions],
    aggregates,
  };
}
