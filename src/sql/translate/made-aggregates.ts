/** Aggregates of users': made of functions that are the system's own. */
import { INVALID_OID } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { pgAggregate } from "../../catalog/relations/pg-aggregate.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Expression } from "../bind/tree.ts";
import type { MadeAggregate, TranslateContext } from "./translation.ts";

type Call = Extract<Expression, { kind: "aggregate" | "window" }>;

/** Throws 0A000 where one of its functions is not there, or depends on the types of the call. */
export function madeAggregate(context: TranslateContext, node: Call): MadeAggregate {
  const { catalog, registry } = context;
  const row = catalog.find(pgAggregate, "key", [node.function]);
  const own = catalog.find(pgProc, "key", [node.function]);
  const refuse = (why: string) =>
    notSupported(`calling aggregate ${own?.proname ?? node.function}, ${why},`, node.position);
  if (!row) throw refuse("which is not there");
  for (const id of [row.aggtransfn, row.aggfinalfn]) {
    if (id === INVALID_OID) continue;
    const name = catalog.find(pgProc, "key", [id])?.proname ?? String(id);
    const found = registry.scalar(id);
    if (!found) throw refuse(`whose function ${name} is none that can run in it`);
    if (found.session) throw refuse(`whose function ${name} belongs to the session`);
  }
  const args = own?.proargtypes ?? [];
  const types = [row.aggtranstype, node.type, ...args];
  if (types.some((type) => catalog.find(pgType, "key", [type])?.typtype === "p")) {
    throw refuse("which is polymorphic");
  }
  return {
    ...{ transition: row.aggtransfn, final: row.aggfinalfn, finalExtra: row.aggfinalextra },
    ...{ state: row.aggtranstype, initial: row.agginitval, args, result: node.type },
  };
}

/** Equal ones have equal numbers, on every connection. */
export function numberOf(made: MadeAggregate): string {
  const key = JSON.stringify(made);
  const number = numbers.get(key) ?? numbers.size + 1;
  numbers.set(key, number);
  return `_made${number}`;
}

const numbers = new Map<string, number>();
