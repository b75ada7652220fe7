/**
 * Functions, operators and what is made of them, by name and types.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/parser/parse_func.c
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError, withoutPosition } from "../../base/sql-error.ts";
import { addressOf } from "../describe.ts";
import { findMeant } from "../names.ts";
import type { ObjectName, RoutineKind } from "../object-name.ts";
import type { Tuple } from "../relation.ts";
import { pgAm } from "../relations/pg-am.ts";
import { pgCast } from "../relations/pg-cast.ts";
import { pgLanguage } from "../relations/pg-language.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { pgOperator } from "../relations/pg-operator.ts";
import { pgOpfamily } from "../relations/pg-opfamily.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { pgTransform } from "../relations/pg-transform.ts";
import { pgType } from "../relations/pg-type.ts";
import type { QualifiedName, TypeName } from "../statement.ts";
import { resolveTypeName } from "../type-name.ts";
import type { FindContext } from "./context.ts";
import { namespacesOf, nameText } from "./find-named.ts";
import { searchPathOf } from "./lookup.ts";
import type { FoundObject } from "./object-ownership.ts";

type Named<K extends ObjectName["kind"]> = Extract<ObjectName, { kind: K }>;
type ProcTuple = Tuple<(typeof pgProc)["columns"]>;

/** A type in a statement whose errors have no position. */
export const typeOf = (context: FindContext, name: TypeName, orShell = false) =>
  withoutPosition(() => {
    const { catalog, user } = context;
    return resolveTypeName(catalog, name, searchPathOf(context), user.oid, orShell).row;
  });

/** In a statement about the type itself, which is no other name of another. */
export const typeItself = (context: FindContext, name: TypeName, orShell = false) =>
  typeOf(context, { ...name, isExact: true }, orShell);

export function findRoutine(context: FindContext, object: Named<"routine">): FoundObject {
  const { routine, name, args } = object;
  const row = args === undefined ? onlyOne(context, object) : withTypes(context, object, args);
  const address = addressOf(pgProc.oid, row.oid);
  const ownership = { by: "owner", owner: row.proowner, noun: routine, name: nameText(name) };
  return { address, shared: false, ownership } as FoundObject;
}

/** Without a list of arguments the name must mean one routine of the kind. */
function onlyOne(context: FindContext, { routine, name }: Named<"routine">): ProcTuple {
  const isProcedure = ({ prokind }: ProcTuple) => prokind === "p";
  const fitting = routinesNamed(context, name).filter((row) =>
    routine === "routine" ? true : isProcedure(row) === (routine === "procedure"),
  );
  const [row, ...more] = fitting;
  if (!row) {
    const what = routine === "routine" ? "function" : routine;
    const article = what === "aggregate" ? "an" : "a";
    const message = `could not find ${article} ${what} named "${nameText(name)}"`;
    throw new SqlError("42883", message);
  }
  if (more.length > 0) {
    const message = `${routine} name "${nameText(name)}" is not unique`;
    throw new SqlError("42725", message, {
      hint: `Specify the argument list to select the ${routine} unambiguously.`,
    });
  }
  checkKind(context, routine, row, name);
  return row;
}

function withTypes(
  context: FindContext,
  { routine, name, allArgs }: Named<"routine">,
  args: readonly TypeName[],
): ProcTuple {
  const types = args.map((arg) => typeOf(context, arg, true).oid);
  const named = routinesNamed(context, name);
  const byInput = named.find(({ proargtypes }) => proargtypes.join() === types.join());
  const all = allArgs?.map((arg) => typeOf(context, arg).oid).join();
  const byAll = named.filter((row) => row.prokind === "p" && argumentsOf(row).join() === all);
  const found = new Set([...(byInput ? [byInput] : []), ...byAll]);
  if (found.size > 1) {
    throw new SqlError("42725", `${routine} name "${nameText(name)}" is not unique`);
  }
  const [row] = found;
  if (row) {
    checkKind(context, routine, row, name);
    return row;
  }
  const what = routine === "routine" ? "function" : routine;
  const shown =
    routine === "aggregate" && types.length === 0
      ? `${nameText(name)}(*)`
      : signature(context, name, types);
  throw new SqlError("42883", `${what} ${shown} does not exist`);
}

/** Types of all parameters, those that are output, too. */
const argumentsOf = ({ proallargtypes, proargtypes }: ProcTuple): readonly Oid[] =>
  proallargtypes ?? proargtypes;

/** A plain function by the types of its arguments; undefined: there is none. */
export const findRoutineNamed = (
  context: FindContext,
  name: QualifiedName,
  types: readonly Oid[],
): ProcTuple | undefined =>
  routinesNamed(context, name).find(({ proargtypes }) => proargtypes.join() === types.join());

/** A plain function by the types of its arguments. Throws 42883. */
export function findRoutineOfTypes(
  context: FindContext,
  name: QualifiedName,
  types: readonly Oid[],
): ProcTuple {
  const row = findRoutineNamed(context, name, types);
  if (row) return row;
  const message = `function ${signature(context, name, types)} does not exist`;
  throw new SqlError("42883", message);
}

/** In the order of the path; what an earlier schema has hides what a later one has. */
function routinesNamed(context: FindContext, name: QualifiedName): readonly ProcTuple[] {
  const rows = context.catalog.list(pgProc, "proname_args_nsp", [name.name]);
  const known = new Map<string, ProcTuple>();
  for (const namespace of namespacesOf(context, name)) {
    for (const row of rows) {
      const types = row.proargtypes.join();
      if (row.pronamespace === namespace && !known.has(types)) known.set(types, row);
    }
  }
  return [...known.values()];
}

function checkKind(
  context: FindContext,
  routine: RoutineKind,
  { prokind, proargtypes }: ProcTuple,
  name: QualifiedName,
): void {
  const shown = signature(context, name, proargtypes);
  const refuse = (message: string) => new SqlError("42809", message);
  if (routine === "function" && prokind === "p") throw refuse(`${shown} is not a function`);
  if (routine === "procedure" && prokind !== "p") throw refuse(`${shown} is not a procedure`);
  if (routine === "aggregate" && prokind !== "a") {
    throw refuse(`function ${shown} is not an aggregate`);
  }
}

const signature = (context: FindContext, name: QualifiedName, types: readonly Oid[]): string =>
  `${nameText(name)}(${types.map((type) => context.expressions.typeText(type)).join(", ")})`;

export function findOperator(context: FindContext, object: Named<"operator">): FoundObject {
  const { name } = object;
  const [left, right] = [object.left, object.right].map((type) =>
    type === undefined ? (0 as Oid) : typeOf(context, type).oid,
  ) as [Oid, Oid];
  const row = findOperatorOfTypes(context, name, left, right);
  const owner = { owner: row.oprowner, noun: "operator", name: nameText(name) };
  const address = addressOf(pgOperator.oid, row.oid);
  return { address, shared: false, ownership: { by: "owner", ...owner } };
}

/** 0 = no operand on that side. Throws 42883, 42601. */
export function findOperatorOfTypes(
  context: FindContext,
  name: QualifiedName,
  left: Oid,
  right: Oid,
): Tuple<(typeof pgOperator)["columns"]> {
  // An unknown schema is no mistake here: the operator does not exist.
  const isOwn = name.database === undefined || name.database === context.databaseName;
  const isKnown = !isOwn || name.schema === undefined || findMeant(context.catalog, name.schema);
  for (const namespace of isKnown ? namespacesOf(context, name) : []) {
    const key = [name.name, left, right, namespace];
    const row = context.catalog.find(pgOperator, "oprname_l_r_n", key);
    if (row) return row;
  }
  if (right === 0) throw new SqlError("42601", "postfix operators are not supported");
  const type = (oid: Oid) => context.expressions.typeText(oid);
  const before = left === 0 ? "" : `${type(left)} `;
  const message = `operator does not exist: ${before}${nameText(name)} ${type(right)}`;
  throw new SqlError("42883", message);
}

const methodOf = (context: FindContext, name: string): Oid => {
  const row = context.catalog.find(pgAm, "name", [name]);
  if (!row) throw new SqlError("42704", `access method "${name}" does not exist`);
  return row.oid;
};

export function findOperatorGroup(
  context: FindContext,
  { kind, method, name }: Named<"operatorClass" | "operatorFamily">,
): FoundObject {
  const { catalog } = context;
  const noun = kind === "operatorClass" ? "operator class" : "operator family";
  const am = methodOf(context, method);
  for (const namespace of namespacesOf(context, name)) {
    const key = [am, name.name, namespace];
    const group =
      kind === "operatorClass"
        ? catalog.find(pgOpclass, "am_name_nsp", key)
        : catalog.find(pgOpfamily, "am_name_nsp", key);
    if (!group) continue;
    const owner = "opcowner" in group ? group.opcowner : group.opfowner;
    const relation = kind === "operatorClass" ? pgOpclass : pgOpfamily;
    const address = addressOf(relation.oid, group.oid);
    const ownership = { by: "owner", owner, noun, name: `${method}.${nameText(name)}` } as const;
    return { address, shared: false, ownership };
  }
  const message = `${noun} "${nameText(name)}" does not exist for access method "${method}"`;
  throw new SqlError("42704", message);
}

export function findCast(context: FindContext, object: Named<"cast">): FoundObject {
  const [source, target] = [typeOf(context, object.source), typeOf(context, object.target)];
  const key = [source.oid, target.oid];
  const row = context.catalog.find(pgCast, "source_target", key);
  const [from, to] = key.map((type) => context.expressions.typeText(type as Oid));
  if (!row) throw new SqlError("42704", `cast from type ${from} to type ${to} does not exist`);
  const ownership = {
    by: "either",
    owners: [source.typowner, target.typowner],
    what: `type ${from} or type ${to}`,
  } as const;
  return { address: addressOf(pgCast.oid, row.oid), shared: false, ownership };
}

export function findTransform(context: FindContext, object: Named<"transform">): FoundObject {
  const { catalog } = context;
  const type = typeOf(context, object.type);
  const language = catalog.find(pgLanguage, "name", [object.language]);
  if (!language) throw new SqlError("42704", `language "${object.language}" does not exist`);
  const row = catalog.find(pgTransform, "type_lang", [type.oid, language.oid]);
  const shown = context.expressions.typeText(type.oid);
  if (!row) {
    const message = `transform for type ${shown} language "${object.language}" does not exist`;
    throw new SqlError("42704", message);
  }
  const owner = catalog.find(pgType, "key", [row.trftype])?.typowner ?? type.typowner;
  const ownership = { by: "owner", owner, noun: "type", name: shown } as const;
  return { address: addressOf(pgTransform.oid, row.oid), shared: false, ownership };
}
