/**
 * CREATE FUNCTION and CREATE PROCEDURE.
 * https://www.postgresql.org/docs/15/sql-createfunction.html
 *
 *   1. lock the schema and the name; find the language
 *   2. resolve the parameters' types and the result, bind the defaults
 *   3. check the body, where the language is SQL
 *   4. stage the row of pg_proc, or change that of the routine that OR REPLACE names, and what it
 *      depends on
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { builtinsNamed } from "../base-types.ts";
import { LANGUAGE_CLASS, NAMESPACE_CLASS, PROC_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { addDependency, addOwner, referencesOf, tagOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { symbolsOf } from "../extensions/extensions.ts";
import { checkMayWriteIn, type LanguageTuple } from "../languages.ts";
import type { NamespaceTuple } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import type { NewRow, Tuple } from "../relation.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgLanguage } from "../relations/pg-language.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { pgType } from "../relations/pg-type.ts";
import type { CreateRoutine } from "../routine-statement.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext, RoutineSignature, StoredExpression } from "./context.ts";
import { newAcl } from "./default-privileges.ts";
import { checkNotInSystem, creationNamespace } from "./lookup.ts";
import { changedSettings, checkedOptions } from "./routine-options.ts";
import { type Signature, signatureOf } from "./routine-parameters.ts";
import { transformedTypes, transformsOf } from "./transforms.ts";

type ProcTuple = Tuple<(typeof pgProc)["columns"]>;

export function createRoutine(context: DdlContext, statement: CreateRoutine): void {
  const { name, options } = statement;
  const namespace = creationNamespace(context, name);
  const language = languageOf(context, statement);
  const protrftypes = transformedTypes(context, statement, language.oid);
  const stored = checkedOptions(context, options);
  const signature = signatureOf(context, statement, language.lanname);
  checkResult(context, signature);
  if (isCheckedProcedural(language)) checkPseudoTypes(context, signature);
  const sqlBody = sqlBodyOf(context, statement, signature, language);
  const { source, binary } = sqlBody
    ? { source: "", binary: null }
    : sourceOf(context, statement, language);
  if (stored.prorows !== undefined && !signature.returnsSet) {
    throw new SqlError("22023", "ROWS is not applicable when function does not return a set");
  }
  const row = {
    proname: name.name,
    prolang: language.oid,
    ...defaultsOf(language, signature, statement),
    ...stored,
    proconfig: changedSettings(context, null, options.settings),
    prosrc: source,
    probin: binary,
    protrftypes,
    prosqlbody: sqlBody?.tree ?? null,
  };
  const references = sqlBody?.references ?? [];
  storeRoutine(context, { namespace, signature, replaces: statement.replace, row, references });
  if (context.settings.kept("check_function_bodies") !== "on") return;
  if (sqlBody) {
    context.expressions.checkSqlBody(sqlBody.tree, checkedSignature(statement, signature));
  } else checkBody(context, statement, signature, source, language);
}

/** It is PL/pgSQL by whatever name, with its validator. */
const isCheckedProcedural = ({ lanispl, lanvalidator }: LanguageTuple): boolean =>
  lanispl && lanvalidator !== INVALID_OID;

interface Storing {
  readonly namespace: NamespaceTuple;
  readonly signature: Signature;
  readonly replaces: boolean;
  readonly row: RoutineRow & { readonly prolang: Oid };
  /** What a body that is no text needs. */
  readonly references?: StoredExpression["references"];
}

/** Adds the row, or changes the one that OR REPLACE names. Throws 42723, 42809, 42P13. */
export function storeRoutine(context: DdlContext, storing: Storing): Oid {
  const { namespace, signature, replaces, references = [] } = storing;
  const { proname } = storing.row;
  lockName(context, PROC_CLASS, namespace.oid, proname);
  const row = { ...storing.row, pronamespace: namespace.oid, ...rowOf(signature) };
  const key = [proname, signature.args, namespace.oid];
  const before = context.catalog.find(pgProc, "proname_args_nsp", key);
  const routine = before
    ? replace(context, before, row, signature, replaces)
    : insert(context, namespace, row);
  dependOn(context, routine, namespace, row, signature, references);
  return routine;
}

function languageOf(
  context: DdlContext,
  { language: named, sqlBody }: CreateRoutine,
): LanguageTuple {
  const { catalog, user } = context;
  const language = named ?? (sqlBody && "sql");
  if (language === undefined) throw new SqlError("42P13", "no language specified");
  const row = catalog.find(pgLanguage, "name", [language]);
  if (!row) throw new SqlError("42704", `language "${language}" does not exist`);
  checkMayWriteIn(catalog, user.oid, row);
  return row;
}

/** A body that is no text. Throws 42P13, 0A000. */
function sqlBodyOf(
  { expressions }: DdlContext,
  statement: CreateRoutine,
  signature: Signature,
  { lanname }: LanguageTuple,
): StoredExpression | undefined {
  const { sqlBody, body } = statement;
  if (!sqlBody) return undefined;
  if (body) throw new SqlError("42P13", "duplicate function body specified");
  if (lanname !== "sql") {
    throw new SqlError("42P13", "inline SQL function body only valid for language SQL");
  }
  if (signature.args.some(isPolymorphic)) {
    const what = "SQL function with unquoted function body";
    throw new SqlError("0A000", `${what} cannot have polymorphic arguments`);
  }
  return expressions.bindSqlBody(sqlBody, checkedSignature(statement, signature));
}

/** prosrc and probin. */
function sourceOf(
  { catalog }: DdlContext,
  { body, name }: CreateRoutine,
  { lanname }: LanguageTuple,
): { readonly source: string; readonly binary: string | null } {
  if (!body) throw new SqlError("42P13", "no function body specified");
  const [first = "", second, ...more] = body.items;
  if (lanname === "c") return inLibrary(first, second ?? name.name);
  if (second !== undefined || more.length > 0) {
    throw new SqlError("42P13", `only one AS item needed for language "${lanname}"`);
  }
  if (lanname !== "internal") return { source: first, binary: null };
  const source = first === "" ? name.name : first;
  if (builtinsNamed(catalog, source).length > 0) return { source, binary: null };
  throw new SqlError("42883", `there is no built-in function named "${source}"`);
}

/** Throws 58P01 for a library that is not there, 42883 for a function that it has not. */
function inLibrary(library: string, symbol: string) {
  const symbols = symbolsOf(library);
  if (!symbols) {
    const message = `could not access file "${library}": No such file or directory`;
    throw new SqlError("58P01", message);
  }
  if (symbols.has(symbol)) return { source: symbol, binary: library };
  throw new SqlError("42883", `could not find function "${symbol}" in file "${library}"`);
}

const rowOf = (signature: Signature) => ({
  pronargs: signature.args.length,
  pronargdefaults: signature.defaults?.count ?? 0,
  provariadic: signature.variadic,
  prorettype: signature.result,
  proretset: signature.returnsSet,
  proargtypes: signature.args,
  proallargtypes: signature.allArgs,
  proargmodes: signature.modes,
  proargnames: signature.names,
  proargdefaults: signature.defaults?.tree ?? null,
});

/** What CREATE writes where the statement says nothing; OR REPLACE too. */
const defaultsOf = (
  { lanname }: LanguageTuple,
  { returnsSet }: Signature,
  { routine, options }: CreateRoutine,
) => ({
  prokind: routine === "procedure" ? "p" : options.window ? "w" : "f",
  provolatile: "v",
  proisstrict: false,
  prosecdef: false,
  proleakproof: false,
  proparallel: "u",
  procost: lanname === "internal" || lanname === "c" ? 1 : 100,
  prorows: returnsSet ? 1000 : 0,
  prosupport: INVALID_OID,
});

type RoutineRow = Omit<NewRow<(typeof pgProc)["columns"]>, "oid" | "proowner"> & {
  readonly proname: string;
};

function insert(context: DdlContext, namespace: NamespaceTuple, row: RoutineRow): Oid {
  const { catalog, user } = context;
  checkNotInSystem(namespace, row.proname);
  const id = context.allocateOid();
  const self = addressOf(PROC_CLASS, id);
  addOwner(catalog, self, user.oid);
  const proacl = newAcl(context, "f", user.oid, self, namespace.oid);
  catalog.insert(pgProc, { ...row, oid: id, proowner: user.oid, proacl });
  return id;
}

/** What calls depend on stays as it is: kind, result, names of the inputs, defaults. */
function replace(
  context: DdlContext,
  before: ProcTuple,
  row: RoutineRow,
  signature: Signature,
  replaces: boolean,
): Oid {
  const { catalog, user } = context;
  const { proname } = before;
  if (!replaces) {
    const message = `function "${proname}" already exists with same argument types`;
    throw new SqlError("42723", message);
  }
  checkOwner(catalog, user.oid, before.proowner, "function", proname);
  context.transaction.lock(
    tagOf(catalog.database, addressOf(PROC_CLASS, before.oid)),
    "AccessExclusive",
  );
  if (before.prokind !== row.prokind) {
    const kind = { a: "an aggregate function", f: "a function", p: "a procedure" };
    const is = kind[before.prokind as keyof typeof kind] ?? "a window function";
    throw new SqlError("42809", "cannot change routine kind", {
      detail: `"${proname}" is ${is}.`,
    });
  }
  checkSameCalls(context, before, signature);
  const self = addressOf(PROC_CLASS, before.oid);
  for (const each of referencesOf(catalog, self)) {
    if (each.deptype !== "e") catalog.delete(pgDepend, each);
  }
  catalog.update(pgProc, before, { ...row, proacl: before.proacl });
  return before.oid;
}

function checkSameCalls(context: DdlContext, before: ProcTuple, signature: Signature): void {
  const noun = { p: "PROCEDURE", a: "AGGREGATE" }[before.prokind] ?? "FUNCTION";
  const types = before.proargtypes.map((type) => context.expressions.typeText(type)).join(",");
  const hint = `Use DROP ${noun} ${before.proname}(${types}) first.`;
  const refuse = (message: string, detail?: string) =>
    new SqlError("42P13", message, { hint, ...(detail === undefined ? {} : { detail }) });
  if (before.prorettype !== signature.result || before.proretset !== signature.returnsSet) {
    throw refuse(
      before.prokind === "p"
        ? "cannot change whether a procedure has output parameters"
        : "cannot change return type of existing function",
    );
  }
  if (!sameOutputs(before, signature)) {
    throw refuse(
      "cannot change return type of existing function",
      "Row type defined by OUT parameters is different.",
    );
  }
  const [old, now] = [inputNames(before.proargmodes, before.proargnames), inputsOf(signature)];
  const renamed = old.findIndex((name, at) => name !== "" && name !== now[at]);
  if (renamed >= 0) {
    throw refuse(`cannot change name of input parameter "${old[renamed]}"`);
  }
  if (before.pronargdefaults > (signature.defaults?.count ?? 0)) {
    throw refuse("cannot remove parameter defaults from existing function");
  }
}

interface Declared {
  readonly proallargtypes: readonly Oid[] | null;
  readonly proargmodes: readonly string[] | null;
  readonly proargnames: readonly string[] | null;
}

const outputsOf = ({ proallargtypes, proargmodes, proargnames }: Declared) =>
  (proallargtypes ?? []).flatMap((type, at) =>
    "obt".includes(proargmodes?.[at] ?? "i") ? [{ name: proargnames?.[at] ?? "", type }] : [],
  );

function sameOutputs(before: ProcTuple, { allArgs, modes, names }: Signature): boolean {
  const old = outputsOf(before);
  const now = outputsOf({ proallargtypes: allArgs, proargmodes: modes, proargnames: names });
  if (old.length < 2 && now.length < 2) return true;
  return (
    old.length === now.length &&
    old.every(({ name, type }, at) => name === now[at]?.name && type === now[at]?.type)
  );
}

const inputNames = (
  modes: readonly string[] | null,
  names: readonly string[] | null,
): readonly string[] => (names ?? []).filter((_, at) => "ibv".includes(modes?.[at] ?? "i"));
const inputsOf = ({ modes, names }: Signature) => inputNames(modes, names);

function dependOn(
  context: DdlContext,
  routine: Oid,
  namespace: NamespaceTuple,
  { prolang, prosupport = INVALID_OID }: { readonly prolang: Oid; readonly prosupport?: Oid },
  { args, allArgs, result, defaults }: Signature,
  references: StoredExpression["references"],
): void {
  const { catalog } = context;
  const self = addressOf(PROC_CLASS, routine);
  const types = [result, ...(allArgs ?? args)];
  const needed: ObjectAddress[] = [
    addressOf(NAMESPACE_CLASS, namespace.oid),
    addressOf(LANGUAGE_CLASS, prolang),
    ...types.map((type) => addressOf(TYPE_CLASS, type)),
    ...transformsOf(catalog, types, prolang),
    ...referencesIn(defaults?.references ?? []),
    ...referencesIn(references),
    ...(prosupport === INVALID_OID ? [] : [addressOf(PROC_CLASS, prosupport)]),
  ];
  const seen = new Set<string>();
  for (const object of needed) {
    const key = `${object.classOid}.${object.oid}.${object.subId}`;
    if (!seen.has(key)) addDependency(catalog, self, object, "n");
    seen.add(key);
  }
}

const referencesIn = (references: StoredExpression["references"]): ObjectAddress[] =>
  references.map(({ classOid, oid: id, subId }) => addressOf(classOid, id, subId));

/** What has no values that PL/pgSQL could handle. Throws 0A000. */
function checkPseudoTypes(context: DdlContext, { args, result }: Signature): void {
  const { catalog, expressions } = context;
  const isPseudo = (type: Oid) =>
    catalog.find(pgType, "key", [type])?.typtype === "p" && !isPolymorphic(type) && type !== RECORD;
  const refuse = (what: string, type: Oid) =>
    new SqlError("0A000", `PL/pgSQL functions cannot ${what} type ${expressions.typeText(type)}`);
  if (isPseudo(result) && !RETURNED.includes(result)) throw refuse("return", result);
  const arg = args.find(isPseudo);
  if (arg !== undefined) throw refuse("accept", arg);
}

const [RECORD, INTERNAL] = [oid(2249), oid(2281)];
/** void, trigger, event_trigger */
const RETURNED: readonly number[] = [2278, 2279, 3838];

/** A polymorphic result follows from an argument of its family, an internal one from such. */
function checkResult(context: DdlContext, { args, result, allArgs, modes }: Signature): void {
  const outputs = (allArgs ?? []).filter((_, at) => "obt".includes(modes?.[at] ?? "i"));
  if ([result, ...outputs].includes(INTERNAL) && !args.includes(INTERNAL)) {
    const detail = "A result of type internal requires at least one input of type internal.";
    throw new SqlError("42P13", 'unsafe use of pseudo-type "internal"', { detail });
  }
  for (const type of [result, ...outputs]) {
    const detail = whyUndetermined(context, type, args);
    if (detail === undefined) continue;
    throw new SqlError("42P13", "cannot determine result data type", { detail });
  }
}

/** Types that follow from each other, and those that do so after a coercion. */
const SIMPLE = [2283, 2277, 2776, 3500, 3831, 4537];
const COMPATIBLE = [5077, 5078, 5079, 5080, 4538];
/** Of an element several ranges may be made: these follow from each other alone. */
const RANGES = [
  [3831, 4537],
  [5080, 4538],
];

const isPolymorphic = (type: Oid): boolean => SIMPLE.includes(type) || COMPATIBLE.includes(type);

export function whyUndetermined(
  { expressions }: DdlContext,
  type: Oid,
  args: readonly Oid[],
): string | undefined {
  const family = [...RANGES, SIMPLE, COMPATIBLE].find((each) => each.includes(type));
  if (!family || args.some((arg) => family.includes(arg))) return undefined;
  const shown = expressions.typeText(type);
  const names = family.map((each) => expressions.typeText(oid(each)));
  const [last, ...before] = names.toReversed();
  const list = `${before.toReversed().join(", ")}${before.length > 1 ? "," : ""} or ${last}`;
  return `A result of type ${shown} requires at least one input of type ${list}.`;
}

function checkBody(
  context: DdlContext,
  statement: CreateRoutine,
  signature: Signature,
  source: string,
  language: LanguageTuple,
): void {
  const isProcedural = isCheckedProcedural(language);
  if (language.lanname !== "sql" && !isProcedural) return;
  const checked = checkedSignature(statement, signature);
  const types = [...checked.args, checked.result, ...checked.outputs.map(({ type }) => type)];
  if (!isProcedural && types.some(isPolymorphic)) return;
  const place = statement.body?.place;
  const made = { ...checked, source, ...(place ? { place } : {}) };
  if (isProcedural) context.expressions.checkProcedural(made);
  else context.expressions.checkBody(made);
}

const checkedSignature = (
  { name, routine }: CreateRoutine,
  { args, result, returnsSet, allArgs, modes, names }: Signature,
): RoutineSignature => ({
  name: name.name,
  args,
  argNames: inputNames(modes, names),
  result,
  returnsSet,
  isProcedure: routine === "procedure",
  parameterCount: allArgs?.length ?? args.length,
  outputs: outputsOf({ proallargtypes: allArgs, proargmodes: modes, proargnames: names }),
});
