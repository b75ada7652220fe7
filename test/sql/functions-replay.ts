/**
 * Runs a recorded call against our own functions and says what came out, in the shape of the
 * recording.
 */
import { type Oid, oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { pgProc } from "../../src/catalog/relations/pg-proc.ts";
import { pgType } from "../../src/catalog/relations/pg-type.ts";
import type { CallTypes, FunctionContext } from "../../src/sql/functions/registry.ts";
import type { Scalar } from "../../src/sql/types/scalar.ts";
import { formatText, parseText } from "../../src/sql/types/type-io.ts";
import { contextWith, memoryCatalog, registry } from "./functions-support.ts";

export interface Recorded {
  readonly kind: "scalar" | "set" | "agg";
  readonly signature: string;
  readonly variadic?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
  readonly argTypes: readonly number[];
  readonly args: readonly (readonly (string | null)[])[];
  readonly rows?: readonly (readonly (string | null)[])[];
  readonly types?: readonly number[];
  readonly error?: readonly (string | null)[];
}

const oids = new Map<string, Oid>();
for (const row of memoryCatalog.all(pgProc)) {
  const types = row.proargtypes.map((type) => memoryCatalog.find(pgType, "key", [type])?.typname);
  oids.set(`${row.proname}(${types.join(", ")})`, row.oid);
}

function compute(one: Recorded, context: FunctionContext): Iterable<readonly Scalar[]> {
  const id = oids.get(one.signature);
  if (id === undefined) throw new Error(`no procedure ${one.signature}`);
  const types: CallTypes = {
    args: one.argTypes.map(oid),
    result: oid(one.types?.[0] ?? 0),
    variadic: one.variadic ?? false,
  };
  const rows = one.args.map((row) =>
    row.map((arg, at) =>
      arg === null ? null : parseText(types.args[at] as Oid, arg, -1, context),
    ),
  );
  const [args = []] = rows;
  if (one.kind === "agg") {
    const found = registry.aggregate(id);
    if (!found) throw new Error(`not implemented: ${one.signature}`);
    const { start, step, result } = found.callFor(types);
    const state = rows.reduce((before, row) => step(context, before, ...row), start());
    return [[result(context, state)]];
  }
  if (one.kind === "set") {
    const found = registry.set(id);
    if (!found) throw new Error(`not implemented: ${one.signature}`);
    if (found.strict && args.includes(null)) return [];
    return found.callFor(types)(context, ...args);
  }
  const found = registry.scalar(id);
  if (!found) throw new Error(`not implemented: ${one.signature}`);
  if (found.strict && args.includes(null)) return [[null]];
  return [[found.callFor(types)(context, ...args)]];
}

export function replay(one: Recorded): Pick<Recorded, "rows" | "error"> {
  const context = contextWith(one.settings);
  try {
    const rows = [...compute(one, context)].map((row) =>
      row.map((value, at) =>
        value === null ? null : formatText(oid(one.types?.[at] ?? 25), value, context),
      ),
    );
    return { rows };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { detail, hint } = error.fields;
    return { error: [error.code, error.message, detail ?? null, hint ?? null] };
  }
}
