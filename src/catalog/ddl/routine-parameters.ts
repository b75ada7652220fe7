/**
 * Parameters and results of a routine: types resolved, defaults bound, and what pg_proc says of
 * them.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/functioncmds.c
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { notice, SqlError, withoutPosition } from "../../base/sql-error.ts";
import type { TypeTuple } from "../names.ts";
import { isTrueArray } from "../opclasses.ts";
import { pgType } from "../relations/pg-type.ts";
import type { CreateRoutine, ParameterMode, RoutineParameter } from "../routine-statement.ts";
import type { TypeName } from "../statement.ts";
import { resolveTypeName, typeNameText } from "../type-name.ts";
import { insertShell } from "./base-types.ts";
import type { DdlContext, StoredRoutineDefaults } from "./context.ts";
import { creationNamespace, searchPathOf } from "./lookup.ts";
import { checkMayUseType } from "./type-owner.ts";

const [ANY, ANYARRAY, RECORD, VOID] = [oid(2276), oid(2277), oid(2249), oid(2278)];
const ANYCOMPATIBLEARRAY = oid(5078);

export interface Signature {
  /** Of the input parameters. */
  readonly args: readonly Oid[];
  readonly variadic: Oid;
  /** Of all parameters; null where all are inputs. */
  readonly allArgs: readonly Oid[] | null;
  readonly modes: readonly ParameterMode[] | null;
  readonly names: readonly string[] | null;
  readonly defaults: StoredRoutineDefaults | undefined;
  readonly result: Oid;
  readonly returnsSet: boolean;
}

interface Parameter extends Omit<RoutineParameter, "type"> {
  readonly type: Oid;
}

const isInput = ({ mode }: { readonly mode: ParameterMode }): boolean =>
  mode === "i" || mode === "b" || mode === "v";
const isOutput = ({ mode }: { readonly mode: ParameterMode }): boolean =>
  mode === "o" || mode === "b" || mode === "t";

/** `language`: of its name; "aggregate" of none. */
export function signatureOf(
  context: DdlContext,
  { parameters, returns, routine }: CreateRoutine,
  language: string,
): Signature {
  const isProcedure = routine === "procedure";
  const read = parameters.map((parameter) => {
    const type = parameterType(context, parameter.type, language);
    return { ...parameter, type: type.oid };
  });
  checkParameters(context, read, isProcedure);
  const outputs = read.filter(isOutput);
  const inputs = read.filter(isInput);
  const result = returns
    ? statedResult(context, returns.type, outputs, language)
    : impliedResult(outputs, isProcedure);
  const plain = outputs.length === 0 && read.every(({ mode }) => mode === "i");
  const names = read.map(({ name }) => name ?? "");
  return {
    args: inputs.map(({ type }) => type),
    variadic: variadicElement(context, read),
    allArgs: plain ? null : read.map(({ type }) => type),
    modes: plain ? null : read.map(({ mode }) => mode),
    names: names.some((name) => name !== "") ? names : null,
    defaults: bindDefaults(context, read, isProcedure),
    result,
    returnsSet: returns?.setof ?? false,
  };
}

function parameterType(context: DdlContext, name: TypeName, language: string): TypeTuple {
  const row = typeOf(context, name, "parameter");
  if (!row.typisdefined) {
    const shown = context.expressions.typeText(row.oid);
    if (language === "sql" || language === "aggregate") {
      const what = language === "sql" ? "SQL function" : "aggregate";
      throw new SqlError("42P13", `${what} cannot accept shell type ${shown}`);
    }
    context.notice(notice(`argument type ${shown} is only a shell`, {}, "42809"));
  }
  checkMayUseType(context, row);
  return row;
}

function checkParameters(
  context: DdlContext,
  parameters: readonly Parameter[],
  isProcedure: boolean,
): void {
  let variadic = false;
  const seen = new Map<string, ParameterMode>();
  for (const parameter of parameters) {
    const { mode, name, type } = parameter;
    if (parameter.setof) {
      const what = isProcedure ? "procedures" : "functions";
      throw new SqlError("42P13", `${what} cannot accept set arguments`);
    }
    if (isInput(parameter) && variadic) {
      throw new SqlError("42P13", "VARIADIC parameter must be the last input parameter");
    }
    if (isProcedure && mode === "o" && variadic) {
      throw new SqlError("42P13", "VARIADIC parameter must be the last parameter");
    }
    if (mode === "v") {
      variadic = true;
      if (type !== ANY && elementOf(context, type) === INVALID_OID) {
        throw new SqlError("42P13", "VARIADIC parameter must be an array");
      }
    }
    if (name === undefined || name === "") continue;
    const other = seen.get(name);
    if (other !== undefined && meet(mode, other)) {
      throw new SqlError("42P13", `parameter name "${name}" used more than once`);
    }
    seen.set(name, mode);
  }
}

/** Two that are inputs, or two that are outputs: in one namespace. */
const meet = (a: ParameterMode, b: ParameterMode): boolean =>
  (isInput({ mode: a }) && isInput({ mode: b })) ||
  (isOutput({ mode: a }) && isOutput({ mode: b }));

function elementOf({ catalog }: DdlContext, type: Oid): Oid {
  if (type === ANYARRAY || type === ANYCOMPATIBLEARRAY) return type;
  const row = catalog.find(pgType, "key", [type]);
  return row && isTrueArray(row) ? row.typelem : INVALID_OID;
}

const polymorphicElements: ReadonlyMap<Oid, Oid> = new Map([
  [ANY, ANY],
  [ANYARRAY, oid(2283)],
  [ANYCOMPATIBLEARRAY, oid(5077)],
]);

function variadicElement(context: DdlContext, parameters: readonly Parameter[]): Oid {
  const last = parameters.find(({ mode }) => mode === "v");
  if (!last) return INVALID_OID;
  return polymorphicElements.get(last.type) ?? elementOf(context, last.type);
}

function bindDefaults(
  context: DdlContext,
  parameters: readonly Parameter[],
  isProcedure: boolean,
): StoredRoutineDefaults | undefined {
  let begun = false;
  for (const parameter of parameters) {
    if (parameter.default) {
      if (!isInput(parameter)) {
        throw new SqlError("42P13", "only input parameters can have default values");
      }
      begun = true;
    } else if (begun && isInput(parameter)) {
      const message = "input parameters after one with a default value must also have defaults";
      throw new SqlError("42P13", message);
    } else if (begun && isProcedure) {
      const message = "procedure OUT parameters cannot appear after one with a default value";
      throw new SqlError("42P13", message);
    }
  }
  const given = parameters.flatMap(({ default: value, type }) =>
    value ? { expression: value, type } : [],
  );
  return given.length === 0 ? undefined : context.expressions.bindParameterDefaults(given);
}

/** OUT parameters make the result: one its type, several a record. A procedure's are always one. */
/** PostgreSQL shows no place, and the name of a parameter's type as it is. */
function typeOf(context: DdlContext, name: TypeName, of: "parameter" | "result"): TypeTuple {
  const { catalog, user } = context;
  try {
    return withoutPosition(
      () => resolveTypeName(catalog, name, searchPathOf(context), user.oid, true).row,
    );
  } catch (error) {
    const isMissing = error instanceof SqlError && error.code === "42704";
    if (!isMissing || of === "result") throw error;
    throw new SqlError(error.code, error.message.replaceAll('"', ""), error.fields);
  }
}

function impliedResult(outputs: readonly Parameter[], isProcedure: boolean): Oid {
  const [first, second] = outputs;
  if (isProcedure) return first ? RECORD : VOID;
  if (!first) throw new SqlError("42P13", "function result type must be specified");
  return second ? RECORD : first.type;
}

/** Of a type that is not there a function in C or internal makes a shell. */
function resultType(context: DdlContext, name: TypeName, language: string): TypeTuple {
  try {
    const row = typeOf(context, name, "result");
    if (row.typisdefined) return row;
    const shown = context.expressions.typeText(row.oid);
    if (language === "sql") {
      throw new SqlError("42P13", `SQL function cannot return shell type ${shown}`);
    }
    context.notice(notice(`return type ${shown} is only a shell`, {}, "42809"));
    return row;
  } catch (error) {
    const isNew = error instanceof SqlError && error.code === "42704" && name.arrayDimensions === 0;
    if (!isNew || (language !== "c" && language !== "internal")) throw error;
    const detail = "Creating a shell type definition.";
    context.notice(notice(`type "${typeNameText(name)}" is not yet defined`, { detail }, "42704"));
    const { schema } = name;
    const named = { name: name.name, ...(schema === undefined ? {} : { schema }) };
    const namespace = creationNamespace(context, named);
    return insertShell(context, namespace.oid, name.name);
  }
}

function statedResult(
  context: DdlContext,
  name: TypeName,
  outputs: readonly Parameter[],
  language: string,
): Oid {
  const row = resultType(context, name, language);
  checkMayUseType(context, row);
  const [first, second] = outputs;
  const wanted = first ? (second ? RECORD : first.type) : row.oid;
  if (wanted === row.oid) return row.oid;
  const type = context.expressions.typeText(wanted);
  throw new SqlError("42P13", `function result type must be ${type} because of OUT parameters`);
}
