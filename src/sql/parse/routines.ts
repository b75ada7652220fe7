/** CREATE and ALTER of functions and procedures. */
import type {
  AlterFunctionStmt,
  CreateFunctionStmt,
  DefElem,
  DoStmt,
  FunctionParameter,
  Node,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { SettingChange } from "../../catalog/role-statement.ts";
import {
  type AlterRoutine,
  type CreateRoutine,
  type LiteralPlace,
  noProcedureHas,
  type ParameterMode,
  type RoutineOptions,
  type RoutineParameter,
  type SqlBody,
} from "../../catalog/routine-statement.ts";
import type { TypeName } from "../../catalog/statement.ts";
import { commandTag } from "./command-names.ts";
import { qualifiedName, stringOf, stringsOf, typeName } from "./names.ts";
import { objectName } from "./objects.ts";
import { atLocation } from "./positions.ts";
import { settingChange } from "./settings.ts";
import type { InlineCodeStatement } from "./statement.ts";

/** `text`: what the client sent. */
export function createRoutine(tree: CreateFunctionStmt, text: string): CreateRoutine {
  const isProcedure = tree.is_procedure ?? false;
  const { returnType } = tree;
  const options = byName(tree.options);
  const functionsOnly = isProcedure ? functionsOnlyIn(tree.options) : undefined;
  if (functionsOnly !== undefined) throw noProcedureHas(functionsOnly);
  const language = options.get("language");
  const body = options.get("as");
  const transforms = options.get("transform");
  return {
    kind: "createRoutine",
    routine: isProcedure ? "procedure" : "function",
    name: qualifiedName(stringsOf(tree.funcname), -1),
    replace: tree.replace ?? false,
    parameters: (tree.parameters ?? []).map(routineParameter),
    ...(returnType
      ? { returns: { type: typeName(returnType), setof: returnType.setof ?? false } }
      : {}),
    ...(language ? { language: textOf(language) } : {}),
    ...(transforms ? { transforms: typesOf(transforms) } : {}),
    ...(body ? { body: bodyOf(body, text) } : {}),
    ...(tree.sql_body ? { sqlBody: sqlBodyOf(tree.sql_body) } : {}),
    options: routineOptions(options, tree.options ?? []),
  };
}

function typesOf({ arg }: DefElem): TypeName[] {
  assert(arg && "List" in arg, "transforms are for types");
  return (arg.List.items ?? []).map((node) => {
    assert("TypeName" in node, "a transform is for a type");
    return typeName(node.TypeName);
  });
}

export function alterRoutine({ objtype, func, actions }: AlterFunctionStmt): AlterRoutine {
  assert(objtype !== undefined && func !== undefined, "ALTER names a routine");
  const object = objectName(objtype, { ObjectWithArgs: func });
  assert(object?.kind === "routine", "it names a routine");
  const options = routineOptions(byName(actions), actions ?? []);
  const functionsOnly = functionsOnlyIn(actions);
  const made = { kind: "alterRoutine", object, options } as const;
  return functionsOnly === undefined ? made : { ...made, functionsOnly };
}

const modes: Readonly<Record<string, ParameterMode>> = {
  FUNC_PARAM_OUT: "o",
  FUNC_PARAM_INOUT: "b",
  FUNC_PARAM_VARIADIC: "v",
  FUNC_PARAM_TABLE: "t",
};

export function routineParameter(node: Node): RoutineParameter {
  assert("FunctionParameter" in node, "a parameter");
  const { argType, defexpr, mode, name }: FunctionParameter = node.FunctionParameter;
  return {
    mode: modes[mode ?? ""] ?? "i",
    ...(name === undefined ? {} : { name }),
    type: typeName(argType),
    setof: argType?.setof ?? false,
    ...(defexpr ? { default: { node: defexpr } } : {}),
  };
}

function bodyOf({ arg, location }: DefElem, text: string) {
  assert(arg !== undefined && "List" in arg, "AS has a list");
  const items = stringsOf(arg.List.items);
  const place = placeOf(text, location ?? 0);
  return place ? { items, place } : { items };
}

function sqlBodyOf(body: Node): SqlBody {
  if ("ReturnStmt" in body) return { isReturn: true, statements: [statementOf(body)] };
  assert("List" in body, "it is RETURN or a list");
  const [list] = body.List.items ?? [];
  const items = list !== undefined && "List" in list ? (list.List.items ?? []) : [];
  return { isReturn: false, statements: items.map(statementOf) };
}

const statementOf = (node: Node) => ({ node, tag: commandTag(node) });

/** DO. https://www.postgresql.org/docs/15/sql-do.html */
export function inlineCode({ args }: DoStmt, text: string): InlineCodeStatement {
  const given = byName(args);
  const [source, language] = [given.get("as"), given.get("language")];
  if (!source) throw new SqlError("42601", "no inline code specified");
  const place = placeOf(text, source.location ?? 0);
  return {
    kind: "inlineCode",
    source: stringOf(source.arg),
    language: language ? stringOf(language.arg) : "plpgsql",
    ...(place && { place }),
  };
}

/** Of the literal, after AS if there is one; undefined where escapes in it hide its places. */
function placeOf(text: string, location: number): LiteralPlace | undefined {
  const after = [...text].slice(location).join("");
  const [opening, quote] = /^(?:as\s*)?('|\$[^$]*\$)/i.exec(after) ?? [];
  if (opening === undefined) return undefined;
  return { position: location + [...opening].length + 1, doubled: quote === "'" };
}

/** Of these a procedure has none. */
const functionsOnlyClauses = new Set([
  ...["strict", "volatility", "window", "leakproof", "cost", "rows", "support", "parallel"],
]);

/** Where the first of the clauses stands that a procedure does not have. */
function functionsOnlyIn(nodes: readonly Node[] | undefined): number | undefined {
  for (const node of nodes ?? []) {
    if ("DefElem" in node && functionsOnlyClauses.has(node.DefElem.defname ?? "")) {
      return atLocation(node.DefElem.location).position;
    }
  }
  return undefined;
}

/** Throws 42601 on a clause given twice; SET may be. */
function byName(nodes: readonly Node[] | undefined): Map<string, DefElem> {
  const found = new Map<string, DefElem>();
  for (const node of nodes ?? []) {
    assert("DefElem" in node, "a clause is an option");
    const option = node.DefElem;
    const name = option.defname ?? "";
    if (found.has(name) && name !== "set") {
      throw new SqlError("42601", "conflicting or redundant options", atLocation(option.location));
    }
    found.set(name, option);
  }
  return found;
}

const volatilities = { immutable: "i", stable: "s", volatile: "v" } as const;

function routineOptions(
  options: ReadonlyMap<string, DefElem>,
  nodes: readonly Node[],
): RoutineOptions {
  const text = (name: string) => {
    const option = options.get(name);
    return option && textOf(option);
  };
  const flag = (name: string) => {
    const option = options.get(name);
    if (!option) return undefined;
    const { arg } = option;
    return arg !== undefined && "Boolean" in arg ? (arg.Boolean.boolval ?? false) : false;
  };
  const volatility = text("volatility");
  const support = options.get("support");
  const made = {
    volatility: volatility && volatilities[volatility as keyof typeof volatilities],
    strict: flag("strict"),
    securityDefiner: flag("security"),
    leakproof: flag("leakproof"),
    window: flag("window"),
    cost: numberOf(options.get("cost")),
    rows: numberOf(options.get("rows")),
    support: support && supportName(support),
    parallel: text("parallel"),
  };
  const given = Object.entries(made).filter(([, value]) => value !== undefined);
  const settings: SettingChange[] = nodes.flatMap((node) =>
    "DefElem" in node && node.DefElem.defname === "set" ? [settingOf(node.DefElem)] : [],
  );
  return { ...Object.fromEntries(given), settings };
}

const textOf = ({ arg }: DefElem): string =>
  arg !== undefined && "List" in arg ? stringsOf(arg.List.items).join(".") : stringOf(arg);

function supportName({ arg }: DefElem) {
  assert(arg !== undefined && "List" in arg, "a support function has a name");
  return qualifiedName(stringsOf(arg.List.items), -1);
}

function numberOf(option: DefElem | undefined): number | undefined {
  const arg = option?.arg;
  if (arg === undefined) return undefined;
  if ("Integer" in arg) return arg.Integer.ival ?? 0;
  return "Float" in arg ? Number(arg.Float.fval) : undefined;
}

function settingOf({ arg }: DefElem): SettingChange {
  assert(arg !== undefined && "VariableSetStmt" in arg, "SET sets");
  return settingChange(arg.VariableSetStmt);
}
