/** What a query calls that locks rows as it reads them: see translate/row-locks.ts. */
import { assert } from "../../base/assert.ts";
import type { FunctionContext } from "../functions/registry.ts";
import type { RowLocks } from "../functions/server.ts";
import type { Scalar } from "../types/scalar.ts";

function locksOf({ effects }: FunctionContext): RowLocks {
  assert(effects, "rows are locked on the session's thread");
  return effects.rowLocks;
}

export const rowLockFunctions: readonly [
  string,
  (context: FunctionContext, ...args: Scalar[]) => Scalar,
][] = [
  [
    "lock_rows",
    (context, tables = null, ...found) =>
      locksOf(context).lock(String(tables), found.map(Number)) ? 1n : 0n,
  ],
  [
    "take_row",
    (context, storage = null, version = null) => {
      if (version !== null) locksOf(context).take(Number(storage), Number(version));
      return version;
    },
  ],
];
