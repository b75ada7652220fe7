/** DROP FUNCTION, PROCEDURE, ROUTINE. */
import { notice, SqlError } from "../../base/sql-error.ts";
import { findMeant } from "../names.ts";
import type { DropObjects, ObjectName } from "../object-name.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { typeNameText } from "../type-name.ts";
import type { DdlContext } from "./context.ts";
import { dropObjects } from "./drop.ts";
import { nameText } from "./find-named.ts";
import { findObject, lockFound } from "./find-object.ts";
import { typeOf } from "./find-routine.ts";
import { checkOwnership, type FoundObject } from "./object-ownership.ts";

type Routine = Extract<ObjectName, { kind: "routine" }>;

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
  const missing =
    ifExists && object.kind === "routine" ? whatIsMissing(context, object) : undefined;
  if (missing !== undefined) {
    context.notice(notice(`${missing} does not exist, skipping`));
    return undefined;
  }
  try {
    const found = findObject(context, object);
    lockFound(context, found, "AccessExclusive");
    checkOwnership(context, found.ownership);
    refuseAggregate(context, found, object);
    return found;
  } catch (error) {
    const isMissing = error instanceof SqlError && error.code === "42883";
    if (!ifExists || !isMissing || object.kind !== "routine") throw error;
    context.notice(notice(`${missingText(object)} does not exist, skipping`));
    return undefined;
  }
}

/** A schema or a type that is not there: nothing to look for. */
function whatIsMissing(context: DdlContext, { name, args }: Routine): string | undefined {
  const { catalog } = context;
  if (name.schema !== undefined && !findMeant(catalog, name.schema)) {
    return `schema "${name.schema}"`;
  }
  for (const type of args ?? []) {
    if (type.schema !== undefined && !findMeant(catalog, type.schema)) {
      return `schema "${type.schema}"`;
    }
    try {
      typeOf(context, type);
    } catch (error) {
      if (error instanceof SqlError && error.code === "42704")
        return `type "${typeNameText(type)}"`;
      throw error;
    }
  }
  return undefined;
}

function missingText({ routine, name, args }: Routine): string {
  const noun = routine === "routine" ? "routine" : routine;
  if (args === undefined) return `${noun} ${nameText(name)}()`;
  return `${noun} ${nameText(name)}(${args.map(typeNameText).join(",")})`;
}

/** DROP FUNCTION takes no aggregate. */
function refuseAggregate({ catalog }: DdlContext, { address }: FoundObject, object: ObjectName) {
  if (object.kind !== "routine" || object.routine !== "function") return;
  const row = catalog.find(pgProc, "key", [address.oid]);
  if (row?.prokind !== "a") return;
  const hint = "Use DROP AGGREGATE to drop aggregate functions.";
  throw new SqlError("42809", `"${nameText(object.name)}" is an aggregate function`, { hint });
}
