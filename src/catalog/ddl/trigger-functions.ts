/** Functions that triggers call: what of them nothing runs is refused when the trigger is made. */
import { notSupported } from "../../base/sql-error.ts";
import { BUILTIN_TRIGGERS } from "../builtin-triggers.ts";
import { languageOf } from "../languages.ts";
import type { pgProc } from "../relations/pg-proc.ts";
import type { DdlContext } from "./context.ts";

/** Throws 0A000. */
export function checkFiredFunction(
  { catalog, expressions }: DdlContext,
  { proname, prolang, prosrc }: ReturnType<typeof pgProc.view>,
  firedBy: "trigger" | "event trigger",
): void {
  const what = `${firedBy} function "${proname}"`;
  const language = languageOf(catalog, prolang);
  if (language === "internal" && firedBy === "trigger" && BUILTIN_TRIGGERS.has(prosrc)) return;
  if (language !== "plpgsql") throw notSupported(`${what}, which is not in PL/pgSQL,`);
  const refused = expressions.whyNotRun(prosrc, proname, firedBy);
  if (refused !== undefined) throw notSupported(`${refused} in ${what}`);
}
