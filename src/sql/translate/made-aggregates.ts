/** Aggregates of users': made of functions of the system's, and of users' in SQL and PL/pgSQL. */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAggregate } from "../../catalog/relations/pg-aggregate.ts";
import { pgLanguage } from "../../catalog/relations/pg-language.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Expression } from "../bind/tree.ts";
import {
  ANYARRAY,
  ANYCOMPATIBLE,
  ANYCOMPATIBLEARRAY,
  ANYCOMPATIBLENONARRAY,
  ANYELEMENT,
  ANYENUM,
  ANYNONARRAY,
} from "../bind/type-oids.ts";
import { implementerOf } from "../functions/implementers.ts";
import { elementTypeOf } from "../types/type-io.ts";
import type { Emitter } from "./emitter.ts";
import type { MadeAggregate, MadeStep } from "./translation.ts";

type Call = Extract<Expression, { kind: "aggregate" | "window" }>;

/** Throws 0A000 where one of its functions cannot be called. */
export function madeAggregate(emitter: Emitter, node: Call): MadeAggregate {
  const { catalog } = emitter.context;
  const row = catalog.find(pgAggregate, "key", [node.function]);
  const own = catalog.find(pgProc, "key", [node.function]);
  const refuse = (why: string) =>
    notSupported(`calling aggregate ${own?.proname ?? node.function}, ${why},`, node.position);
  if (!row || !own) throw refuse("which is not there");
  const args = node.args.map(({ type }) => type);
  const state = stateType(catalog, row.aggtranstype, own.proargtypes, args);
  if (state === undefined) throw refuse("whose state is of no plain type");
  const stepOf = (id: Oid): MadeStep => {
    const step = findStep(emitter, id);
    if ("why" in step) throw refuse(step.why);
    return step;
  };
  return {
    transition: stepOf(row.aggtransfn),
    final: row.aggfinalfn === INVALID_OID ? undefined : stepOf(row.aggfinalfn),
    finalExtra: row.aggfinalextra,
    ...{ state, initial: row.agginitval, args, result: node.type },
  };
}

/** A function of the system's, or a user's in a language that runs here. */
function findStep(emitter: Emitter, id: Oid): MadeStep | { readonly why: string } {
  const { catalog, registry } = emitter.context;
  const row = catalog.find(pgProc, "key", [id]);
  const name = row?.proname ?? String(id);
  const computing = implementerOf(catalog, id);
  const found = registry.scalar(computing);
  if (found?.session) return { why: `whose function ${name} belongs to the session` };
  if (found) return { function: computing, strict: found.strict, isRoutine: false };
  const language = row && catalog.find(pgLanguage, "key", [row.prolang])?.lanname;
  if (!row || (language !== "sql" && language !== "plpgsql") || row.proretset) {
    return { why: `whose function ${name} is none that can run in it` };
  }
  emitter.notesQueries();
  return { function: id, strict: row.proisstrict, isRoutine: true };
}

const ELEMENTS: ReadonlySet<Oid> = new Set([
  ...[ANYELEMENT, ANYNONARRAY, ANYENUM, ANYCOMPATIBLE, ANYCOMPATIBLENONARRAY],
]);
const ARRAYS: ReadonlySet<Oid> = new Set([ANYARRAY, ANYCOMPATIBLEARRAY]);

/** What the state of a polymorphic aggregate is in a call; undefined where that is not simple. */
function stateType(
  catalog: CatalogReader,
  declared: Oid,
  parameters: readonly Oid[],
  args: readonly Oid[],
): Oid | undefined {
  if (catalog.find(pgType, "key", [declared])?.typtype !== "p") return declared;
  let element: Oid | undefined;
  for (const [at, parameter] of parameters.entries()) {
    const given = args[at];
    if (given === undefined) continue;
    if (ELEMENTS.has(parameter)) element ??= given;
    if (ARRAYS.has(parameter)) element ??= elementTypeOf(given, catalog);
  }
  if (element === undefined) return undefined;
  if (ELEMENTS.has(declared)) return element;
  return ARRAYS.has(declared) ? catalog.find(pgType, "key", [element])?.typarray : undefined;
}

/** Equal ones have equal numbers, on every connection. */
export function numberOf(made: MadeAggregate): string {
  const key = JSON.stringify(made);
  const number = numbers.get(key) ?? numbers.size + 1;
  numbers.set(key, number);
  return `_made${number}`;
}

const numbers = new Map<string, number>();
