/** Calls within calls are as many as the stack holds. */
import { SqlError } from "../../base/sql-error.ts";

export const tooDeep = (): SqlError =>
  new SqlError("54001", "stack depth limit exceeded", {
    hint:
      'Increase the configuration parameter "max_stack_depth" (currently 2048kB), ' +
      "after ensuring the platform's stack depth limit is adequate.",
  });
