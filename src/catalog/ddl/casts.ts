/**
 * CREATE CAST, from a type of users' or to one.
 * https://www.postgresql.org/docs/15/sql-createcast.html
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError, warning } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import { isStoredAlike } from "../base-types.ts";
import { CAST_CLASS, PROC_CLASS, TYPE_CLASS } from "../class-oids.ts";
import type { CreateCast } from "../defined-statement.ts";
import { addDependencies } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { hasRole, isSuperuser } from "../memberships.ts";
import type { TypeTuple } from "../names.ts";
import { isBinaryCoercible } from "../opclasses.ts";
import { may } from "../privileges.ts";
import { pgCast } from "../relations/pg-cast.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findRoutine, typeOf } from "./find-routine.ts";
import { checkMayUseType } from "./type-owner.ts";

const [INT4, BOOL] = [23, 16];

const CONTEXTS = { explicit: "e", assignment: "a", implicit: "i" } as const;

const invalid = (message: string): SqlError => new SqlError("42P17", message);

/** Throws 42501, 42P17, 42809, 42710, 0A000, and what looking up names throws. */
export function createCast(context: DdlContext, statement: CreateCast): void {
  const { catalog, user, expressions } = context;
  const [source, target] = [typeOf(context, statement.source), typeOf(context, statement.target)];
  const shown = (type: TypeTuple) => expressions.typeText(type.oid);
  for (const [type, which] of [
    [source, "source"],
    [target, "target"],
  ] as const) {
    if (type.typtype !== "p") continue;
    throw new SqlError("42809", `${which} data type ${shown(type)} is a pseudo-type`);
  }
  if (
    !hasRole(catalog, user.oid, source.typowner) &&
    !hasRole(catalog, user.oid, target.typowner)
  ) {
    const message = `must be owner of type ${shown(source)} or type ${shown(target)}`;
    throw new SqlError("42501", message);
  }
  for (const type of [source, target]) checkMayUseType(context, type);
  const domain = source.typtype === "d" ? "source" : target.typtype === "d" ? "target" : undefined;
  if (domain !== undefined) {
    const message = `cast will be ignored because the ${domain} data type is a domain`;
    context.notice(warning("42809", message));
  }
  const made = statement.function
    ? castFunction(context, source, target, statement.function)
    : { function: 0 as Oid, parameters: 1 };
  if (statement.method === "binary") checkBinary(context, source, target);
  if (source.oid === target.oid && made.parameters < 2) {
    throw invalid("source data type and target data type are the same");
  }
  lockName(context, CAST_CLASS, source.oid, String(target.oid));
  if (catalog.find(pgCast, "source_target", [source.oid, target.oid])) {
    const message = `cast from type ${shown(source)} to type ${shown(target)} already exists`;
    throw new SqlError("42710", message);
  }
  if (source.oid < FIRST_USER_OID && target.oid < FIRST_USER_OID) {
    throw notSupported("a cast between types of the system's own");
  }
  const isBinary = statement.method === "binary" && isStoredAlike(catalog, source, target);
  const oid = context.allocateOid();
  catalog.insert(pgCast, {
    ...{ oid, castsource: source.oid, casttarget: target.oid, castfunc: made.function },
    castcontext: CONTEXTS[statement.context],
    castmethod: statement.function ? "f" : isBinary ? "b" : "i",
  });
  const needs = [addressOf(TYPE_CLASS, source.oid), addressOf(TYPE_CLASS, target.oid)];
  if (made.function !== 0) needs.push(addressOf(PROC_CLASS, made.function));
  addDependencies(
    catalog,
    addressOf(CAST_CLASS, oid),
    needs.map((referenced) => ({ referenced, deptype: "n" })),
  );
}

function castFunction(
  context: DdlContext,
  source: TypeTuple,
  target: TypeTuple,
  named: NonNullable<CreateCast["function"]>,
): { readonly function: Oid; readonly parameters: number } {
  const { catalog, user } = context;
  const { address } = findRoutine(context, named);
  const row = catalog.find(pgProc, "key", [address.oid]);
  if (!row) throw new SqlError("XX000", `cache lookup failed for function ${address.oid}`);
  const { proowner: owner, proacl: acl } = row;
  if (!may(catalog, user.oid, { kind: kinds.function, owner, acl }, "X")) {
    throw new SqlError("42501", `permission denied for function ${row.proname}`);
  }
  const [first, second, third] = row.proargtypes;
  const parameters = row.proargtypes.length;
  if (parameters < 1 || parameters > 3) {
    throw invalid("cast function must take one to three arguments");
  }
  if (first === undefined || !isBinaryCoercible(catalog, source.oid, first)) {
    throw invalid(
      "argument of cast function must match or be binary-coercible from source data type",
    );
  }
  if (parameters > 1 && second !== INT4) {
    throw invalid("second argument of cast function must be type integer");
  }
  if (parameters > 2 && third !== BOOL) {
    throw invalid("third argument of cast function must be type boolean");
  }
  if (!isBinaryCoercible(catalog, row.prorettype, target.oid)) {
    throw invalid(
      "return data type of cast function must match or be binary-coercible to target data type",
    );
  }
  if (row.prokind !== "f") throw invalid("cast function must be a normal function");
  if (row.proretset) throw invalid("cast function must not return a set");
  return { function: row.oid, parameters };
}

function checkBinary({ catalog, user }: DdlContext, source: TypeTuple, target: TypeTuple): void {
  if (!isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", "must be superuser to create a cast WITHOUT FUNCTION");
  }
  const [a, b] = [source, target];
  if (a.typlen !== b.typlen || a.typbyval !== b.typbyval || a.typalign !== b.typalign) {
    throw invalid("source and target data types are not physically compatible");
  }
  const is = (test: (type: TypeTuple) => boolean) => test(source) || test(target);
  const refuse = (what: string) => invalid(`${what} data types are not binary-compatible`);
  if (is(({ typtype }) => typtype === "c")) throw refuse("composite");
  if (is(({ typlen, typelem }) => typlen === -1 && typelem !== 0)) throw refuse("array");
  if (is(({ typtype }) => typtype === "d")) {
    throw invalid("domain data types must not be marked binary-compatible");
  }
  if (is(({ typtype }) => typtype === "e")) throw refuse("enum");
}
