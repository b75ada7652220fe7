/** What a default that `ADD COLUMN` brings is worth for the rows that are there. */
import type { Expression } from "../bind/tree.ts";
import { formatMissing } from "./missing.ts";
import { stepOf } from "./row-step.ts";
import type { TableWorkEngine } from "./table-work.ts";

/** As pg_attribute.attmissingval keeps it. Throws what computing it throws. */
export function missingValueOf(
  tree: Expression,
  target: Parameters<typeof formatMissing>[1],
  engine: Pick<TableWorkEngine, "evaluate" | "translate">,
  context: Parameters<typeof formatMissing>[2],
): string | null {
  const step = stepOf((bound) => engine.translate(bound), [tree], []);
  const [value = null] = engine.evaluate(step, []);
  return value === null ? null : formatMissing(value, target, context);
}
