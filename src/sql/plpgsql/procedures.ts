/**
 * CALL IN A BODY, what the procedure gives going into the variables that stand in its place; and
 * the ends of transactions in procedures.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Ending, PlacedSql, Port } from "./port.ts";
import { Store } from "./store.ts";
import type { Frame } from "./variables.ts";

/** `isGuarded`: it may end no transaction. Throws 42601. */
export function callProcedure(port: Port, sql: PlacedSql, frame: Frame, isGuarded: boolean): void {
  const call = port.procedure(sql, frame);
  for (const { path, parameter } of call.outputs) {
    if (path && frame.find(path)) continue;
    const what = `procedure parameter "${parameter}" is an output parameter`;
    throw new SqlError("42601", `${what} but corresponding argument is not writable`);
  }
  const [row] = port.runProcedure(call, isGuarded);
  const store = new Store(port);
  call.outputs.forEach(({ path }, at) => {
    const column = call.columns?.[at];
    if (path && column) store.assign(frame, path, row?.[at] ?? null, column.type);
  });
}

/** What a loop that is running goes over. */
export type Pinned = "a cursor" | "rows that it changes";

/** `guarded`: blocks with handlers that are running. Throws 2D000, 0A000, 55000. */
export function endTransaction(
  port: Port,
  { commits, chain }: Ending,
  guarded: number,
  pinned: Pinned | undefined,
): void {
  if (!port.endTransaction) throw new SqlError("2D000", "invalid transaction termination");
  if (guarded > 0) {
    const what = commits ? "commit" : "roll back";
    throw new SqlError("2D000", `cannot ${what} while a subtransaction is active`);
  }
  if (pinned === "rows that it changes") {
    const where = "inside a cursor loop that is not read-only";
    throw new SqlError("55000", `cannot perform transaction commands ${where}`);
  }
  if (pinned === "a cursor") {
    const what = commits ? "COMMIT" : "ROLLBACK";
    throw new SqlError("0A000", `${what} in a loop over a cursor in PL/pgSQL is not supported`);
  }
  port.endTransaction({ commits, chain });
}
