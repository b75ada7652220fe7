/** CALL IN A BODY: what the procedure gives goes into the variables that stand in its place. */
import { SqlError } from "../../base/sql-error.ts";
import type { PlacedSql, Port } from "./port.ts";
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
