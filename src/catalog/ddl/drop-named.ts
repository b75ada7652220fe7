/** DROP of objects that are no relations, schemas, databases or roles. */
import { notice, SqlError } from "../../base/sql-error.ts";
import { findMeant } from "../names.ts";
import type { DropObjects, ObjectName } from "../object-name.ts";
import { pgProc } from "../relations/pg-proc.ts";
import type { QualifiedName, TypeName } from "../statement.ts";
import { typeNameText } from "../type-name.ts";
import type { DdlContext } from "./context.ts";
import { dropObjects } from "./drop.ts";
import { nameText } from "./find-named.ts";
import { findObject, lockFound } from "./find-object.ts";
import { typeItself, typeOf } from "./find-routine.ts";
import { checkOwnership, type FoundObject } from "./object-ownership.ts";

export function dropNamed(context: DdlContext, statement: DropObjects): void {
  const found = statement.objects.flatMap((object) => {
    const one = findToDrop(context, object, statement.ifExists);
    return one ? [one.address] : [];
  });
  dropObjects(context, found, statement.cascade);
}

function findToDrop(
  context: DdlContext,
  object: ObjectName,
  ifExists: boolean,
): FoundObject | undefined {
  const missing = ifExists ? whatIsMissing(context, object) : undefined;
  if (missing !== undefined) {
    context.notice(notice(`${missing} does not exist, skipping`));
    return undefined;
  }
  let found: FoundObject;
  try {
    found = findObject(context, object);
  } catch (error) {
    if (!ifExists || !(error instanceof SqlError) || !isAbsence(object, error)) throw error;
    context.notice(notice(`${missingText(object, error)}, skipping`));
    return undefined;
  }
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  refuseAggregate(context, found, object);
  return found;
}

/** Access methods are asked for whether or not something of theirs may be missing. */
const isAbsence = (object: ObjectName, { code, message }: SqlError): boolean =>
  ["42704", "42883", "42P01"].includes(code) &&
  (object.kind === "named" || !message.startsWith("access method "));

/** A schema or a type that is not there: nothing to look for. */
function whatIsMissing(context: DdlContext, object: ObjectName): string | undefined {
  for (const name of namesIn(object)) {
    if (name.schema === undefined || findMeant(context.catalog, name.schema)) continue;
    return `schema "${name.schema}"`;
  }
  for (const type of typesIn(object)) {
    try {
      if (object.kind === "type") typeItself(context, type, true);
      else typeOf(context, type, true);
    } catch (error) {
      if (!(error instanceof SqlError) || error.code !== "42704") throw error;
      return `type "${typeNameText(type)}"`;
    }
  }
  return undefined;
}

/** Names with schemas, in the order in which they are asked for. */
const namesIn = (object: ObjectName): readonly QualifiedName[] => [
  ...("table" in object && object.table !== undefined ? [object.table] : []),
  ...("name" in object && typeof object.name === "object" ? [object.name] : []),
  ...typesIn(object),
];

function typesIn(object: ObjectName): readonly TypeName[] {
  switch (object.kind) {
    case "type":
      return [object.type];
    case "routine":
      return object.args ?? [];
    case "cast":
      return [object.source, object.target];
    case "operator":
      return [object.left, object.right].filter((type) => type !== undefined);
    case "transform":
      return [object.type];
    default:
      return [];
  }
}

/** As notices have it, which say less than errors. */
function missingText(object: ObjectName, error: SqlError): string {
  const missing = missingObject(object, error);
  return missing === undefined ? error.message : `${missing} does not exist`;
}

/** undefined: the error says it as it is. */
function missingObject(object: ObjectName, error: SqlError): string | undefined {
  switch (object.kind) {
    case "qualified":
      return `${object.noun} "${nameText(object.name)}"`;
    case "operator":
      return `operator ${nameText(object.name)}`;
    case "cast":
      return `cast from type ${typeNameText(object.source)} to type ${typeNameText(object.target)}`;
    case "transform": {
      const type = typeNameText(object.type);
      return `transform for type ${type} language "${object.language}"`;
    }
    case "part": {
      const relation = `relation "${nameText(object.table)}"`;
      if (error.code === "42P01") return relation;
      return `${object.part} "${object.name}" for ${relation}`;
    }
    case "routine": {
      const args = object.args?.map(typeNameText) ?? [];
      return `${object.routine} ${nameText(object.name)}(${args.join(",")})`;
    }
    default:
      return undefined;
  }
}

/** DROP FUNCTION takes no aggregate. */
function refuseAggregate({ catalog }: DdlContext, { address }: FoundObject, object: ObjectName) {
  if (object.kind !== "routine" || object.routine !== "function") return;
  const row = catalog.find(pgProc, "key", [address.oid]);
  if (row?.prokind !== "a") return;
  const hint = "Use DROP AGGREGATE to drop aggregate functions.";
  throw new SqlError("42809", `"${nameText(object.name)}" is an aggregate function`, { hint });
}
