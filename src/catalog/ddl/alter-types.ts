/** RENAME, SET SCHEMA and OWNER TO of types; a type takes its array type along. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { TypeTuple } from "../names.ts";
import type { ObjectName } from "../object-name.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgType } from "../relations/pg-type.ts";
import { type AlteredOtherwise, alreadyExists } from "./altered-otherwise.ts";
import type { DdlContext } from "./context.ts";
import { chooseArrayTypeName, moveArrayType } from "./generated-names.ts";
import { lockRelationName } from "./lookup.ts";
import { renameTo } from "./rename.ts";
import { checkTypeOwnable } from "./type-owner.ts";

export const typesAltered: AlteredOtherwise = {
  check: checkType,
  /** Relations have types of their names. */
  lockName: lockRelationName,
  rename: renameType,
  moved: moveWithType,
  given: giveWithType,
};

function checkType(context: DdlContext, oid: Oid, object: ObjectName): void {
  const { typtype } = typeAt(context, oid);
  if (object.kind === "type" && object.isDomain && typtype !== "d") {
    throw new SqlError("42809", `${context.expressions.typeText(oid)} is not a domain`);
  }
  checkTypeOwnable(context, oid);
}

const typeAt = ({ catalog }: DdlContext, oid: Oid): TypeTuple =>
  catalog.find(pgType, "key", [oid]) as TypeTuple;

function renameType(context: DdlContext, oid: Oid, newName: string): void {
  const { catalog } = context;
  const type = typeAt(context, oid);
  const { typnamespace: namespace } = type;
  const relation = catalog.find(pgClass, "key", [type.typrelid]);
  if (relation) return renameTo(context, relation, newName);
  lockRelationName(context, namespace, type.typname);
  lockRelationName(context, namespace, newName);
  if (!moveArrayType(context, namespace, newName)) {
    throw new SqlError("42710", `type "${newName}" already exists`);
  }
  catalog.update(pgType, type, { typname: newName });
  const array = catalog.find(pgType, "key", [type.typarray]);
  if (!array) return;
  const typname = chooseArrayTypeName(context, namespace, newName);
  catalog.update(pgType, array, { typname });
}

/** Its array type, the columns of a composite type, the constraints of a domain. */
function moveWithType(context: DdlContext, oid: Oid, namespace: Oid): void {
  const { catalog } = context;
  const type = typeAt(context, oid);
  const relation = catalog.find(pgClass, "key", [type.typrelid]);
  if (relation) catalog.update(pgClass, relation, { relnamespace: namespace });
  for (const row of catalog.list(pgConstraint, "conrelid_contypid_conname", [0, oid])) {
    catalog.update(pgConstraint, row, { connamespace: namespace });
  }
  const array = catalog.find(pgType, "key", [type.typarray]);
  if (!array) return;
  const { typname } = array;
  lockRelationName(context, namespace, typname);
  if (catalog.find(pgType, "typname_nsp", [typname, namespace])) {
    throw alreadyExists(context, "type", typname, namespace);
  }
  catalog.update(pgType, array, { typnamespace: namespace });
}

function giveWithType(context: DdlContext, oid: Oid, owner: Oid): void {
  const { catalog } = context;
  const type = typeAt(context, oid);
  const array = catalog.find(pgType, "key", [type.typarray]);
  if (array) catalog.update(pgType, array, { typowner: owner });
  const columns = catalog.find(pgClass, "key", [type.typrelid]);
  if (columns) catalog.update(pgClass, columns, { relowner: owner });
}
