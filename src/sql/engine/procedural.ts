/**
 * FUNCTIONS AND PROCEDURES IN PL/pgSQL THAT STATEMENTS CALL: what is known of one before it runs,
 * and its body run over the values of a call. https://www.postgresql.org/docs/15/plpgsql-declarations.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { functionFacts } from "../bind/builtin.ts";
import type { Field } from "../bind/field.ts";
import type { RoutineShape } from "../bind/routine-body.ts";
import type { ProcTuple } from "../bind/routine-facts.ts";
import { RECORD } from "../bind/type-oids.ts";
import { bodyOf, givenByCall, nothingOf } from "../plpgsql/bodies.ts";
import type { Port } from "../plpgsql/port.ts";
import { Results } from "../plpgsql/returns.ts";
import { runBody } from "../plpgsql/run.ts";
import { Store } from "../plpgsql/store.ts";
import { Frame, row, scalar, type Variable } from "../plpgsql/variables.ts";
import type { ResultRow } from "../session/engine.ts";
import type { ProceduralCode, RoutineCode } from "../session/routine-code.ts";
import type { Scalar } from "../types/scalar.ts";
import { signatureOf } from "./signatures.ts";
import { tooDeep } from "./too-deep.ts";

/** Throws what is wrong with the text of its body. */
export function proceduralOf(proc: ProcTuple, shape: RoutineShape): ProceduralCode {
  const { modes, names, returnsSet } = functionFacts(proc);
  const inputs = shape.args.values();
  const outputs = shape.outputs.values();
  const all = modes ?? shape.args.map(() => "i");
  const parameters = all.map((mode, at) => {
    const input = "ibv".includes(mode) ? inputs.next().value : undefined;
    const output = "obt".includes(mode) ? outputs.next().value : undefined;
    return { name: names?.[at] ?? "", type: (input ?? output?.type) as Oid, mode };
  });
  const given = givenByCall({
    name: proc.proname,
    parameters: parameters.map(({ name }) => name),
    count: parameters.length,
    set: returnsSet,
    outputs: parameters.some(({ mode }) => "obt".includes(mode)),
    nothing: nothingOf(proc.prorettype, proc.prokind === "p"),
  });
  const isProcedure = proc.prokind === "p";
  const body = bodyOf(proc.prosrc, given);
  return { oid: proc.oid, body, isProcedure, returnsSet, parameters };
}

/** Its rows; none: what it returned is NULL, or nothing. */
export function runProcedural(
  { shape }: RoutineCode,
  code: ProceduralCode,
  values: readonly Scalar[],
  port: Port,
): readonly ResultRow[] {
  const { body, id } = code.body;
  const { oid } = code;
  const signature = oid === undefined ? () => shape.name : signatureOf(oid, port.types);
  const frame = new Frame(shape.name);
  const outputs = addParameters(frame, code, values, port);
  const results = new Results(port, {
    type: shape.result,
    fields: fieldsOf(shape, port),
    set: code.returnsSet,
    outputs,
  });
  const inside = (): string => `PL/pgSQL function ${signature()}`;
  try {
    const called = { body, id, signature, results, isProcedure: code.isProcedure };
    const returned = runBody(called, frame, port);
    if (!returned && !results.mayEnd) {
      const message = "control reached end of function without RETURN";
      throw new SqlError("2F005", message).within(inside());
    }
    if (code.returnsSet) return results.rows;
    const where = () => `${inside()} while casting return value to function's return type`;
    const last = during(where, () => results.last(returned));
    return last ? [last] : [];
  } catch (error) {
    throw error instanceof RangeError ? tooDeep() : error;
  }
}

function during<T>(where: () => string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SqlError ? error.within(where()) : error;
  }
}

function fieldsOf({ result, outputs }: RoutineShape, port: Port): readonly Field[] | undefined {
  if (outputs.length > 1 || (outputs.length === 1 && result === RECORD)) return outputs;
  return port.fieldsOf(result);
}

/** Each by its name and by its number. Those that it returns. */
function addParameters(
  frame: Frame,
  { parameters }: ProceduralCode,
  values: readonly Scalar[],
  port: Port,
): readonly Variable[] {
  const given = values.values();
  const outputs: Variable[] = [];
  const store = new Store(port);
  for (const [at, { name, type, mode }] of parameters.entries()) {
    const number = `$${at + 1}`;
    const fields = type === RECORD ? undefined : port.fieldsOf(type);
    const isRow = type === RECORD || fields !== undefined;
    const none = fields?.map(() => null);
    const variable = isRow
      ? row(name || number, type, fields, none)
      : scalar(name || number, type, null);
    frame.add(variable, number);
    if (name !== "") frame.add(variable);
    if ("ibv".includes(mode)) {
      const value = given.next().value ?? null;
      if (variable.kind === "scalar") variable.value = value;
      else if (value !== null) store.assign(frame, [number], value, type);
    }
    if ("obt".includes(mode)) outputs.push(variable);
  }
  return outputs;
}
