/** Objects by a name of their own, and by a name in a schema. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { ROLE_CLASS } from "../class-oids.ts";
import { addressOf } from "../describe.ts";
import { getUsable } from "../names.ts";
import {
  factsOf,
  findByName,
  type ObjectClass,
  type ObjectRow,
  objectClassNamed,
} from "../object-classes.ts";
import type { NamedKind, QualifiedKind } from "../object-name.ts";
import type { QualifiedName } from "../statement.ts";
import { pathOfFunctions } from "../temporary-names.ts";
import type { FindContext } from "./context.ts";
import { searchPathOf } from "./lookup.ts";
import type { FoundObject, Ownership } from "./object-ownership.ts";
import type { RoleTuple } from "./role-lookup.ts";

export function findNamed(context: FindContext, noun: NamedKind, name: string): FoundObject {
  const objects = objectClassNamed(noun);
  const row = findByName(context.catalog, objects, name, undefined);
  if (!row) throw new SqlError(objects.missing ?? "42704", `${noun} "${name}" does not exist`);
  return found(objects, row, name);
}

function found(objects: ObjectClass, row: ObjectRow, name: string): FoundObject {
  const { relation, noun, ownerNoun = noun } = objects;
  const { owner } = factsOf(objects, row);
  const ownership: Ownership =
    relation.oid === ROLE_CLASS
      ? { by: "rolecreators", role: row as unknown as RoleTuple }
      : owner === undefined
        ? { by: "superusers" }
        : { by: "owner", owner, noun: ownerNoun, name };
  return { address: addressOf(relation.oid, row.oid), shared: relation.layout.shared, ownership };
}

export function findQualified(
  context: FindContext,
  noun: QualifiedKind,
  name: QualifiedName,
): FoundObject {
  const objects = objectClassNamed(noun);
  const shown = nameText(name);
  for (const namespace of namespacesOf(context, name)) {
    const row = findByName(context.catalog, objects, name.name, namespace);
    if (row) return found(objects, row, shown);
  }
  const what = noun === "collation" ? `"${shown}" for encoding "UTF8"` : `"${shown}"`;
  throw new SqlError("42704", `${noun} ${what} does not exist`);
}

/** As the client wrote it. */
export const nameText = ({ database, schema, name }: QualifiedName): string =>
  [database, schema, name].filter((part) => part !== undefined).join(".");

/** Where a name of no relation or type is looked for: its schema, or the path. 3F000, 0A000. */
export function namespacesOf(context: FindContext, name: QualifiedName): readonly Oid[] {
  if (name.database !== undefined && name.database !== context.databaseName) {
    const message = `cross-database references are not implemented: ${nameText(name)}`;
    throw new SqlError("0A000", message).at(name.position);
  }
  if (name.schema === undefined) return pathOfFunctions(context.catalog, searchPathOf(context));
  return [getUsable(context.catalog, name.schema, context.user.oid, name.position).oid];
}
