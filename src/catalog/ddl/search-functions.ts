/**
 * TEXT SEARCH PARSERS AND TEMPLATES of functions of the server's own. What no parser or dictionary
 * here is made of is refused: a parser when it is made, a template when a dictionary is.
 * https://www.postgresql.org/docs/15/sql-createtsparser.html
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, PROC_CLASS, TS_PARSER_CLASS, TS_TEMPLATE_CLASS } from "../class-oids.ts";
import type { DefinitionItem } from "../defined-statement.ts";
import { addDependencies } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import { pgTsParser } from "../relations/pg-ts-parser.ts";
import { pgTsTemplate } from "../relations/pg-ts-template.ts";
import type { CreateSearchObject } from "../text-search-statement.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { nameText } from "./find-named.ts";
import { findRoutineOfTypes } from "./find-routine.ts";
import { creationNamespace } from "./lookup.ts";
import { duplicateRow, nameIn } from "./search-objects.ts";

const [INT4, INTERNAL, VOID, TSQUERY] = [oid(23), oid(2281), oid(2278), oid(3615)];

interface Method {
  readonly args: readonly Oid[];
  readonly result: Oid;
  readonly optional?: true;
}

const PARSER: Readonly<Record<string, Method>> = {
  start: { args: [INTERNAL, INT4], result: INTERNAL },
  gettoken: { args: [INTERNAL, INTERNAL, INTERNAL], result: INTERNAL },
  end: { args: [INTERNAL], result: VOID },
  headline: { args: [INTERNAL, INTERNAL, TSQUERY], result: INTERNAL, optional: true },
  lextypes: { args: [INTERNAL], result: INTERNAL },
};
const TEMPLATE: Readonly<Record<string, Method>> = {
  init: { args: [INTERNAL], result: INTERNAL, optional: true },
  lexize: { args: [INTERNAL, INTERNAL, INTERNAL, INTERNAL], result: INTERNAL },
};

/** Throws 42501, 42601, 42809, 42883, 42P17, 23505, 0A000. */
export function createParser(context: DdlContext, statement: CreateSearchObject): void {
  const { catalog } = context;
  const namespace = creationFor(context, statement, "text search parsers");
  const functions = functionsOf(context, "text search parser", PARSER, statement.items);
  const { name } = statement.name;
  const key = { prsname: name, prsnamespace: namespace };
  lockName(context, TS_PARSER_CLASS, namespace, name);
  if (catalog.find(pgTsParser, "prsname", [name, namespace])) {
    throw duplicateRow("pg_ts_parser", "pg_ts_parser_prsname_index", key);
  }
  const [own] = catalog.list(pgTsParser, "prsname", ["default"]);
  const made = {
    prsstart: functions.get("start") as Oid,
    prstoken: functions.get("gettoken") as Oid,
    prsend: functions.get("end") as Oid,
    prsheadline: functions.get("headline") ?? INVALID_OID,
    prslextype: functions.get("lextypes") as Oid,
  };
  for (const [column, value] of Object.entries(made)) {
    if (value === INVALID_OID || own?.[column as keyof typeof made] === value) continue;
    throw notSupported("a text search parser of other functions than the default one's");
  }
  const oid = context.allocateOid();
  catalog.insert(pgTsParser, { oid, ...key, ...made });
  dependOn(context, TS_PARSER_CLASS, oid, namespace, functions);
}

/** Throws 42501, 42601, 42809, 42883, 42P17, 23505. */
export function createTemplate(context: DdlContext, statement: CreateSearchObject): void {
  const { catalog } = context;
  const namespace = creationFor(context, statement, "text search templates");
  const functions = functionsOf(context, "text search template", TEMPLATE, statement.items);
  const { name } = statement.name;
  const key = { tmplname: name, tmplnamespace: namespace };
  lockName(context, TS_TEMPLATE_CLASS, namespace, name);
  if (catalog.find(pgTsTemplate, "tmplname", [name, namespace])) {
    throw duplicateRow("pg_ts_template", "pg_ts_template_tmplname_index", key);
  }
  const oid = context.allocateOid();
  const tmplinit = functions.get("init") ?? INVALID_OID;
  const tmpllexize = functions.get("lexize") as Oid;
  catalog.insert(pgTsTemplate, { oid, ...key, tmplinit, tmpllexize });
  dependOn(context, TS_TEMPLATE_CLASS, oid, namespace, functions);
}

function creationFor(context: DdlContext, { name }: CreateSearchObject, what: string): Oid {
  if (!isSuperuser(context.catalog, context.user.oid)) {
    throw new SqlError("42501", `must be superuser to create ${what}`);
  }
  return creationNamespace(context, name).oid;
}

/** By what they are for. */
function functionsOf(
  context: DdlContext,
  noun: string,
  methods: Readonly<Record<string, Method>>,
  items: readonly DefinitionItem[],
): ReadonlyMap<string, Oid> {
  const functions = new Map<string, Oid>();
  for (const item of items) {
    const method = Object.hasOwn(methods, item.name) ? methods[item.name] : undefined;
    if (!method) {
      throw new SqlError("42601", `${noun} parameter "${item.name}" not recognized`);
    }
    const name = nameIn(item);
    const row = findRoutineOfTypes(context, name, method.args);
    if (row.prorettype !== method.result) {
      const shown = context.expressions.typeText(method.result);
      const args = method.args.map((type) => context.expressions.typeText(type)).join(", ");
      const message = `function ${nameText(name)}(${args}) should return type ${shown}`;
      throw new SqlError("42P17", message);
    }
    functions.set(item.name, row.oid);
  }
  for (const [name, { optional }] of Object.entries(methods)) {
    if (optional || functions.has(name)) continue;
    throw new SqlError("42P17", `${noun} ${name} method is required`);
  }
  return functions;
}

function dependOn(
  { catalog }: DdlContext,
  classOid: Oid,
  self: Oid,
  namespace: Oid,
  functions: ReadonlyMap<string, Oid>,
): void {
  const needed = [
    addressOf(NAMESPACE_CLASS, namespace),
    ...[...functions.values()].map((each) => addressOf(PROC_CLASS, each)),
  ];
  addDependencies(
    catalog,
    addressOf(classOid, self),
    needed.map((referenced) => ({ referenced, deptype: "n" })),
  );
}
