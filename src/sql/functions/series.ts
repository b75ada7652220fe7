/** generate_series. https://www.postgresql.org/docs/15/functions-srf.html */
import { SqlError } from "../../base/sql-error.ts";
import { asInteger, defineSet } from "./define.ts";
import type { SetFunctionDefinition } from "./registry.ts";

function* integers(from: bigint, to: bigint, step: bigint) {
  if (step === 0n) throw new SqlError("22023", "step size cannot equal zero");
  for (let value = from; step > 0n ? value <= to : value >= to; value += step) yield [value];
}

export const seriesFunctions: readonly SetFunctionDefinition[] = ["int4", "int8"].flatMap(
  (type) => [
    defineSet(`generate_series(${type}, ${type})`, (_c, from, to) =>
      integers(asInteger(from), asInteger(to), 1n),
    ),
    defineSet(`generate_series(${type}, ${type}, ${type})`, (_c, from, to, step) =>
      integers(asInteger(from), asInteger(to), asInteger(step)),
    ),
  ],
);
