/** FUNCTIONS THAT TRIGGERS CALL: found, read once, and run over what they are given. */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { languageOf } from "../../catalog/languages.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { bodyFiredBy, type FiredBy } from "../plpgsql/bodies.ts";
import type { Returned } from "../plpgsql/called.ts";
import type { Port } from "../plpgsql/port.ts";
import { runBody } from "../plpgsql/run.ts";
import type { Frame } from "../plpgsql/variables.ts";
import type { StatementContext } from "../session/engine.ts";
import { settingsOf } from "./routines.ts";
import { signatureOf } from "./signatures.ts";
import { tooDeep } from "./too-deep.ts";

/** `frame`: by the function's name. Throws 0A000, 54001, and what the body raises. */
export function runFired(
  context: StatementContext,
  called: Oid,
  firedBy: FiredBy,
  frame: (name: string) => Frame,
  port: Port,
): { readonly returned: Returned | undefined; readonly signature: () => string } {
  const proc = context.catalog.find(pgProc, "key", [called]);
  if (!proc) throw new SqlError("XX000", `cache lookup failed for function ${called}`);
  const { proname, prolang, prosecdef, proowner, prosrc } = proc;
  const language = languageOf(context.catalog, prolang);
  if (language !== "plpgsql") throw notSupported(`calling function "${proname}" by a trigger`);
  const { body, id } = bodyFiredBy(prosrc, proname, firedBy);
  const signature = signatureOf(proc.oid, context);
  const definer = prosecdef ? proowner : undefined;
  const leave = context.effects.enterRoutine({ definer, settings: settingsOf(proc) });
  try {
    return { returned: runBody({ body, id, signature }, frame(proname), port), signature };
  } catch (error) {
    throw error instanceof RangeError ? tooDeep() : error;
  } finally {
    leave();
  }
}
