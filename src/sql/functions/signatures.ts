/** Arguments and results of functions as DDL writes them, and pg_get_functiondef. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { quoteLiteral } from "../../catalog/quote.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAggregate } from "../../catalog/relations/pg-aggregate.ts";
import { pgLanguage } from "../../catalog/relations/pg-language.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { splitIdentifiers } from "../settings/lists.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { formatType } from "../types/type-names.ts";
import { displayObject, findFunction, namespaceName } from "../types/visibility.ts";
import { asNumber, asOid, define } from "./define.ts";
import type { Printers } from "./printers.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

type ProcTuple = Tuple<(typeof pgProc)["columns"]>;

interface Argument {
  readonly mode: string;
  readonly name: string;
  readonly type: Oid;
  /** Position among the input arguments, from 0; -1 for outputs. */
  readonly input: number;
}

function argumentsOf(proc: ProcTuple): Argument[] {
  const types = proc.proallargtypes ?? proc.proargtypes;
  let input = 0;
  return types.map((type, at) => {
    const mode = proc.proargmodes?.[at] ?? "i";
    const isInput = mode === "i" || mode === "b" || mode === "v";
    return { mode, name: proc.proargnames?.[at] ?? "", type, input: isInput ? input++ : -1 };
  });
}

const modeWords: Readonly<Record<string, string>> = { o: "OUT ", b: "INOUT ", v: "VARIADIC " };

const typeText = (type: Oid, context: FunctionContext): string =>
  formatType(type, undefined, context);

function showArgument(argument: Argument, proc: ProcTuple, context: FunctionContext): string {
  const mode =
    argument.mode === "i" && proc.prokind === "p" ? "IN " : (modeWords[argument.mode] ?? "");
  const name = argument.name === "" ? "" : `${quoteIdentifier(argument.name)} `;
  return mode + name + typeText(argument.type, context);
}

/** `defaults` are texts for the last input arguments. */
function showArguments(
  proc: ProcTuple,
  defaults: readonly string[],
  context: FunctionContext,
): string {
  const shown = argumentsOf(proc).filter(({ mode }) => mode !== "t");
  const firstDefault = proc.pronargs - defaults.length;
  const texts = shown.map((argument) => {
    const value = argument.input < 0 ? undefined : defaults[argument.input - firstDefault];
    const text = showArgument(argument, proc, context);
    return value === undefined ? text : `${text} DEFAULT ${value}`;
  });
  const direct = orderedSetArguments(proc, context);
  if (direct === undefined) return texts.join(", ");
  const before = texts.slice(0, direct);
  // A variadic direct argument takes the ordering columns too, and is shown on both sides.
  const after = direct === texts.length ? texts.slice(-1) : texts.slice(direct);
  return [before.join(", "), `ORDER BY ${after.join(", ")}`]
    .filter((part) => part !== "")
    .join(" ");
}

/** Number of direct arguments of an ordered-set aggregate. */
function orderedSetArguments(proc: ProcTuple, context: FunctionContext): number | undefined {
  if (proc.prokind !== "a") return undefined;
  const aggregate = context.catalog.find(pgAggregate, "key", [proc.oid]);
  if (!aggregate || aggregate.aggkind === "n") return undefined;
  return aggregate.aggnumdirectargs;
}

function defaultsOf(proc: ProcTuple, printers: Printers, context: FunctionContext) {
  return proc.proargdefaults === null
    ? []
    : printers.argumentDefaults(proc.proargdefaults, context);
}

function showResult(proc: ProcTuple, context: FunctionContext): string | null {
  if (proc.prokind === "p") return null;
  const columns = argumentsOf(proc).filter(({ mode }) => mode === "t");
  if (columns.length > 0) {
    const texts = columns.map(
      ({ name, type }) => `${quoteIdentifier(name)} ${typeText(type, context)}`,
    );
    return `TABLE(${texts.join(", ")})`;
  }
  return (proc.proretset ? "SETOF " : "") + typeText(proc.prorettype, context);
}

const volatility: Readonly<Record<string, string>> = { i: " IMMUTABLE", s: " STABLE", v: "" };
const parallel: Readonly<Record<string, string>> = {
  s: " PARALLEL SAFE",
  r: " PARALLEL RESTRICTED",
  u: "",
};

/** Behaviour clauses that are not the defaults. */
function options(proc: ProcTuple, language: string, context: FunctionContext): string {
  let text = proc.prokind === "w" ? " WINDOW" : "";
  text += (volatility[proc.provolatile] ?? "") + (parallel[proc.proparallel] ?? "");
  if (proc.proisstrict) text += " STRICT";
  if (proc.prosecdef) text += " SECURITY DEFINER";
  if (proc.proleakproof) text += " LEAKPROOF";
  if (proc.procost !== (language === "internal" || language === "c" ? 1 : 100)) {
    text += ` COST ${proc.procost}`;
  }
  if (proc.prorows > 0 && proc.prorows !== 1000) text += ` ROWS ${proc.prorows}`;
  const support = findFunction(context, proc.prosupport);
  if (support) text += ` SUPPORT ${displayObject(support, context)}`;
  return text;
}

function definitionOf(proc: ProcTuple, printers: Printers, context: FunctionContext): string {
  if (proc.prokind === "a") {
    throw new SqlError("42809", `"${proc.proname}" is an aggregate function`);
  }
  const isProcedure = proc.prokind === "p";
  const noun = isProcedure ? "PROCEDURE" : "FUNCTION";
  const schema = quoteIdentifier(namespaceName(context.catalog, proc.pronamespace) ?? "");
  const args = showArguments(proc, defaultsOf(proc, printers, context), context);
  const language = context.catalog.find(pgLanguage, "key", [proc.prolang])?.lanname ?? "";
  let text = `CREATE OR REPLACE ${noun} ${schema}.${quoteIdentifier(proc.proname)}(${args})\n`;
  if (!isProcedure) text += ` RETURNS ${showResult(proc, context)}\n`;
  if (proc.protrftypes !== null) {
    const types = proc.protrftypes.map(
      (type) => `FOR TYPE ${formatType(type, undefined, context)}`,
    );
    text += ` TRANSFORM ${types.join(", ")}\n`;
  }
  text += ` LANGUAGE ${quoteIdentifier(language)}\n`;
  const clauses = options(proc, language, context);
  if (clauses !== "") text += `${clauses}\n`;
  for (const entry of proc.proconfig ?? []) text += ` SET ${settingClause(entry)}\n`;
  const body = sqlBodyOf(proc, printers, context);
  if (body !== null) return `${text}${body}\n`;
  text += "AS ";
  if (proc.probin !== null) text += `'${proc.probin}', `;
  let tag = isProcedure ? "procedure" : "function";
  while (proc.prosrc.includes(`$${tag}$`)) tag += "x";
  return `${text}$${tag}$${proc.prosrc}$${tag}$\n`;
}

const sqlBodyOf = (
  { proname, proargnames, prosqlbody }: ProcTuple,
  printers: Printers,
  context: FunctionContext,
): string | null =>
  prosqlbody === null ? null : printers.sqlBody({ proname, proargnames, prosqlbody }, context);

/** Settings whose values are lists of identifiers, each quoted by itself. */
const lists = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

/** name=value as SET writes it. */
function settingClause(entry: string): string {
  const at = entry.indexOf("=");
  const [name, value] = [entry.slice(0, at), entry.slice(at + 1)];
  const items = lists.has(name) ? splitIdentifiers(value) : undefined;
  const shown = (items ?? [value]).map((item) => quoteLiteral(item)).join(", ");
  return `${quoteIdentifier(name)} TO ${shown}`;
}

type Show = (proc: ProcTuple, context: FunctionContext) => string | null;

const ofFunction = (name: string, show: Show): FunctionDefinition =>
  define(`${name}(oid)`, (context, id) => {
    const proc = context.catalog.find(pgProc, "key", [asOid(id)]);
    return proc ? show(proc, context) : null;
  });

export const signatureFunctions = (printers: Printers): readonly FunctionDefinition[] => [
  ofFunction("pg_get_function_arguments", (proc, context) =>
    showArguments(proc, defaultsOf(proc, printers, context), context),
  ),
  ofFunction("pg_get_function_identity_arguments", (proc, context) =>
    showArguments(proc, [], context),
  ),
  ofFunction("pg_get_function_result", showResult),
  ofFunction("pg_get_functiondef", (proc, context) => definitionOf(proc, printers, context)),
  ofFunction("pg_get_function_sqlbody", (proc, context) => sqlBodyOf(proc, printers, context)),
  define("pg_get_function_arg_default(oid, int4)", (context, id, position) => {
    const proc = context.catalog.find(pgProc, "key", [asOid(id)]);
    const argument = proc && argumentsOf(proc)[asNumber(position) - 1];
    if (!proc || !argument || argument.input < 0) return null;
    const defaults = defaultsOf(proc, printers, context);
    return defaults[argument.input - (proc.pronargs - defaults.length)] ?? null;
  }),
];
